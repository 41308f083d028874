"""The parameters that people can set for a chat: name, range and words of each. Adding one is one entry here.

Source: OpenRouter docs, "Parameters", "Provider routing", "Reasoning tokens", "Structured outputs", "PDF Inputs" and
"Image generation". Those for images are keys of `image_config`, of which the description of the API names only
examples.
"""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.parameters.json_schema import check_schema, check_shape
from chat.parameters.schema import (
    NO_WORDS,
    Choice,
    Domains,
    Group,
    Invalid,
    JsonObject,
    Lines,
    Names,
    Number,
    OpenChoice,
    Parameter,
    Switch,
    Text,
    ToolChoice,
    ToolNames,
)

MOST_LOGIT_BIASES = 300
LARGEST_SEED = 2**53 - 1  # beyond that, JSON numbers are not exact everywhere
QUANTIZATIONS = (
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown",
)  # fmt: skip
ASPECT_RATIOS = (
    "1:1", "3:2", "2:3", "4:3", "3:4", "5:4", "4:5", "16:9", "9:16", "21:9", "9:21",
    "2:1", "1:2", "4:1", "1:4", "8:1", "1:8",
)  # fmt: skip


def _logit_bias(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > MOST_LOGIT_BIASES:
        raise Invalid(_("Enter up to %(most)s tokens.") % {"most": MOST_LOGIT_BIASES})
    for token, bias in value.items():
        if not re.fullmatch(r"[0-9]{1,10}", token):
            raise Invalid(_("“%(token)s” is not the number of a token.") % {"token": token[:60]})
        if isinstance(bias, bool) or not isinstance(bias, int | float) or not -100 <= bias <= 100:
            raise Invalid(_("The bias of token %(token)s is not a number from -100 to 100.") % {"token": token})
    return value


INSTRUCTIONS = Group(
    "instructions",
    gettext_lazy("Instructions"),
    (
        Text(
            name="system",
            label=gettext_lazy("System prompt"),
            help=gettext_lazy("Instructions that the model gets before the first message, with every message."),
            short=gettext_lazy("system prompt"),
            longest=32_000,
        ),
        Text(
            name="prefill",
            label=gettext_lazy("Answer begins with"),
            help=gettext_lazy("The next answer continues this text. It applies to one message."),
            short=gettext_lazy("begins with text"),
            longest=4_000,
        ),
        Number(
            name="max_completion_tokens",
            label=gettext_lazy("Longest answer"),
            help=gettext_lazy("In tokens, thinking included: 1,000 tokens are about 750 words."),
            short=gettext_lazy("up to %s tokens"),
            path=("max_completion_tokens",),
            least=1,
            most=1_000_000,
            is_whole=True,
        ),
        Choice(
            name="verbosity",
            label=gettext_lazy("Verbosity"),
            help=gettext_lazy("How much the model says."),
            short=gettext_lazy("verbosity"),
            path=("verbosity",),
            supported_by=("verbosity",),
            options=(("low", gettext_lazy("Low")), ("medium", gettext_lazy("Medium")), ("high", gettext_lazy("High"))),
        ),
    ),
)

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
            help=gettext_lazy("Only the most likely words, up to this share of the probability."),
            short=gettext_lazy("top P"),
            path=("top_p",),
            supported_by=("top_p",),
            least=0,
            most=1,
        ),
        Number(
            name="top_k",
            label=gettext_lazy("Top K"),
            help=gettext_lazy("Only this many of the most likely words; 0 is no limit."),
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
            help=gettext_lazy("Like Min P, but stricter the surer the model is."),
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
            help=gettext_lazy("The same number and the same question mostly give the same answer."),
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
            help=gettext_lazy("Numbers of tokens, each with a bias from -100 (never) to 100 (always)."),
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

REASONING = Group(
    "reasoning",
    gettext_lazy("Thinking"),
    (
        Choice(
            name="reasoning_effort",
            label=gettext_lazy("Effort"),
            help=gettext_lazy("How much the model thinks before it answers. Thinking is paid for like text."),
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
            help=gettext_lazy("The most tokens to think with, instead of an effort."),
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
            help=gettext_lazy("The model thinks, but the answer comes without its thoughts."),
            short=gettext_lazy("hidden thoughts"),
            path=("reasoning", "exclude"),
            supported_by=("reasoning", "include_reasoning"),
        ),
        Choice(
            name="reasoning_summary",
            label=gettext_lazy("Summary of thoughts"),
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

FORMAT = Group(
    "format",
    gettext_lazy("Format"),
    (
        Choice(
            name="response_format",
            label=gettext_lazy("Answer format"),
            help=gettext_lazy("What the answer has to be. For JSON, also say in your message what you want in it."),
            short=NO_WORDS,
            supported_by=("response_format", "structured_outputs"),
            options=(
                ("text", gettext_lazy("Text")),
                ("json_object", gettext_lazy("JSON")),
                ("json_schema", gettext_lazy("JSON schema")),
            ),
        ),
        JsonObject(
            name="json_schema",
            label=gettext_lazy("JSON schema"),
            help=gettext_lazy("An object with “name” and “schema”. Each answer is checked against it."),
            supported_by=("structured_outputs", "response_format"),
            longest=20_000,
            check=check_schema,
            check_shape=check_shape,
        ),
        Switch(
            name="response_healing",
            label=gettext_lazy("Repair JSON"),
            help=gettext_lazy("OpenRouter repairs answers that are almost JSON, before they are sent."),
            short=gettext_lazy("repaired JSON"),
        ),
    ),
)

IMAGES = Group(
    "images",
    gettext_lazy("Images"),
    (
        Choice(
            name="image_aspect_ratio",
            label=gettext_lazy("Aspect ratio"),
            help=gettext_lazy("Of images that the model makes, width to height."),
            short=gettext_lazy("images"),
            path=("image_config", "aspect_ratio"),
            options=tuple((ratio, ratio) for ratio in ASPECT_RATIOS),
        ),
        Choice(
            name="image_size",
            label=gettext_lazy("Image size"),
            help=gettext_lazy("The length of an edge, about. Larger images cost more with most models."),
            short=gettext_lazy("images"),
            path=("image_config", "image_size"),
            options=(
                ("0.5K", gettext_lazy("0.5K (512 pixels)")),
                ("1K", gettext_lazy("1K (1024 pixels)")),
                ("2K", gettext_lazy("2K (2048 pixels)")),
                ("4K", gettext_lazy("4K (4096 pixels)")),
            ),
        ),
        Choice(
            name="image_quality",
            label=gettext_lazy("Image quality"),
            help=gettext_lazy("Higher takes longer and costs more."),
            short=gettext_lazy("image quality"),
            path=("image_config", "quality"),
            options=(("low", gettext_lazy("Low")), ("medium", gettext_lazy("Medium")), ("high", gettext_lazy("High"))),
        ),
        Choice(
            name="image_background",
            label=gettext_lazy("Image background"),
            help=gettext_lazy("A transparent one needs PNG or WebP as the file format."),
            short=gettext_lazy("image background"),
            path=("image_config", "background"),
            options=(("opaque", gettext_lazy("Opaque")), ("transparent", gettext_lazy("Transparent"))),
        ),
        Choice(
            name="image_format",
            label=gettext_lazy("File format of images"),
            help=gettext_lazy("What the model sends. This site stores large PNG images as JPEG or WebP."),
            short=gettext_lazy("images as"),
            path=("image_config", "output_format"),
            options=(("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP")),
        ),
    ),
)

PROVIDERS = Group(
    "providers",
    gettext_lazy("Models and providers"),
    (
        Names(
            name="models",
            label=gettext_lazy("Fallback models"),
            help=gettext_lazy("Tried in this order if the chosen model cannot answer, one in each line."),
            short=gettext_lazy("fallbacks:"),
            path=("models",),
            most=10,
            separator="\n",
        ),
        Names(
            name="provider_order",
            label=gettext_lazy("Try first"),
            help=gettext_lazy("Providers in the order in which to try them, like “anthropic, amazon-bedrock”."),
            short=gettext_lazy("first"),
            path=("provider", "order"),
            most=50,
        ),
        Names(
            name="provider_only",
            label=gettext_lazy("Only these"),
            help=gettext_lazy("Providers that may answer; all others may not."),
            short=gettext_lazy("only"),
            path=("provider", "only"),
            most=50,
        ),
        Names(
            name="provider_ignore",
            label=gettext_lazy("Never these"),
            help=gettext_lazy("Providers that may not answer."),
            short=gettext_lazy("without"),
            path=("provider", "ignore"),
            most=50,
        ),
        Choice(
            name="provider_sort",
            label=gettext_lazy("Prefer"),
            help=gettext_lazy("Which provider to try first, if several have the model."),
            short=gettext_lazy("by"),
            path=("provider", "sort"),
            options=(
                ("price", gettext_lazy("The cheapest")),
                ("throughput", gettext_lazy("The fastest")),
                ("latency", gettext_lazy("The first to begin")),
            ),
        ),
        Switch(
            name="provider_allow_fallbacks",
            label=gettext_lazy("Other providers"),
            help=gettext_lazy("Whether others may answer if the first cannot."),
            short=gettext_lazy("other providers"),
            path=("provider", "allow_fallbacks"),
            default=True,
        ),
        Switch(
            name="provider_require_parameters",
            label=gettext_lazy("All settings required"),
            help=gettext_lazy("Only providers that know every setting of this chat."),
            short=gettext_lazy("all settings required"),
            path=("provider", "require_parameters"),
        ),
        Choice(
            name="provider_data_collection",
            label=gettext_lazy("Data collection"),
            help=gettext_lazy("Whether providers that store messages, or train with them, may answer."),
            short=gettext_lazy("data collection"),
            path=("provider", "data_collection"),
            options=(("allow", gettext_lazy("Allow")), ("deny", gettext_lazy("Deny"))),
        ),
        Switch(
            name="provider_zdr",
            label=gettext_lazy("Zero data retention"),
            help=gettext_lazy("Only providers that store nothing of what you send."),
            short=gettext_lazy("zero data retention"),
            path=("provider", "zdr"),
        ),
        Names(
            name="provider_quantizations",
            label=gettext_lazy("Quantizations"),
            help=gettext_lazy("The precisions of the model that may answer."),
            short=gettext_lazy("quantization"),
            path=("provider", "quantizations"),
            most=len(QUANTIZATIONS),
            allowed=QUANTIZATIONS,
        ),
        Number(
            name="provider_max_price_prompt",
            label=gettext_lazy("Highest input price"),
            help=gettext_lazy("In dollars per million tokens."),
            short=gettext_lazy("input up to $%s"),
            path=("provider", "max_price", "prompt"),
            least=0,
            most=1_000_000,
            is_exact=True,
        ),
        Number(
            name="provider_max_price_completion",
            label=gettext_lazy("Highest output price"),
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
            help=gettext_lazy("Some providers answer sooner for more money, or later for less."),
            short=gettext_lazy("tier"),
            path=("service_tier",),
            options=(
                ("auto", gettext_lazy("Automatic")),
                ("default", gettext_lazy("Standard")),
                ("flex", gettext_lazy("Flex: cheaper and slower")),
                ("priority", gettext_lazy("Priority: dearer and faster")),
                ("scale", gettext_lazy("Scale")),
            ),
        ),
        Choice(
            name="transport",
            label=gettext_lazy("API"),
            help=gettext_lazy("How OpenRouter is asked. The Responses API is newer and has fewer settings."),
            short=gettext_lazy("API:"),
            options=(("chat", gettext_lazy("Chat completions")), ("responses", gettext_lazy("Responses"))),
        ),
    ),
)

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
            help=gettext_lazy("By default OpenRouter takes the provider's own, if it has one."),
            short=gettext_lazy("search with"),
            options=(
                ("auto", gettext_lazy("Automatic")),
                ("native", gettext_lazy("The provider's own")),
                ("exa", "Exa"),
                ("parallel", "Parallel"),
                ("perplexity", "Perplexity"),
                ("firecrawl", gettext_lazy("Firecrawl, with your own key there")),
            ),
        ),
        Number(
            name="web_search_max_results",
            label=gettext_lazy("Results of a search"),
            help=gettext_lazy("More than 10 cost extra. The provider's own engine decides itself."),
            short=gettext_lazy("%s results"),
            least=1,
            most=25,
            is_whole=True,
        ),
        Number(
            name="web_search_max_uses",
            label=gettext_lazy("Searches for an answer"),
            help=gettext_lazy("How often the model may search, at most."),
            short=gettext_lazy("up to %s searches"),
            least=1,
            most=30,
            is_whole=True,
        ),
        Choice(
            name="web_search_context_size",
            label=gettext_lazy("Text of each result"),
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
            help=gettext_lazy("The model may have OpenRouter open web pages. Their text costs tokens."),
            short=gettext_lazy("opens links"),
            supported_by=("tools",),
        ),
        Switch(
            name="datetime",
            label=gettext_lazy("Date and time"),
            help=gettext_lazy("The model may ask OpenRouter for the time."),
            short=gettext_lazy("date and time"),
            supported_by=("tools",),
        ),
    ),
)

TOOLS = Group(
    "tools",
    gettext_lazy("Tools"),
    (
        ToolNames(
            name="tools",
            label=gettext_lazy("What the model may use"),
            help=gettext_lazy("The descriptions of tools are sent with every message."),
            supported_by=("tools",),
            most=128,
        ),
        ToolChoice(
            name="tool_choice",
            label=gettext_lazy("Use of tools"),
            help=gettext_lazy("Whether the model has to use a tool, and which."),
            short=gettext_lazy("tools:"),
            supported_by=("tool_choice",),
            options=(
                ("auto", gettext_lazy("As the model likes")),
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

OCR = "mistral-ocr"

FILES = Group(
    "files",
    gettext_lazy("Files"),
    (
        Choice(
            name="pdf_engine",
            label=gettext_lazy("PDFs are read"),
            help=gettext_lazy(
                "OCR costs $2 per 1,000 pages. By default it reads PDFs only for models that don't accept files."
            ),
            short=gettext_lazy("PDFs:"),
            options=(
                ("native", gettext_lazy("By the model")),
                ("cloudflare-ai", gettext_lazy("As text, free")),
                (OCR, gettext_lazy("By OCR, also scans")),
            ),
        ),
    ),
)

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

GROUPS = (INSTRUCTIONS, SAMPLING, REASONING, FORMAT, WEB, TOOLS, FILES, IMAGES, PROVIDERS, LONG_CHATS)
PARAMETERS: dict[str, Parameter] = {each.name: each for group in GROUPS for each in group.parameters}
