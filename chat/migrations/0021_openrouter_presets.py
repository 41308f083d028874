from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0020_prompts'),
    ]

    operations = [
        migrations.AddField(
            model_name='personalmodels',
            name='presets',
            field=models.JSONField(default=list),
        ),
    ]
