from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Pictures are called images, in Python alone: tables and columns keep their names."""

    dependencies = [("chat", "0013_sends_with_enter")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Picture", "Image"),
                migrations.RenameModel("MessagePicture", "MessageImage"),
                migrations.AlterModelTable("image", "chat_picture"),
                migrations.AlterModelTable("messageimage", "chat_messagepicture"),
                migrations.AlterField(
                    "image",
                    "user",
                    models.ForeignKey(
                        on_delete=models.CASCADE, related_name="images", to=settings.AUTH_USER_MODEL
                    ),
                ),
                migrations.RenameField("messageimage", "picture", "image"),
                migrations.AlterField(
                    "messageimage",
                    "image",
                    models.ForeignKey(
                        db_column="picture_id", on_delete=models.RESTRICT, related_name="places", to="chat.image"
                    ),
                ),
                migrations.AlterField(
                    "messageimage",
                    "message",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="images_in_order", to="chat.message"),
                ),
            ]
        )
    ]
