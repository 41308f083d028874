from django.conf import settings
from django.db import models

from chat.models.conversation import Conversation, Message


class Findable(models.Model):
    """A text that can be found: a message with what is attached to it, or the title of a chat.

    Triggers on what it is made of write it; nothing here may be changed or deleted by hand. What is folded, and so
    found, is added later (chat/search/backlog.py): triggers know no Unicode.
    Whose it is and whether it may be seen is asked of the chat, not of this copy.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message"
        TITLE = "title"

    id = models.BigAutoField(primary_key=True)  # on SQLite made of `written_at`, so that newest first needs no sorting
    kind = models.CharField(max_length=7, choices=Kind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.DO_NOTHING, db_constraint=False, related_name="findables"
    )
    message = models.OneToOneField(
        Message, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="findable"
    )
    text = models.TextField()
    written_at = models.DateTimeField()
    folded = models.TextField(db_default="")  # its words: chat/search/folding.py
    folding = models.PositiveSmallIntegerField(db_default=0)  # the version of `folded`; 0: there is nothing yet

    class Meta:
        indexes = [models.Index(fields=["user", "folding"])]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(kind="title"), name="one_title_per_chat"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
