"""How much a model thinks before it answers.

Source: OpenRouter docs, "Reasoning tokens".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Group, Number, Switch

REASONING = Group(
    "reasoning",
    gettext_lazy("Thinking"),
    (
        Choice(
            name="reasoning_effort",
            label=gettext_lazy("Effort"),
            help=gettext_lazy("How much the model thinks before it answers. Thinking costs as much as text."),
            short=gettext_lazy("thinking"),
            path=("reasoning", "effort"),
            supported_by=("reasoning", "reasoning_effort"),
            options=(
                ("none", gettext_lazy("Off")),
                ("minimal", gettext_lazy("Minimal")),
                ("low", gettext_lazy("Low")),
                ("medium", gettext_lazy("Medium")),
                ("high", gettext_lazy("High")),
                ("xhigh", gettext_lazy("Very high")),
                ("max", gettext_lazy("Maximum")),
            ),
        ),
        Number(
            name="reasoning_max_tokens",
            label=gettext_lazy("Budget"),
            help=gettext_lazy("The most tokens the model may think with. Set this or an effort, not both."),
            short=gettext_lazy("%s tokens of thinking"),
            path=("reasoning", "max_tokens"),
            supported_by=("reasoning",),
            least=1,
            most=1_000_000,
            is_whole=True,
        ),
        Switch(
            name="reasoning_exclude",
            label=gettext_lazy("Hide thoughts"),
            help=gettext_lazy("The model still thinks, but doesn't send its thoughts."),
            short=gettext_lazy("hidden thoughts"),
            path=("reasoning", "exclude"),
            supported_by=("reasoning", "include_reasoning"),
        ),
        Choice(
            name="reasoning_summary",
            label=gettext_lazy("Thought summary"),
            help=gettext_lazy("For models that only show a summary of their thoughts."),
            short=gettext_lazy("summary"),
            path=("reasoning", "summary"),
            supported_by=("reasoning",),
            options=(
                ("auto", gettext_lazy("Automatic")),
                ("concise", gettext_lazy("Short")),
                ("detailed", gettext_lazy("Detailed")),
            ),
        ),
    ),
)
