"""A chat with a long past, put into the site's database at once: to ask so often would take minutes."""

import subprocess
import sys

from tests.browser.chat import Chat
from tests.site import Site
from webapp.environment import BASE_DIR

# Says what the chat says again and again, below its end.
REPEAT = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
django.setup()

from chat.models import Conversation, Message
from chat.models import Reply

chat = Conversation.objects.get(pk=sys.argv[1])
question, parent = chat.path()
reply, messages, replies = parent.reply, [], []
for number in range(2, int(sys.argv[2]) + 1):
    asked = Message(conversation=chat, parent=parent, role="user", text=f"Question {number}")
    parent = Message(conversation=chat, parent=asked, role="assistant", text=parent.text)
    messages += [asked, parent]
    replies.append(Reply(message=parent, state=reply.state, model=reply.model, max_completion_tokens=1,
                         blocks=reply.blocks, finished_at=reply.finished_at, cost=reply.cost))
Message.objects.bulk_create(messages)
Reply.objects.bulk_create(replies)
"""


def repeat(chat: Chat, *, site: Site, turns: int) -> None:
    """Make of the one question and answer of this chat so many, the last of which the page shows when it is loaded."""
    chat_id = chat.page.url.rstrip("/").rpartition("/")[2]
    command = [sys.executable, "-c", REPEAT, chat_id, str(turns)]
    subprocess.run(command, cwd=BASE_DIR, env=site.environment, check=True, capture_output=True)
