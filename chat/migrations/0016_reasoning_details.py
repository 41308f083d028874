from django.db import migrations, models


class Migration(migrations.Migration):
    """What answers keep beside their text: reasoning to send back, the probabilities of tokens, tokens written to a cache.

    Without defaults, so that also SQLite only adds the columns and does not copy the table.
    """

    dependencies = [("chat", "0015_chat_settings")]

    operations = [
        migrations.AddField("reply", "cache_write_tokens", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("reply", "reasoning_details", models.TextField(blank=True, null=True)),
        migrations.AddField("reply", "logprobs", models.TextField(blank=True, null=True)),
        migrations.AddField("reply", "logprob_count", models.PositiveIntegerField(blank=True, null=True)),
    ]
