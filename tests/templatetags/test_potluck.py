from django.template import Context, Template


def test_an_icon_is_drawn_inline_and_says_nothing():
    drawn = Template('{% icon "x" %}').render(Context())

    assert drawn.startswith("<svg")
    assert 'aria-hidden="true"' in drawn
