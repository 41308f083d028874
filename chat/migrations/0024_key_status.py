import datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0023_cost_details'),
    ]

    operations = [
        migrations.AddField(
            model_name='storedkey',
            name='next_fetch_at',
            field=models.DateTimeField(default=datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
        ),
        migrations.AddField(
            model_name='storedkey',
            name='failures',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='storedkey',
            name='status',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='storedkey',
            name='fetched_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
