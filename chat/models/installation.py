"""What ties a database to its secrets and its folder of images."""

from django.db import models


class Installation(models.Model):
    """The only row says which secrets and which folder of images belong to this database (chat/upkeep/)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    secret_key_mark = models.CharField(max_length=64)
    encryption_key_marks = models.JSONField(default=list)  # of the keys in use at the last start
    media_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.media_id
