"""A cost of a million dollars and more could be stored and not be read: every page with such a row broke."""

from django.db import migrations

MOST_DOLLARS = 100_000  # chat/sanitize.py


def forget_unreadable_costs(apps, schema_editor):
    for model, column in (("Reply", "cost"), ("Conversation", "title_cost")):
        rows = apps.get_model("chat", model)._base_manager
        rows.filter(**{f"{column}__gte": MOST_DOLLARS}).update(**{column: None})


class Migration(migrations.Migration):
    dependencies = [("chat", "0006_text_characters")]

    operations = [migrations.RunPython(forget_unreadable_costs, migrations.RunPython.noop)]
