import pytest
from django.template import Context, Template


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("hx_get href=url", 'href="/?a=1&amp;b=2" hx-get="/?a=1&amp;b=2"'),
        ("hx_post action=url", 'action="/?a=1&amp;b=2" hx-post="/?a=1&amp;b=2"'),
        (
            'hx_button form="stop" formaction=url',
            'form="stop" formaction="/?a=1&amp;b=2" hx-post="/?a=1&amp;b=2"',
        ),
        (
            'hx_button form="action" formaction=url along="no"',
            'form="action" formaction="/?a=1&amp;b=2" name="along" value="no" '
            """hx-post="/?a=1&amp;b=2" hx-vals='{"along": "no"}'""",
        ),
    ],
)
def test_the_browser_and_htmx_get_one_address(tag, attributes):
    assert Template(f"{{% load htmx %}}{{% {tag} %}}").render(Context({"url": "/?a=1&b=2"})) == attributes


@pytest.mark.parametrize(
    "tag", ["hx_get href=url", "hx_post action=url", 'hx_button form="x" formaction="/" along=url']
)
def test_nothing_breaks_out_of_an_attribute(tag):
    drawn = Template(f"{{% load htmx %}}{{% {tag} %}}").render(Context({"url": "\"'><script>"}))

    assert "<" not in drawn
    assert "'>" not in drawn


def test_a_form_that_changes_the_list_of_chats_gets_it_back():
    drawn = Template("{% load htmx %}<form {% hx_updates_chat_list %}>").render(Context())

    assert drawn == (
        '<form hx-target="#chat-list" hx-swap="outerMorph" hx-include="#chat-list [name]" hx-sync="#chats:queue all">'
    )
