"""Which models and providers may answer, at what price, and by which API.

Source: OpenRouter docs, "Provider routing".
"""

from django.utils.translation import gettext_lazy

from chat.parameters.schema import Choice, Group, Names, Number, RankedNames, Switch

QUANTIZATIONS = (
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown",
)  # fmt: skip

# OpenRouter refuses more beside the chosen model: "'models' array must have 3 items or fewer."
MOST_FALLBACKS = 3

PROVIDERS = Group(
    "providers",
    gettext_lazy("Models and providers"),
    (
        RankedNames(
            name="models",
            label=gettext_lazy("Fallback models"),
            help=gettext_lazy("Tried in this order if the chosen model can't answer. One per line."),
            short=gettext_lazy("fallbacks:"),
            path=("models",),
            most=MOST_FALLBACKS,
            separator="\n",
        ),
        Names(
            name="provider_order",
            label=gettext_lazy("Try first"),
            help=gettext_lazy("Providers to try first, in this order, such as “anthropic, amazon-bedrock”."),
            short=gettext_lazy("first"),
            path=("provider", "order"),
            most=50,
        ),
        Names(
            name="provider_only",
            label=gettext_lazy("Only these"),
            help=gettext_lazy("Only these providers may answer."),
            short=gettext_lazy("only"),
            path=("provider", "only"),
            most=50,
        ),
        Names(
            name="provider_ignore",
            label=gettext_lazy("Never these"),
            help=gettext_lazy("These providers may not answer."),
            short=gettext_lazy("without"),
            path=("provider", "ignore"),
            most=50,
        ),
        Choice(
            name="provider_sort",
            label=gettext_lazy("Prefer"),
            help=gettext_lazy("Which provider to try first if several have the model."),
            short=gettext_lazy("by"),
            path=("provider", "sort"),
            options=(
                ("price", gettext_lazy("The cheapest")),
                ("throughput", gettext_lazy("The fastest")),
                ("latency", gettext_lazy("The quickest to start")),
            ),
        ),
        Switch(
            name="provider_allow_fallbacks",
            label=gettext_lazy("Other providers"),
            help=gettext_lazy("Whether other providers may answer if the first ones can't."),
            short=gettext_lazy("other providers"),
            path=("provider", "allow_fallbacks"),
            default=True,
        ),
        Switch(
            name="provider_require_parameters",
            label=gettext_lazy("Require all settings"),
            help=gettext_lazy("Only providers that support every setting of this chat may answer."),
            short=gettext_lazy("all settings required"),
            path=("provider", "require_parameters"),
        ),
        Choice(
            name="provider_data_collection",
            label=gettext_lazy("Data collection"),
            help=gettext_lazy("Whether providers that store your messages or train on them may answer."),
            short=gettext_lazy("data collection"),
            path=("provider", "data_collection"),
            options=(("allow", gettext_lazy("Allow")), ("deny", gettext_lazy("Deny"))),
        ),
        Switch(
            name="provider_zdr",
            label=gettext_lazy("Zero data retention"),
            help=gettext_lazy("Only providers that store nothing you send may answer."),
            short=gettext_lazy("zero data retention"),
            path=("provider", "zdr"),
        ),
        Names(
            name="provider_quantizations",
            label=gettext_lazy("Quantizations"),
            help=gettext_lazy("Which precisions of the model may answer."),
            short=gettext_lazy("quantization"),
            path=("provider", "quantizations"),
            most=len(QUANTIZATIONS),
            allowed=QUANTIZATIONS,
        ),
        Number(
            name="provider_max_price_prompt",
            label=gettext_lazy("Maximum input price"),
            help=gettext_lazy("In dollars per million tokens."),
            short=gettext_lazy("input up to $%s"),
            path=("provider", "max_price", "prompt"),
            least=0,
            most=1_000_000,
            is_exact=True,
        ),
        Number(
            name="provider_max_price_completion",
            label=gettext_lazy("Maximum output price"),
            help=gettext_lazy("In dollars per million tokens."),
            short=gettext_lazy("output up to $%s"),
            path=("provider", "max_price", "completion"),
            least=0,
            most=1_000_000,
            is_exact=True,
        ),
        Choice(
            name="service_tier",
            label=gettext_lazy("Service tier"),
            help=gettext_lazy("Some providers answer faster for more money, or slower for less."),
            short=gettext_lazy("tier"),
            path=("service_tier",),
            options=(
                ("auto", gettext_lazy("Automatic")),
                ("default", gettext_lazy("Standard")),
                ("flex", gettext_lazy("Flex: cheaper and slower")),
                ("priority", gettext_lazy("Priority: faster and more expensive")),
                ("scale", gettext_lazy("Scale")),
            ),
        ),
        Choice(
            name="transport",
            label=gettext_lazy("API"),
            help=gettext_lazy("Which OpenRouter API is used. The Responses API is newer and has fewer settings."),
            short=gettext_lazy("API:"),
            options=(("chat", gettext_lazy("Chat completions")), ("responses", gettext_lazy("Responses"))),
        ),
    ),
)
