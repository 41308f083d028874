from django.db import migrations, models


class Migration(migrations.Migration):
    """Tool calls of answers, and questions whose answers may search the web. Null adds a column at no cost."""

    dependencies = [("chat", "0027_charge_sums")]

    operations = [
        migrations.AddField("charge", "earlier", models.JSONField(blank=True, null=True)),
        migrations.AddField("conversation", "allowed_tools", models.JSONField(blank=True, null=True)),
        migrations.AddField("message", "web", models.BooleanField(blank=True, null=True)),
        migrations.AddField("reply", "decisions", models.JSONField(blank=True, null=True)),
        migrations.AddField("reply", "ignores_limits", models.BooleanField(blank=True, null=True)),
        migrations.AddField("reply", "last_prompt_tokens", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("reply", "rounds", models.TextField(blank=True, null=True)),
    ]
