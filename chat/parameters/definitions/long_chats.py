"""What happens to long chats: compression, caching.

Source: OpenRouter docs, "Prompt caching".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Group, Switch

LONG_CHATS = Group(
    "long-chats",
    gettext_lazy("Long chats"),
    (
        Switch(
            name="context_compression",
            label=gettext_lazy("Context compression"),
            help=gettext_lazy("OpenRouter leaves out the middle of a chat that is too long for the model."),
            short=gettext_lazy("context compression"),
        ),
        Choice(
            name="cache_control",
            label=gettext_lazy("Prompt caching"),
            help=gettext_lazy(
                "What was sent before is cheaper to read again for this long. Storing it costs a little more."
            ),
            short=gettext_lazy("cache"),
            options=(("5m", gettext_lazy("5 minutes")), ("1h", gettext_lazy("1 hour"))),
        ),
        Switch(
            name="send_unsupported",
            label=gettext_lazy("Send all settings"),
            help=gettext_lazy(
                "Also those that the model does not list. OpenRouter ignores what a provider cannot use."
            ),
            short=gettext_lazy("all settings sent"),
        ),
    ),
)
