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
            help=gettext_lazy("If a chat is too long for the model, OpenRouter leaves out the middle."),
            short=gettext_lazy("context compression"),
        ),
        Choice(
            name="cache_control",
            label=gettext_lazy("Prompt caching"),
            help=gettext_lazy("Earlier messages cost less to resend for this long. Storing them costs a little extra."),
            short=gettext_lazy("cache"),
            options=(("5m", gettext_lazy("5 minutes")), ("1h", gettext_lazy("1 hour"))),
        ),
        Switch(
            name="send_unsupported",
            label=gettext_lazy("Send all settings"),
            help=gettext_lazy(
                "Includes settings that the model doesn't list. OpenRouter ignores any that a provider can't use."
            ),
            short=gettext_lazy("all settings sent"),
        ),
    ),
)
