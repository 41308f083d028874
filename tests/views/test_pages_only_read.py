"""Reading writes nothing: what a look sets in motion is one call of the view, and the second look finds it done."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from chat.models import Conversation, McpServer, Message, Preset, Prompt, Reply, SpokenPart
from tests.django_client import image_file
from tests.files.samples import pdf

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b")


@pytest.fixture
def addresses(alice):
    """One GET of each address that has a page or a part of one."""
    alice.signs_in()
    image = alice.uploads(image_file()).json()
    file = alice.uploads(SimpleUploadedFile("paper.pdf", pdf("Words"), content_type="application/pdf")).json()
    alice.asks("[[say Hello]]", kept=[image["id"], file["id"]], attachment="Long", attachment_name="text.txt")
    chat, question = Conversation.objects.get(), Message.objects.filter(role="user").earliest("created_at")
    reply = Reply.objects.earliest("asked_at")
    ids = {
        **{"conversation_id": chat.pk, "message_id": question.pk, "reply_id": reply.pk, "image_id": image["id"]},
        "file_id": file["id"],
        **{"preset_id": Preset.objects.create(user=alice.user, name="Tutor").pk, "model_id": reply.model},
        "server_id": McpServer.objects.create(user=alice.user, name="Kitchen", slug="x", url="https://127.0.0.1/").pk,
        "part_id": SpokenPart.objects.create(
            user=alice.user, message=reply.message, digest="x", charge=reply.pk, content_type="audio/mpeg", audio=b"x"
        ).pk,
        "prompt_id": Prompt.objects.create(user=alice.user, name="Sum up", text="{{what}}").pk,
    }
    return [address_of(pattern, ids) for pattern in get_resolver("chat.urls").url_patterns]


def address_of(pattern, ids: dict[str, object]) -> str:
    route = re.sub(r"<(?:uuid|path):(\w+)>", lambda match: str(ids[match[1]]), str(pattern.pattern))
    return "/" + route.replace("<int:position>", "0").replace("<int:number>", "1")


def writes_of(person, address: str, **headers) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        response = person.client.get(address, **headers)
        if response.streaming:
            b"".join(response.streaming_content)
    return [each["sql"] for each in queries if WRITES.match(each["sql"]) and "chat_session" not in each["sql"]]


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["page", "part"])
def test_the_second_look_at_any_address_writes_nothing(alice, addresses, headers):
    assert len(addresses) > 35
    for address in addresses:
        if "signin" in address:
            continue  # begins a sign-in: an address that OpenRouter leads back to cannot be a POST
        writes_of(alice, address, **headers)
        assert writes_of(alice, address, **headers) == [], address
