"""What a page gets whose session has ended, for example in another tab: nothing it asks for leads away by itself."""

from urllib.parse import quote

import pytest

from chat.models import Conversation
from tests.django_client import HTMX


@pytest.fixture
def chat(alice) -> Conversation:
    """A chat on a page that is still open."""
    alice.signs_in()
    alice.asks("[[say Hello]]")
    chat = Conversation.objects.get()
    alice.client.post("/signout/")
    return chat


def here(page: str) -> dict[str, str]:
    return {**HTMX, "HX-Current-URL": f"http://localhost:8000{page}"}


@pytest.mark.parametrize("address", ["/chats/?page=1", "/chats/{chat}/messages/?shown=message-1.0"])
def test_a_page_that_looks_for_news_stays(alice, chat, address):
    """Somebody may be typing in it."""
    response = alice.client.get(address.format(chat=chat.id), headers=here(f"/chats/{chat.id}/"))

    assert response.status_code == 204
    assert "HX-Redirect" not in response.headers


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/chats/?after=x"),
        ("get", "/chats/{chat}/messages/?before={chat}"),
        ("get", "/chats/{chat}/settings/"),
        ("post", "/chats/{chat}/title/"),
    ],
)
def test_whoever_asks_for_something_is_led_back_to_the_page(alice, chat, method, address):
    page = f"/chats/{chat.id}/?branch={chat.id}"
    response = getattr(alice.client, method)(address.format(chat=chat.id), headers=here(page))

    assert response.headers["HX-Redirect"] == f"/?next={quote(page, safe='')}"


@pytest.mark.parametrize("address", ["", "http://[", "http://localhost//elsewhere.example/", "javascript:alert(1)"])
def test_an_odd_address_of_the_page_leads_to_the_first(alice, chat, address):
    response = alice.client.get(f"/chats/{chat.id}/settings/", headers=HTMX | {"HX-Current-URL": address})

    assert response.headers["HX-Redirect"] == "/?next=%2F"
