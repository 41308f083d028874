"""Sums were stored for people's own presets at OpenRouter, too, whose names all pages then contained."""

from django.db import migrations


def forget_presets(apps, schema_editor):
    apps.get_model("chat", "TokenCalibration").objects.filter(model__startswith="@").delete()


class Migration(migrations.Migration):
    dependencies = [("chat", "0034_completions")]

    operations = [migrations.RunPython(forget_presets, migrations.RunPython.noop)]
