"""The instructions that go with each request, and how long an answer may be.

Source: OpenRouter docs, "Parameters".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Group, Number, Text

INSTRUCTIONS = Group(
    "instructions",
    gettext_lazy("Instructions"),
    (
        Text(
            name="system",
            label=gettext_lazy("System prompt"),
            help=gettext_lazy("Instructions for the model. Sent with every message."),
            short=gettext_lazy("system prompt"),
            longest=32_000,
        ),
        Text(
            name="prefill",
            label=gettext_lazy("Start the answer with"),
            help=gettext_lazy("The next answer continues this text. Applies to one message only."),
            short=gettext_lazy("begins with text"),
            longest=4_000,
        ),
        Number(
            name="max_completion_tokens",
            label=gettext_lazy("Maximum answer length"),
            help=gettext_lazy("In tokens, including thinking. 1,000 tokens are about 750 words."),
            short=gettext_lazy("up to %s tokens"),
            path=("max_completion_tokens",),
            least=1,
            most=1_000_000,
            is_whole=True,
        ),
        Choice(
            name="verbosity",
            label=gettext_lazy("Verbosity"),
            help=gettext_lazy("How long and detailed answers are."),
            short=gettext_lazy("verbosity"),
            path=("verbosity",),
            supported_by=("verbosity",),
            options=(("low", gettext_lazy("Low")), ("medium", gettext_lazy("Medium")), ("high", gettext_lazy("High"))),
        ),
    ),
)
