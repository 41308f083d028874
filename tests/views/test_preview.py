"""The documents in which a preview is shown, and what they are forbidden."""

import re

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse

from chat.models import Message, Reply
from chat.views.preview import FRAME_SCRIPT, MERMAID

CODE = """One:

```html
<h1>Bread</h1><script>alert(1)</script><LINK rel=preconnect href=//evil.example>
```

```svg
<svg/>
```

```python
x
```
"""


def directives(response) -> dict[str, list[str]]:
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def frame(kind: str):
    return Client(SERVER_NAME="localhost").get(f"/preview/{kind}/")


@pytest.fixture
def answer(alice) -> Message:
    alice.signs_in()
    alice.asks(f"[[say {CODE}]]")
    return Message.objects.get(role="assistant")


@pytest.mark.parametrize("kind", ["page", "scripts", "diagram"])
def test_a_frame_contains_nothing_and_may_do_nothing(kind):
    response = frame(kind)
    policy = directives(response)

    assert policy["sandbox"] == ["allow-scripts"]
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert policy.keys() & {"connect-src", "frame-src", "child-src", "worker-src", "object-src"} == set()
    assert {*policy["img-src"], *policy["font-src"], *policy["media-src"]} == {"data:", "blob:"}
    assert response.headers["Connection-Allowlist"] == "(response-origin)"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_inline_scripts_run_in_one_kind_of_frame_alone():
    own, mermaid = (settings.PUBLIC_URL + static(name) for name in (FRAME_SCRIPT, MERMAID))

    assert directives(frame("page"))["script-src"] == [own]
    assert directives(frame("scripts"))["script-src"] == [own, "'unsafe-inline'"]
    assert directives(frame("diagram"))["script-src"] == [mermaid, own]


@pytest.mark.parametrize(("kind", "count"), [("page", 1), ("scripts", 1), ("diagram", 2)])
def test_a_frame_loads_what_its_policy_names(kind, count):
    response = frame(kind)
    scripts = re.findall(r'<script src="([^"]+)"></script>', response.content.decode())

    assert len(scripts) == count
    assert {settings.PUBLIC_URL + script for script in scripts} <= set(directives(response)["script-src"])


def test_pages_show_frames_from_these_addresses_alone(alice):
    alice.signs_in()
    policy = directives(alice.client.get("/"))

    assert policy["frame-src"] == [f"{settings.PUBLIC_URL}/preview/"]
    assert {reverse(f"preview-{kind}") for kind in ("page", "scripts", "diagram")} == {
        "/preview/page/",
        "/preview/scripts/",
        "/preview/diagram/",
    }


def test_code_is_shown_without_scripts_to_its_owner(alice, answer):
    response = alice.client.get(f"/messages/{answer.id}/code/0/")
    policy = directives(response)

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.content.decode().startswith("<h1>Bread</h1><script>alert(1)</script><x-link rel=")
    assert (policy["sandbox"], policy["default-src"]) == ([], ["'none'"])
    assert policy["script-src"] == ["'none'"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert b"<svg/>" in alice.client.get(f"/messages/{answer.id}/code/1/").content


def test_what_is_no_page_is_not_found(alice, bob, answer):
    question = Message.objects.get(role="user")

    for address in (f"{answer.id}/code/2/", f"{answer.id}/code/3/", f"{question.id}/code/0/"):
        assert alice.client.get(f"/messages/{address}").status_code == 404
    Reply.objects.update(blocks=[])  # as while it runs
    assert alice.client.get(f"/messages/{answer.id}/code/0/").status_code == 404
    bob.signs_in()
    assert bob.client.get(f"/messages/{answer.id}/code/0/").status_code == 404


def test_the_page_of_an_answer_links_to_them(alice, answer):
    page = alice.client.get(f"/messages/{answer.id}/").content.decode()

    assert re.findall(r'href="(/messages/[^"]+/code/\d/)" target="_blank" rel="noopener noreferrer"', page) == [
        f"/messages/{answer.id}/code/0/",
        f"/messages/{answer.id}/code/1/",
    ]
