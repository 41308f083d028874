"""Indexes with all that the list of chats asks of messages and answers, so that it reads no texts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0035_private_calibrations")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["conversation", "created_at", "id"], name="messages_in_order"),
        ),
        migrations.RemoveIndex(model_name="message", name="chat_messag_convers_3154fc_idx"),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(fields=["message", "finished_at"], name="ends_of_replies"),
        ),
    ]
