from django.db import migrations, models

KINDS = [("answer", "Answer"), ("title", "Title"), ("dictation", "Dictation"), ("speech", "Speech"), ("completion", "Completion")]


class Migration(migrations.Migration):
    """The ledger also has texts that a model went on with."""

    dependencies = [("chat", "0033_server_tools")]

    operations = [
        migrations.AlterField("charge", "kind", models.CharField(choices=KINDS, default="answer", max_length=10)),
    ]
