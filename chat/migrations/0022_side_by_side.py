from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0021_openrouter_presets'),
    ]

    operations = [
        migrations.AddField(
            model_name='reply',
            name='side_by_side',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
    ]
