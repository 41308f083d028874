from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of the ledger also covers what is shown beside the sums: how many answers, and their tokens."""

    dependencies = [("chat", "0026_spending")]

    operations = [
        migrations.RemoveIndex(model_name="charge", name="charge_sums"),
        migrations.AddIndex(
            model_name="charge",
            index=models.Index(
                fields=[
                    *("user", "day", "model", "conversation", "cost", "estimate", "kind"),
                    *("prompt_tokens", "completion_tokens"),
                ],
                name="charge_sums",
            ),
        ),
    ]
