from django.db import migrations, models


class Migration(migrations.Migration):
    """OpenRouter's own tools and their prices, beside its list of models. Null adds a column at no cost."""

    dependencies = [("chat", "0032_files")]

    operations = [migrations.AddField("cataloguesnapshot", "server_tools", models.JSONField(null=True))]
