"""Answers for monitoring: is the process alive, and can it serve people?"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chat.upkeep import readiness


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"ok {settings.VERSION}\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """200, or 503 and why not; OpenRouter's health is no reason to take the site away."""
    trouble = readiness.find_problem()
    return HttpResponse(f"{trouble or 'ok'}\n", content_type="text/plain", status=503 if trouble else 200)
