"""/search/: looking for words in one's own chats."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.conversations.models import Conversation, Message
from tests.person import HTMX, Page, Person


@pytest.fixture
def reader(alice) -> Person:
    alice.signs_in()
    return alice


def looks_for(person: Person, typed: str, **more) -> Page:
    response = person.client.get("/search/", {"q": typed, **more})
    assert response.status_code == 200
    return Page(response)


def hits(page: Page) -> list[str]:
    return [" ".join(hit.get_text().split()) for hit in page.soup.select("#found li a")]


def wrote(person: Person, *texts: str, title: str = "Untitled", **fields) -> Conversation:
    chat = Conversation.objects.create(user=person.user, title=title, model="m", **fields)
    Message.objects.bulk_create(Message(conversation=chat, role="user", text=text) for text in texts)
    return chat


def test_a_hit_leads_to_its_message(reader):
    reader.asks("[[say Take strong wheat flour.]]")
    (answer,) = looks_for(reader, "flour").soup.select("#found a[href*=answer]")

    reply = reader.latest_reply()
    assert answer["href"] == f"/chats/{reply.message.conversation_id}/?branch={reply.message_id}#answer-{reply.id}"
    assert answer.mark.get_text() == "flour"
    arrived = Page(reader.client.get(str(answer["href"])))
    assert arrived.one(f"#answer-{reply.id}")


def test_a_hit_far_up_in_a_long_chat_is_on_the_page_that_it_leads_to(reader):
    chat = wrote(reader)
    parent = None
    for number in range(120):
        parent = Message.objects.create(conversation=chat, parent=parent, role="user", text=f"flour{number}")
    (hit,) = looks_for(reader, '"flour3"').soup.select("#found a")

    arrived = Page(reader.client.get(str(hit["href"])))
    assert "flour3" in arrived.one("#" + str(hit["href"]).partition("#")[2]).get_text()


def test_nothing_of_a_text_becomes_html(reader):
    wrote(reader, '<img src=x onerror="alert(1)"> bread & <b>bold</b> <mark>no</mark>', title="<i>bread</i>")
    page = looks_for(reader, "bread")

    assert page.soup.select("#found img, #found b, #found i") == []
    assert [mark.get_text() for mark in page.soup.select("#found mark")] == ["bread", "bread"]
    assert looks_for(reader, '"><script>bread').soup.select("#found script") == []


def test_titles_stand_apart_from_messages(reader):
    chat = wrote(reader, "Something about cake", title="Cake for two")
    page = looks_for(reader, "cake")

    assert [heading.get_text() for heading in page.soup.select("#found h2")] == ["Chats", "Messages"]
    assert page.soup.select("#found li a")[0]["href"] == f"/chats/{chat.id}/"


def test_strangers_and_the_deleted_and_temporary_are_not_found(reader, bob):
    bob.signs_in()
    wrote(bob, "bread", title="bread")
    wrote(reader, "bread", title="bread", deleted_at=timezone.now())
    wrote(reader, "bread", title="bread", is_temporary=True)

    assert hits(looks_for(reader, "bread")) == []
    assert len(hits(looks_for(bob, "bread"))) == 2


def test_twenty_are_shown_and_the_others_a_link_away(reader):
    wrote(reader, *(f"bread & butter {number}" for number in range(45)))
    page = looks_for(reader, "bread & butter")
    assert len(hits(page)) == 20

    pages = [page]
    while link := pages[-1].soup.find("a", string="Older results"):
        pages.append(Page(reader.client.get(str(link["href"]))))
    assert [len(hits(page)) for page in pages] == [20, 20, 5]
    assert len({hit for page in pages for hit in hits(page)}) == 45


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "²", "51"])
def test_an_odd_page_is_no_error(reader, page):
    wrote(reader, "bread")

    looks_for(reader, "bread", page=page)


def test_every_state_says_a_sentence(reader, monkeypatch):
    assert "Finds every word" in looks_for(reader, "").one("#found").get_text()
    assert "Nothing has all of these words" in looks_for(reader, "bread").one("#found").get_text()

    from chat.conversations.search.index import engine_of

    wrote(reader, *["面 " * 20_000] * 60)
    monkeypatch.setattr(engine_of(connection), "LONGEST_SEARCH_SECONDS", 0.001)
    assert "took too long" in looks_for(reader, "面包").one("#found").get_text()


def test_htmx_gets_the_results_alone_and_no_cache_mixes_the_two(reader):
    wrote(reader, "bread")
    response = reader.client.get("/search/", {"q": "bread"}, headers=HTMX)

    assert b"<form" not in response.content
    assert b"<mark>bread</mark>" in response.content
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("typed", ["a" * 10_000, "\0", "NEAR(", '"', "🎉" * 500, "\ud83c"])
def test_whatever_is_typed_is_an_answer_and_comes_back_in_the_field(reader, typed):
    field = looks_for(reader, typed.encode("utf-8", "surrogatepass").decode("utf-8", "replace")).one("#search-words")

    assert len(str(field["value"])) <= int(str(field["maxlength"]))


def test_the_signed_out_are_sent_to_sign_in_and_back(reader):
    reader.client.post("/signout/")

    assert reader.client.get("/search/?q=bread").headers["Location"] == "/?next=%2Fsearch%2F%3Fq%3Dbread"
    assert "HX-Redirect" in reader.client.get("/search/?q=bread", headers=HTMX).headers


def test_nothing_can_be_posted(reader):
    assert reader.client.post("/search/", {"q": "bread"}).status_code == 405


def test_twenty_hits_take_as_many_queries_as_ten(reader):
    def queries(number: int) -> int:
        for each in range(number):
            wrote(reader, "bread", title=f"Chat {each}")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            looks_for(reader, "bread")
        return len(captured)

    assert queries(10) == queries(10)


def test_the_list_of_chats_leads_here(reader):
    assert re.search(r'<a id="open-search"[^>]*href="/search/"', reader.client.get("/").content.decode())
