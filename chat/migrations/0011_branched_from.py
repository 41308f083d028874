from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0010_search_folding")]

    operations = [migrations.AddField("conversation", "branched_from", models.UUIDField(blank=True, null=True))]
