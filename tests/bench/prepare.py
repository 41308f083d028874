"""Fills a site's database for a load test: one person, one session, and replies that wait for their first reader.

    python -m tests.bench.prepare 500 "Count." 20    (in the environment of the site)

Prints `{"cookie": ..., "streams": ["/replies/<id>/stream/?after=0", ...]}`, and such a line, without streams, for each
of so many more people.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

PATIENCE = timedelta(minutes=15)  # a reply that nobody claims is given up otherwise after one


def main(count: int, question: str, more_people: int = 0) -> None:
    from django.utils import timezone

    from chat.models import Conversation, Reply
    from chat.new_replies.ask import NewQuestion, ask

    user, cookie = sign_in("user_bench")
    streams = []
    for number in range(count):
        chat = Conversation(user=user, title=f"Chat {number}", model="openrouter/auto")
        reply = ask(chat, NewQuestion(question), models=["openrouter/auto"]).reply
        streams.append(f"{reply.stream_url}?after=0")
        Reply.objects.filter(pk=reply.pk).update(state=Reply.State.COMPLETE)  # six at a time is the limit
    Reply.objects.filter(message__conversation__user=user, worker="", finished_at=None).update(
        state=Reply.State.WAITING, lease_until=timezone.now() + PATIENCE
    )
    print(json.dumps({"cookie": cookie, "streams": streams}))
    for number in range(more_people):
        print(json.dumps({"cookie": sign_in(f"user_bench_{number}")[1], "streams": []}))


def sign_in(openrouter_id: str) -> tuple[Any, str]:
    """Somebody signed in, and the cookie that says so."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY

    from chat.accounts.sessions import SessionStore
    from chat.models import StoredKey, User, encryption
    from chat.openrouter import ApiKey

    user, _ = User.objects.get_or_create(openrouter_id=openrouter_id)
    key = ApiKey("sk-or-v1-" + "0" * 64)
    StoredKey.objects.get_or_create(
        user=user, defaults={"ciphertext": encryption.encrypt(key, owner=user.id), "sha256": key.sha256}
    )
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    return user, f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    django.setup()
    main(int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
