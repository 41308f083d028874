"""The root URL configuration."""

from django.urls import include, path

urlpatterns = [path("", include("chat.urls"))]
handler500 = "chat.views.errors.broken"
