"""The page "Continue this text": what its form contains, and the sentences about the result."""

from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from chat.accounts.signed_in import SignedInRequest
from chat.catalogue import cache
from chat.catalogue.picker import default_model, name_of, price_of
from chat.formats import money
from chat.forms.completion import LONGEST_TEXT, MOST_TOKENS, USUAL_TOKENS
from chat.openrouter import Model
from chat.side_requests.completion import Completion
from chat.streaming.error_messages import explain


@dataclass(frozen=True)
class TextPage:
    """What the form contains. What was added last begins at `added_from` in `text`; None if nothing was added."""

    text: str = ""
    model: str = ""
    max_tokens: str = str(USUAL_TOKENS)
    temperature: str = ""
    added_from: int | None = None
    note: str = ""  # what it cost, or what went wrong


class Option(NamedTuple):
    id: str
    label: str


def render_completion(request: SignedInRequest, page: TextPage, *, status: int = 200) -> HttpResponse:
    base, others = _models()
    context = {
        "page": page,
        "selected": page.model or (base[0].id if base else default_model()),
        "groups": [(_("Base models"), base), (_("Other models"), others)],
        "longest_text": LONGEST_TEXT,
        "most_tokens": MOST_TOKENS,
    }
    return render(request, "completion/completion.html", context, status=status)


def note_of(completion: Completion, model: str) -> str:
    """The sentence about a continuation: what went wrong; else what it cost, and why it ended."""
    if completion.failure:
        return explain(completion.failure, model)[0]
    cost = _("The cost isn't known yet.") if completion.cost is None else _("Cost: %s.") % money(completion.cost)
    return f"{cost} {_('The model reached the maximum length.')}" if completion.finish_reason == "length" else cost


def _models() -> tuple[list[Option], list[Option]]:
    """Base models, which were only trained to go on with texts, and all others that write text; by name."""
    found = sorted(
        (model for model in cache.models() if model.writes_text), key=lambda model: name_of(model.id).lower()
    )
    options = [(_is_base(model), Option(model.id, _label(model))) for model in found]
    return [each for is_base, each in options if is_base], [each for is_base, each in options if not is_base]


def _is_base(model: Model) -> bool:
    """Whether its name says so. The catalogue has no other sign: `instruct_type` is null for most chat models, too."""
    return "base" in model.id.lower().replace("/", "-").replace(":", "-").split("-")


def _label(model: Model) -> str:
    price = price_of(model)
    return f"{name_of(model.id)} · {price}" if price else name_of(model.id)
