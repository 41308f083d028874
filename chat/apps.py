"""The Django app: registers the system check and the migration handlers of the search."""

from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_migrate, pre_migrate


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat.search import checks, index

        register(checks.sqlite_has_fts5)
        pre_migrate.connect(index.drop_index, sender=self)
        post_migrate.connect(index.create_index, sender=self)
