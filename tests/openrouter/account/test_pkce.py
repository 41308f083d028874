from urllib.parse import parse_qsl, urlsplit

from chat.openrouter import authorization_url, code_challenge, make_code_verifier


def test_the_challenge_is_that_of_the_rfc():
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifiers_are_long_enough_and_differ():
    """RFC 7636, 4.1: 43 to 128 unreserved characters."""
    verifiers = {make_code_verifier() for _ in range(100)}

    assert len(verifiers) == 100
    assert all(43 <= len(verifier) <= 128 for verifier in verifiers)
    assert all(verifier.replace("-", "").replace("_", "").isalnum() for verifier in verifiers)


def test_the_address_carries_everything_and_keeps_the_callbacks_own_query():
    callback_url = "https://chat.example/signin/callback/?attempt=a%2Fb&x=1"

    url = urlsplit(
        authorization_url(
            openrouter_url="https://openrouter.ai/",
            callback_url=callback_url,
            code_challenge="challenge",
            state="st&te",
            key_label="Potluck",
        )
    )

    assert (url.scheme, url.netloc, url.path) == ("https", "openrouter.ai", "/auth")
    assert dict(parse_qsl(url.query)) == {
        "callback_url": callback_url,
        "code_challenge": "challenge",
        "code_challenge_method": "S256",
        "state": "st&te",
        "key_label": "Potluck",
    }


def test_a_label_is_optional_and_cut_to_what_openrouter_takes():
    def label(**given: str) -> str | None:
        url = authorization_url(openrouter_url="https://o", callback_url="c", code_challenge="x", state="s", **given)
        return dict(parse_qsl(urlsplit(url).query)).get("key_label")

    assert label() is None
    assert label(key_label="x" * 101) == "x" * 100
