import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import chat.models.dollars

# Answers that this site made, not those that were imported: they have no worker.
ANSWERS = """
    INSERT INTO chat_charge (
        id, user_id, kind, conversation, asked_at, day, model, answered_by, provider, generation_id, state,
        prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, cost, estimate
    )
    SELECT r.id, c.user_id, 'answer', c.id, r.asked_at, {day}, r.model, r.answered_by, r.provider, r.generation_id,
        r.state, r.prompt_tokens, r.completion_tokens, r.reasoning_tokens, r.cached_tokens, {cost}, 0
    FROM chat_reply r
    JOIN chat_message m ON m.id = r.message_id
    JOIN chat_conversation c ON c.id = m.conversation_id
    WHERE r.worker <> '' AND NOT r.is_copy AND r.state NOT IN ('waiting', 'streaming')
        AND (r.cost IS NOT NULL OR r.generation_id <> '')
"""
TITLES = """
    INSERT INTO chat_charge (
        id, user_id, kind, conversation, asked_at, day, model, answered_by, provider, generation_id, state, cost, estimate
    )
    SELECT c.id, c.user_id, 'title', c.id, c.created_at, {day}, c.model, '', '', '', '', {cost}, 0
    FROM chat_conversation c
    WHERE c.title_cost IS NOT NULL
"""


def fill(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        day, cost = "({} AT TIME ZONE 'UTC')::date", "TRUNC({} * 1000000000000)::bigint"
    else:
        day, cost = "DATE({})", "CAST(ROUND({} * 1000000000000) AS bigint)"
    schema_editor.execute(ANSWERS.format(day=day.format("r.asked_at"), cost=cost.format("r.cost")))
    schema_editor.execute(TITLES.format(day=day.format("c.created_at"), cost=cost.format("c.title_cost")))


class Migration(migrations.Migration):
    """A ledger of what was paid, which begins with the answers and titles that there are; limits of spending."""

    dependencies = [("chat", "0025_estimates")]

    operations = [
        migrations.AddField(
            model_name="reply",
            name="reserved",
            field=chat.models.dollars.DollarsField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="spending_limits",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("answer", "Answer"), ("title", "Title")], default="answer", max_length=10
                    ),
                ),
                ("conversation", models.UUIDField()),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("day", models.DateField()),
                ("model", models.CharField(max_length=200)),
                ("answered_by", models.CharField(blank=True, max_length=200)),
                ("provider", models.CharField(blank=True, max_length=200)),
                ("generation_id", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(blank=True, max_length=11)),
                ("prompt_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("completion_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("reasoning_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("cached_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("cost", chat.models.dollars.DollarsField(blank=True, null=True)),
                ("estimate", chat.models.dollars.DollarsField(default=0)),
                ("next_lookup_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="charges",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["user", "day", "model", "conversation", "cost", "estimate"], name="charge_sums"
                    ),
                    models.Index(fields=["user", "-asked_at", "-id"], name="charge_newest"),
                    models.Index(fields=["conversation"], name="charge_of_chat"),
                    models.Index(
                        condition=models.Q(("next_lookup_at__isnull", False)),
                        fields=["next_lookup_at"],
                        name="charge_lookup",
                    ),
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
