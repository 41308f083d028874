"""The messages above a message, in SQL: Django's querysets know no recursion."""

from typing import Any

from django.db import models
from django.db.models import Func


class Ancestors(Func):
    """For `id__in`: the ids of a message and of all messages before it, up to the first one of its chat."""

    template = (
        "(WITH RECURSIVE above(id, parent_id) AS ("
        "SELECT id, parent_id FROM chat_message WHERE id = %(expressions)s UNION ALL"
        " SELECT one.id, one.parent_id FROM chat_message one JOIN above ON one.id = above.parent_id"
        ") SELECT id FROM above)"
    )

    def __init__(self, id_: Any) -> None:
        super().__init__(id_, output_field=models.UUIDField())
