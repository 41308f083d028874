"""The pages that a person sees here: sign-in, a key, the credits. They say plainly what they are not."""

from html import escape
from urllib.parse import urlsplit

from tests.standin.people import PEOPLE, Key
from tests.standin.signin import QUERIES, STATES, Attempt

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --accent: light-dark(#0b6b50, #6fd3b1); }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center;
  font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#f6f6f3, #1b1c20);
  color: light-dark(#222, #eee); }
main { box-sizing: border-box; width: min(26rem, 100%); padding: 2rem; }
.note { border: 2px dashed var(--accent); border-radius: 8px; padding: .75rem 1rem; font-size: .875rem; }
h1 { font-size: 1.25rem; line-height: 1.3; }
fieldset { border: 1px solid var(--line); border-radius: 8px; padding: .5rem 1rem; margin: 1rem 0; }
label { display: flex; gap: .6rem; padding: .35rem 0; accent-color: var(--accent); }
.buttons { display: flex; gap: .75rem; }
button { flex: 1; min-height: 44px; border: 1px solid var(--line); border-radius: 6px; font: inherit;
  background: transparent; color: inherit; cursor: pointer; }
button[value=approve] { background: var(--accent); border-color: var(--accent);
  color: light-dark(#fff, #10221c); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code { overflow-wrap: anywhere; }
"""
NOTE = (
    '<p class="note"><strong>This is a stand-in for OpenRouter, on your own machine.</strong> '
    "There are no accounts and no passwords here; never type a real one.</p>"
)
ABOUT = {
    "alice": "has credits",
    "bob": "has credits",
    "newcomer": "has never bought credits: free models only",
    "nobody": "signs in without a user id",
    "rich": "has credits, and /credits tells how many",
    "spent": "has no credits left: free models only",
    "debtor": "is in debt: not even free models",
    "capped": "may spend a dollar a month",
    "short": "has 43 cents left, and /credits tells it",
    "leaving": "gets keys that last three days",
    "late": "gets keys that expired yesterday, but still work",
}


def sign_in_page(attempt: Attempt) -> str:
    where = urlsplit(attempt.callback_url).netloc or "An app"
    return _page(
        "Sign in",
        f"""<h1>{escape(where)} asks for a key of yours</h1>
<form method="post">
<fieldset><legend>Sign in as</legend>{_choices()}</fieldset>
{_habits() if attempt.callback_url else ""}
<p class="buttons"><button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button></p>
</form>""",
    )


def code_page(code: str | None) -> str:
    """What a person sees who came without a callback_url."""
    if code is None:
        return _page("Denied", "<h1>You did not approve</h1>\n<p>There is no code. Go back to the app.</p>")
    return _page("Code", f"<h1>Your code</h1>\n<p>Paste it into the app:</p>\n<p><code>{escape(code)}</code></p>")


def refusal_page(reason: str) -> str:
    return _page("Cannot sign in", f"<h1>This app asked in a wrong way</h1>\n<p>{escape(reason)}</p>")


def key_page(key: Key | None, sha256: str) -> str:
    if key is None:
        return _page("Key", f"<h1>No such key</h1>\n<p><code>{escape(sha256)}</code></p>")
    state = "deleted" if key.revoked else "active"
    return _page(
        "Key",
        f"""<h1>Key {escape(key.label)}</h1>
<p>Belongs to {escape(key.person.name)}, is {state}, has used ${key.usage:.6f}.</p>
<form method="post">
<p class="buttons"><button name="decision" value="delete">Delete this key</button></p>
</form>""",
    )


def credits_page() -> str:
    return _page(
        "Credits",
        "<h1>Credits</h1>\n<p>At OpenRouter you would add credits here. Nothing costs money here.</p>",
    )


def settings_page(name: str) -> str:
    return _page(name, f"<h1>{escape(name)}</h1>\n<p>At OpenRouter you would find your settings here.</p>")


def _choices() -> str:
    return "".join(
        f'<label><input type="radio" name="as" value="{name}"{" checked" if name == "alice" else ""}>'
        f"<span>{name} <small>({ABOUT[name]})</small></span></label>"
        for name in PEOPLE
    )


def _habits() -> str:
    """What this one sign-in brings back; as it is set (`StandIn.signin_habits`) unless chosen here."""
    selects = {"state": STATES, "query": QUERIES, "denial_query": ("kept", "dropped")}
    return f"<details><summary>What comes back</summary>{''.join(map(_select, selects, selects.values()))}</details>"


def _select(name: str, values: tuple[str, ...]) -> str:
    options = "".join(f"<option>{value}</option>" for value in values)
    return f'<label>{name} <select name="{name}"><option value="">as set</option>{options}</select></label>'


def _page(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · stand-in for OpenRouter</title><style>{STYLE}</style></head>
<body><main>
{NOTE}
{body}
</main></body>
</html>
"""
