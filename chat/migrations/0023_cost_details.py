from django.db import migrations, models


class MoreDecimals(migrations.AlterField):
    """Gives a column of money more decimals. SQLite's columns have no digits, so it need not copy the whole table."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    database_backwards = database_forwards


def dollars():
    return models.DecimalField(blank=True, decimal_places=12, max_digits=18, null=True)


class Migration(migrations.Migration):
    """Costs to the last decimal that OpenRouter gives, what they consist of, and the request that was paid for."""

    dependencies = [("chat", "0022_side_by_side")]

    operations = [
        MoreDecimals("reply", "cost", dollars()),
        MoreDecimals("conversation", "title_cost", dollars()),
        migrations.AddField("reply", "cost_details", models.JSONField(blank=True, null=True)),
        migrations.AddField("reply", "request", models.TextField(blank=True, null=True)),
    ]
