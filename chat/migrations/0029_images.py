from django.db import migrations, models


class Migration(migrations.Migration):
    """Which options models have for the images that they make."""

    dependencies = [("chat", "0028_tools")]

    operations = [
        migrations.AddField("cataloguesnapshot", "image_options", models.JSONField(null=True)),
    ]
