from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0018_starred_models'),
    ]

    operations = [
        migrations.AddField(
            model_name='reply',
            name='side_by_side',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
    ]
