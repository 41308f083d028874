"""Fills a site's database for a load test: one person, one session, and replies that wait for their first reader.

    python -m tests.bench.prepare 500 "Count."       (in the environment of the site)

Prints `{"cookie": ..., "streams": ["/replies/<id>/stream/?after=0", ...]}`.
"""

import json
import os
import sys
from datetime import timedelta

import django

PATIENCE = timedelta(minutes=15)  # a reply that nobody claims is given up otherwise after one


def main(count: int, question: str) -> None:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from chat.conversations.models import Conversation
    from chat.openrouter import ApiKey
    from chat.replies.ask import ask
    from chat.replies.models import Reply
    from chat.signin import vault
    from chat.signin.models import StoredKey, User

    user, _ = User.objects.get_or_create(openrouter_id="user_bench")
    key = ApiKey("sk-or-v1-" + "0" * 64)
    StoredKey.objects.get_or_create(
        user=user, defaults={"ciphertext": vault.encrypt(key, owner=user.id), "sha256": key.sha256}
    )
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    streams = []
    for number in range(count):
        chat = Conversation(user=user, title=f"Chat {number}", model="openrouter/auto")
        _, reply = ask(conversation=chat, text=question, pictures=[], model="openrouter/auto")
        streams.append(f"{reply.stream_url}?after=0")
        Reply.objects.filter(pk=reply.pk).update(state=Reply.State.COMPLETE)  # six at a time is the limit
    Reply.objects.filter(message__conversation__user=user, worker="", finished_at=None).update(
        state=Reply.State.WAITING, lease_until=timezone.now() + PATIENCE
    )
    print(json.dumps({"cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}", "streams": streams}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    django.setup()
    main(int(sys.argv[1]), sys.argv[2])
