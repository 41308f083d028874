import django.db.models.deletion
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import migrations, models

from chat.models import digest
from chat.accounts.sessions import SessionStore


def hash_what_there_is(apps, schema_editor):
    """People stay signed in. What Django's own table held is a way in, so it is emptied."""
    old, new = apps.get_model("sessions", "Session"), apps.get_model("chat", "Session")
    for session in old.objects.iterator(chunk_size=500):
        new.objects.create(
            session_key=digest(session.session_key),
            session_data=session.session_data,
            expire_date=session.expire_date,
            user_id=SessionStore().decode(session.session_data).get(SESSION_KEY),
        )
    old.objects.all().delete()
    for attempt in apps.get_model("chat", "SignInAttempt").objects.all():
        attempt.browser = digest(attempt.browser)
        attempt.save(update_fields=["browser"])


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0007_readable_costs"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("user", models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="sessions", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.RunPython(hash_what_there_is, migrations.RunPython.noop),
    ]
