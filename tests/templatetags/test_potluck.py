from django.template import Context, Template


def test_an_icon_is_drawn_inline_and_says_nothing():
    drawn = Template('{% icon "x" %}').render(Context())

    assert drawn.startswith("<svg")
    assert 'aria-hidden="true"' in drawn


def test_an_address_gets_the_parameters_that_have_a_value():
    source = '{% with_query "/search/" q=typed chat=chat page=2 as address %}<a href="{{ address }}">'
    link = Template(source).render(Context({"typed": "salt & pepper", "chat": None}))

    assert link == '<a href="/search/?q=salt+%26+pepper&amp;page=2">'
    assert Template('{% with_query "/" q=typed %}').render(Context({"typed": ""})) == "/"
