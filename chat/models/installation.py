from django.db import models


class Installation(models.Model):
    """The one row that says what belongs to this database: which secrets, and which folder of images."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    secret_key_mark = models.CharField(max_length=64)
    encryption_key_marks = models.JSONField(default=list)  # those that were in use last
    media_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.media_id
