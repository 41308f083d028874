"""Searching the web and opening pages, by tools that OpenRouter runs.

Source: OpenRouter docs, "Server tools".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Domains, Group, Number, OpenChoice, Switch

WEB = Group(
    "web",
    gettext_lazy("The web"),
    (
        Switch(
            name="web_search",
            label=gettext_lazy("Search the web"),
            help=gettext_lazy("The model may search with every message."),
            short=gettext_lazy("web search"),
            supported_by=("tools",),
        ),
        OpenChoice(
            name="web_search_engine",
            label=gettext_lazy("Search engine"),
            help=gettext_lazy("By default, OpenRouter uses the provider's own engine if there is one."),
            short=gettext_lazy("search with"),
            options=(
                ("auto", gettext_lazy("Automatic")),
                ("native", gettext_lazy("The provider's own")),
                ("exa", "Exa"),
                ("parallel", "Parallel"),
                ("perplexity", "Perplexity"),
                ("firecrawl", gettext_lazy("Firecrawl, with your own Firecrawl key")),
            ),
        ),
        Number(
            name="web_search_max_results",
            label=gettext_lazy("Results per search"),
            help=gettext_lazy("More than 10 cost extra. The provider's own engine chooses how many."),
            short=gettext_lazy("%s results"),
            least=1,
            most=25,
            is_whole=True,
        ),
        Number(
            name="web_search_max_uses",
            label=gettext_lazy("Searches per answer"),
            help=gettext_lazy("The most searches the model may make for one answer."),
            short=gettext_lazy("up to %s searches"),
            least=1,
            most=30,
            is_whole=True,
        ),
        Choice(
            name="web_search_context_size",
            label=gettext_lazy("Text per result"),
            help=gettext_lazy("More text costs more tokens."),
            short=gettext_lazy("search text"),
            options=(("low", gettext_lazy("Low")), ("medium", gettext_lazy("Medium")), ("high", gettext_lazy("High"))),
        ),
        Domains(
            name="web_allowed_domains",
            label=gettext_lazy("Only these websites"),
            help=gettext_lazy("Domains like example.org, separated by commas or lines."),
            short=gettext_lazy("only"),
            most=20,
        ),
        Domains(
            name="web_excluded_domains",
            label=gettext_lazy("Not these websites"),
            help=gettext_lazy("Domains like example.org, separated by commas or lines."),
            short=gettext_lazy("not"),
            most=20,
        ),
        Switch(
            name="web_fetch",
            label=gettext_lazy("Open links in my messages"),
            help=gettext_lazy("The model may ask OpenRouter to open web pages. Their text costs tokens."),
            short=gettext_lazy("opens links"),
            supported_by=("tools",),
        ),
        Switch(
            name="datetime",
            label=gettext_lazy("Date and time"),
            help=gettext_lazy("The model may ask OpenRouter for the date and time."),
            short=gettext_lazy("date and time"),
            supported_by=("tools",),
        ),
    ),
)
