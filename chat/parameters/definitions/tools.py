"""The tools that this site runs, and how a model chooses one.

Source: OpenRouter docs, "Tool & Function Calling".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Group, Switch, ToolChoice, ToolNames

TOOLS = Group(
    "tools",
    gettext_lazy("Tools"),
    (
        ToolNames(
            name="tools",
            label=gettext_lazy("Tools the model may use"),
            help=gettext_lazy("Tool descriptions are sent with every message."),
            supported_by=("tools",),
            most=128,
        ),
        ToolChoice(
            name="tool_choice",
            label=gettext_lazy("Tool use"),
            help=gettext_lazy("Whether the model has to use a tool."),
            short=gettext_lazy("tools:"),
            supported_by=("tool_choice",),
            options=(
                ("auto", gettext_lazy("The model decides")),
                ("required", gettext_lazy("At least one")),
                ("none", gettext_lazy("None")),
            ),
        ),
        Switch(
            name="parallel_tool_calls",
            label=gettext_lazy("Several tools at once"),
            help=gettext_lazy("The model may call several tools in one step."),
            short=gettext_lazy("tools at once"),
            supported_by=("parallel_tool_calls", "tools"),
            default=True,
        ),
    ),
)
