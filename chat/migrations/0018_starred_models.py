from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0017_models'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='starred_models',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='user',
            name='recent_models',
            field=models.JSONField(default=list),
        ),
    ]
