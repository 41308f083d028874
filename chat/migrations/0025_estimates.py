from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0024_key_status'),
    ]

    operations = [
        migrations.AddField(
            model_name='reply',
            name='estimated_cost',
            field=models.DecimalField(blank=True, decimal_places=10, max_digits=16, null=True),
        ),
        migrations.CreateModel(
            name='TokenCalibration',
            fields=[
                ('model', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('estimated', models.BigIntegerField(default=0)),
                ('counted', models.BigIntegerField(default=0)),
                ('images', models.BigIntegerField(default=0)),
                ('image_tokens', models.BigIntegerField(default=0)),
            ],
        ),
    ]
