from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for the words of each text; they are made where somebody searches, so this takes no time for many."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("chat", "0009_installation"),
    ]

    operations = [
        migrations.AddField("findable", "folded", models.TextField(db_default="")),
        migrations.AddField("findable", "folding", models.PositiveSmallIntegerField(db_default=0)),
        migrations.AddIndex(
            "findable", models.Index(fields=["user", "folding"], name="chat_findab_user_id_cee6a6_idx")
        ),
    ]
