import datetime

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
FETCHED = {"next_fetch_at": models.DateTimeField(default=LONG_AGO), "failures": models.PositiveIntegerField(default=0)}


class Migration(migrations.Migration):
    """Who fetches the models and when, what each person may use of them, and the providers of a model."""

    dependencies = [("chat", "0016_reasoning_details")]

    operations = [
        *(
            migrations.AddField("cataloguesnapshot", name, field.clone())
            for name, field in FETCHED.items()
        ),
        migrations.AddField("cataloguesnapshot", "digest", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("cataloguesnapshot", "gone", models.JSONField(default=list)),
        migrations.AddField("cataloguesnapshot", "zero_retention", models.JSONField(null=True)),
        migrations.CreateModel(
            name="ModelProviders",
            fields=[
                ("model_id", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("endpoints", models.JSONField()),
                ("fetched_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="PersonalModels",
            fields=[
                *((name, field.clone()) for name, field in FETCHED.items()),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="personal_models",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("excluded", models.JSONField(default=list)),
                ("fetched_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
