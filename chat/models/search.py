"""The search index: texts that can be found, with their folded words."""

from django.conf import settings
from django.db import models

from chat.models.conversation import Conversation, Message


class Findable(models.Model):
    """A text that can be found: a message with its attachments and files, or the title of a chat.

    Database triggers on those tables write the rows; no code may change or delete them. The folded words, by which a
    text is found, are added later (chat/search/backlog.py), because triggers cannot handle Unicode.
    Check access on the conversation, not on this copy.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message"
        TITLE = "title"

    id = models.BigAutoField(
        primary_key=True
    )  # on SQLite derived from `written_at`, so that newest first needs no sorting
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
    folded = models.TextField(db_default="")  # the words of the text (chat/search/folding.py)
    folding = models.PositiveSmallIntegerField(
        db_default=0
    )  # the version of the folding that made `folded`; 0 if there is none yet

    class Meta:
        indexes = [models.Index(fields=["user", "folding"])]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(kind="title"), name="one_title_per_chat"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
