"""/search/: looking for words in one's own chats."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation, Message
from chat.search import find
from chat.search.backlog import catch_up_all
from tests.django_client import HTMX, Page, Person


@pytest.fixture
def reader(alice) -> Person:
    alice.signs_in()
    return alice


def looks_for(person: Person, typed: str, **more) -> Page:
    response = person.client.get("/search/", {"q": typed, **more})
    assert response.status_code == 200
    return Page(response)


def hits(page: Page) -> list[str]:
    return [" ".join(hit.get_text().split()) for hit in page.soup.select("#found .what")]


def chats(page: Page) -> list[str]:
    return [" ".join(title.get_text().split()) for title in page.soup.select("#found .where > span")]


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
    (hit,) = looks_for(reader, '"flour3"').soup.select("#found a.what")

    arrived = Page(reader.client.get(str(hit["href"])))
    assert "flour3" in arrived.one("#" + str(hit["href"]).partition("#")[2]).get_text()


def test_nothing_of_a_text_becomes_html(reader):
    wrote(reader, '<img src=x onerror="alert(1)"> bread & <b>bold</b> <mark>no</mark>', title="<i>bread</i>")
    page = looks_for(reader, "bread")

    assert page.soup.select("#found img, #found b, #found i") == []
    assert [mark.get_text() for mark in page.soup.select("#found mark")] == ["bread", "bread"]
    assert looks_for(reader, '"><script>bread').soup.select("#found script") == []


def test_a_chat_is_listed_once_with_its_hits_and_each_leads_to_its_message(reader):
    chat = wrote(reader, "Something about cake", "No $\\pi$ in **cake**", title="Cake for two")
    page = looks_for(reader, "cake")

    assert chats(page) == ["Cake for two"]
    assert page.one("#found .where")["href"] == f"/chats/{chat.id}/"
    assert page.one("#found .where mark").get_text() == "Cake"
    assert sorted(hits(page)) == ["You: No π in cake", "You: Something about cake"]
    for hit in page.soup.select("#found .what"):
        assert (
            "cake" in Page(reader.client.get(str(hit["href"]))).one("#" + str(hit["href"]).partition("#")[2]).get_text()
        )


def test_what_else_a_chat_has_is_a_link_away(reader):
    wrote(reader, *(f"bread & butter {number}" for number in range(45)), title="Much")
    wrote(reader, "bread & butter", title="Little")
    page = looks_for(reader, "bread & butter")
    assert len(hits(page)) == 4
    assert page.soup.find("a", string="Older results") is None

    pages = [Page(reader.client.get(str(page.one("#found .more")["href"])))]
    while link := pages[-1].soup.find("a", string="Older results"):
        pages.append(Page(reader.client.get(str(link["href"]))))
    assert [len(hits(each)) for each in pages] == [20, 20, 5]
    assert len({hit for each in pages for hit in hits(each)}) == 45
    assert {title for each in pages for title in chats(each)} == {"Much"}
    back = pages[0].one("#found > p > a:not(.button)")
    assert back.get_text() == "Search all chats"
    assert chats(Page(reader.client.get(str(back["href"])))) == chats(page)


@pytest.mark.parametrize("chat", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_chat_that_is_not_there_is_not_found(reader, chat):
    assert reader.client.get("/search/", {"q": "bread", "chat": chat}).status_code == 404


def test_nobody_searches_in_the_chat_of_another(reader, bob):
    bob.signs_in()
    chat = wrote(bob, "bread")

    assert reader.client.get("/search/", {"q": "bread", "chat": chat.id}).status_code == 404
    assert hits(looks_for(bob, "bread", chat=chat.id)) == ["You: bread"]


def test_strangers_and_the_deleted_and_temporary_are_not_found(reader, bob):
    bob.signs_in()
    wrote(bob, "bread", title="bread")
    wrote(reader, "bread", title="bread", deleted_at=timezone.now())
    wrote(reader, "bread", title="bread", is_temporary=True)

    assert chats(looks_for(reader, "bread")) == []
    assert chats(looks_for(bob, "bread")) == ["bread"]


def test_twenty_chats_are_shown_and_the_others_a_link_away(reader):
    for number in range(45):
        wrote(reader, "bread & butter", title=f"Chat {number}")
    page = looks_for(reader, "bread & butter")

    pages = [page]
    while link := pages[-1].soup.find("a", string="Older results"):
        pages.append(Page(reader.client.get(str(link["href"]))))
    assert [len(chats(page)) for page in pages] == [20, 20, 5]
    assert len({title for page in pages for title in chats(page)}) == 45


def test_what_is_not_indexed_yet_is_said_and_done_with_the_next_look(reader, monkeypatch):
    wrote(reader, "bread")
    monkeypatch.setattr(find, "CATCH_UP_SECONDS", 0)
    page = looks_for(reader, "bread & butter")
    assert "still being indexed" in page.one("#found").get_text()
    again = page.one("#found > .nothing > a")
    assert (again.get_text(), again["href"]) == ("Search again", "/search/?q=bread+%26+butter")

    assert "still being indexed" not in Page(reader.client.get(str(again["href"]))).one("#found").get_text()


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "²", "51"])
def test_an_odd_page_is_no_error(reader, page):
    wrote(reader, "bread")

    looks_for(reader, "bread", page=page)


def test_every_state_says_a_sentence(reader, monkeypatch):
    assert "Searches all messages" in looks_for(reader, "").one("#found").get_text()
    assert "No results" in looks_for(reader, "bread").one("#found").get_text()

    from chat.search.index import engine_for

    wrote(reader, *["a面b 包 " * 10_000] * 60)
    looks_for(reader, "nothing")
    monkeypatch.setattr(engine_for(connection), "SEARCH_TIMEOUT_SECONDS", 0.001)
    assert "took too long" in looks_for(reader, "面 包 面b").one("#found").get_text()


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
        catch_up_all()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            looks_for(reader, "bread")
        return len(captured)

    assert queries(10) == queries(10)


def test_the_list_of_chats_leads_here(reader):
    assert re.search(r'<a id="open-search"[^>]*href="/search/"', reader.client.get("/").content.decode())
