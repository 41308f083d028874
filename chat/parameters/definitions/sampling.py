"""How the next token is chosen.

Source: OpenRouter docs, "Parameters".
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.parameters.schema import Group, Invalid, JsonObject, Lines, Number

MOST_LOGIT_BIASES = 300
LARGEST_SEED = 2**53 - 1  # beyond that, JSON numbers are not exact everywhere


def _logit_bias(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > MOST_LOGIT_BIASES:
        raise Invalid(_("Enter up to %(most)s tokens.") % {"most": MOST_LOGIT_BIASES})
    for token, bias in value.items():
        if not re.fullmatch(r"[0-9]{1,10}", token):
            raise Invalid(_("“%(token)s” isn't a token number.") % {"token": token[:60]})
        if isinstance(bias, bool) or not isinstance(bias, int | float) or not -100 <= bias <= 100:
            raise Invalid(_("The bias of token %(token)s isn't a number from -100 to 100.") % {"token": token})
    return value


SAMPLING = Group(
    "sampling",
    gettext_lazy("Randomness"),
    (
        Number(
            name="temperature",
            label=gettext_lazy("Temperature"),
            help=gettext_lazy("Lower is more predictable, higher more varied."),
            short=gettext_lazy("temperature"),
            path=("temperature",),
            supported_by=("temperature",),
            least=0,
            most=2,
        ),
        Number(
            name="top_p",
            label=gettext_lazy("Top P"),
            help=gettext_lazy("Only the most likely words, until their probabilities add up to this number."),
            short=gettext_lazy("top P"),
            path=("top_p",),
            supported_by=("top_p",),
            least=0,
            most=1,
        ),
        Number(
            name="top_k",
            label=gettext_lazy("Top K"),
            help=gettext_lazy("Only this many of the most likely words. 0 means no limit."),
            short=gettext_lazy("top K"),
            path=("top_k",),
            supported_by=("top_k",),
            least=0,
            most=1_000_000,
            is_whole=True,
        ),
        Number(
            name="min_p",
            label=gettext_lazy("Min P"),
            help=gettext_lazy("Only words at least this likely, compared with the most likely one."),
            short=gettext_lazy("min P"),
            path=("min_p",),
            supported_by=("min_p",),
            least=0,
            most=1,
        ),
        Number(
            name="top_a",
            label=gettext_lazy("Top A"),
            help=gettext_lazy("Like Min P, but stricter when the model is more certain."),
            short=gettext_lazy("top A"),
            path=("top_a",),
            supported_by=("top_a",),
            least=0,
            most=1,
        ),
        Number(
            name="frequency_penalty",
            label=gettext_lazy("Frequency penalty"),
            help=gettext_lazy("Above 0, words become less likely each time they are used."),
            short=gettext_lazy("frequency penalty"),
            path=("frequency_penalty",),
            supported_by=("frequency_penalty",),
            least=-2,
            most=2,
        ),
        Number(
            name="presence_penalty",
            label=gettext_lazy("Presence penalty"),
            help=gettext_lazy("Above 0, words that were used once become less likely."),
            short=gettext_lazy("presence penalty"),
            path=("presence_penalty",),
            supported_by=("presence_penalty",),
            least=-2,
            most=2,
        ),
        Number(
            name="repetition_penalty",
            label=gettext_lazy("Repetition penalty"),
            help=gettext_lazy("Above 1, words of the question and the answer become less likely."),
            short=gettext_lazy("repetition penalty"),
            path=("repetition_penalty",),
            supported_by=("repetition_penalty",),
            least=0,
            most=2,
        ),
        Number(
            name="seed",
            label=gettext_lazy("Seed"),
            help=gettext_lazy("The same seed and the same question usually give the same answer."),
            short=gettext_lazy("seed"),
            path=("seed",),
            supported_by=("seed",),
            least=-LARGEST_SEED,
            most=LARGEST_SEED,
            is_whole=True,
        ),
        Lines(
            name="stop",
            label=gettext_lazy("Stop sequences"),
            help=gettext_lazy("The answer ends before any of these, one in each line. \\n stands for a line break."),
            short=gettext_lazy("stop sequences"),
            path=("stop",),
            supported_by=("stop",),
            most=4,
            longest=500,
        ),
        JsonObject(
            name="logit_bias",
            label=gettext_lazy("Logit bias"),
            help=gettext_lazy("Token numbers, each with a bias from -100 (never) to 100 (always)."),
            short=gettext_lazy("logit bias"),
            path=("logit_bias",),
            supported_by=("logit_bias",),
            longest=20_000,
            check=_logit_bias,
        ),
        Number(
            name="top_logprobs",
            label=gettext_lazy("Token probabilities"),
            help=gettext_lazy("How many alternatives to show for each token, in the details of an answer."),
            short=gettext_lazy("token probabilities:"),
            supported_by=("top_logprobs", "logprobs"),
            least=0,
            most=20,
            is_whole=True,
        ),
    ),
)
