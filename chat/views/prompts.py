"""One's own prompts: list, add, edit and delete them. With `?menu=1`, what the menu of the composer shows of them."""

from uuid import UUID

from django.db.models.functions import Substr
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.conversations.prompts import TooManyPrompts, create_prompt
from chat.forms.prompt import PromptForm
from chat.models import Prompt

BEGINNING_CHARACTERS = 160  # of a text, in a list


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """List the prompts; a POST adds one."""
    if request.method != "POST":
        return _menu(request) if "menu" in request.GET else _list(request, PromptForm())
    form = PromptForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    try:
        create_prompt(Prompt(user=request.user, **form.cleaned_data))
    except TooManyPrompts as refusal:
        form.add_error(None, str(refusal))
        return _list(request, form)
    return HttpResponseRedirect(reverse("prompts"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: SignedInRequest, prompt_id: UUID) -> HttpResponse:
    prompt = _own_prompt(request, prompt_id)
    if request.method != "POST" and "menu" in request.GET:
        return render(request, "prompts/_variables.html", {"prompt": prompt})
    form = PromptForm(request.POST if request.method == "POST" else {"name": prompt.name, "text": prompt.text})
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "prompts/prompt.html", _form_context(form), status=status)
    prompt.name, prompt.text = form.cleaned_data["name"], form.cleaned_data["text"]
    prompt.updated_at = timezone.now()
    prompt.save(update_fields=["name", "text", "updated_at"])
    return HttpResponseRedirect(reverse("prompts"))


@require_POST
@signed_in
def delete(request: SignedInRequest, prompt_id: UUID) -> HttpResponse:
    _own_prompt(request, prompt_id).delete()
    return HttpResponseRedirect(reverse("prompts"))


def _list(request: SignedInRequest, form: PromptForm) -> HttpResponse:
    context = {"prompts": _with_beginnings(request), **_form_context(form)}
    return render(request, "prompts/prompts.html", context, status=422 if form.errors else 200)


def _menu(request: SignedInRequest) -> HttpResponse:
    presets = request.user.presets.exclude(name="")
    return render(request, "prompts/_menu.html", {"presets": presets, "prompts": _with_beginnings(request)})


def _with_beginnings(request: SignedInRequest) -> list[Prompt]:
    """The person's prompts with their `beginning` in place of their text, which may be long."""
    beginning = Substr("text", 1, BEGINNING_CHARACTERS)
    return list(request.user.prompts.defer("text").annotate(beginning=beginning))


def _form_context(form: PromptForm) -> dict[str, object]:
    return {"form": form, "longest_name": Prompt.LONGEST_NAME, "longest_text": Prompt.LONGEST_TEXT}


def _own_prompt(request: SignedInRequest, id_: UUID) -> Prompt:
    return get_object_or_404(request.user.prompts, pk=id_)
