"""Marks for the content of an answer."""

from tests.standin.details import FORMS
from tests.standin.images import ODD, png_data_url
from tests.standin.marks.mark import Mark, register
from tests.standin.plan import Plan
from tests.standin.previews import PREVIEWS
from tests.standin.prose import HOSTILE, markdown_document, numbered, tokens
from tests.standin.tool_calls import Calls, Search
from tests.standin.wire import Tools, citation

THOUGHT = (
    "Let me think about this. The question has two parts, and the second depends on the first. "
    "I should look at an example before I answer, and then check it once more."
)
TOOL_FIELDS = {"now": ["server_tool_use_details"], "docs": ["server_tool_use"]}
CUSTOM = "Potluck means that everybody brings a dish.[1] It is an old custom.[2]\n"


@register("tokens", "n=400 rate=40 stamp")
def _tokens(plan: Plan, mark: Mark) -> None:
    """Numbered tokens, so that a lost or doubled one is seen; `stamp` adds the time of sending."""
    plan.set_pieces(numbered(mark.count("n", 400)))
    plan.rate = mark.number("rate", plan.rate, least=0.01)
    plan.is_stamped = mark.word() == "stamp" or bool(mark.values.get("stamp"))


@register("markdown", "kb=20 rate=100")
def _markdown(plan: Plan, mark: Mark) -> None:
    """A long document with every kind of block."""
    plan.say(markdown_document(mark.number("kb", 20, most=5000)))
    plan.rate = mark.number("rate", plan.rate, least=0.01)


@register("say", "these words")
def _say(plan: Plan, mark: Mark) -> None:
    """Exactly these words."""
    plan.say(str(mark.values["text"]) if "text" in mark.values and not mark.rest else mark.rest)


@register("reasoning", "n=1")
def _reasoning(plan: Plan, mark: Mark) -> None:
    """Thinks first (`reasoning` and `reasoning_details`), that many paragraphs, then answers."""
    plan.reasoning = tokens("\n\n".join([THOUGHT] * mark.count("n", 1)))


@register("details", "signed|summary|encrypted|several")
def _details(plan: Plan, mark: Mark) -> None:
    """Thinks first, with `reasoning_details` in the form of Claude, of GPT (two), or of several at once."""
    plan.details = FORMS[mark.word() or "signed"]


@register("logprobs", "top=3")
def _logprobs(plan: Plan, mark: Mark) -> None:
    """Sends the probabilities of tokens although the request did not ask for them."""
    plan.top_logprobs = mark.count("top", 3)


@register("think", "tag=think open")
def _think(plan: Plan, mark: Mark) -> None:
    """Thinks in the text, between tags that come letter by letter; with `open` the closing one never comes."""
    tag = str(mark.values.get("tag", "think"))
    if mark.word() == "open":
        plan.set_pieces([*f"<{tag}>", *tokens(THOUGHT)])
    else:
        plan.pieces = [*f"<{tag}>", *tokens(f"\n{THOUGHT}\n"), *f"</{tag}>\n\n", *plan.pieces]


@register("onlyreasoning")
def _only_reasoning(plan: Plan, mark: Mark) -> None:
    """Thinks until the tokens are used up: no text, finish reason `length`."""
    plan.reasoning, plan.finish = tokens(THOUGHT), "length"
    plan.set_pieces([])


@register("length")
def _length(plan: Plan, mark: Mark) -> None:
    """Stops half-way because of the token limit."""
    plan.pieces, plan.finish = plan.pieces[: len(plan.pieces) // 2], "length"


@register("filter")
def _filter(plan: Plan, mark: Mark) -> None:
    """Stops half-way with finish reason `content_filter`."""
    plan.pieces, plan.finish = plan.pieces[: len(plan.pieces) // 2], "content_filter"


@register("image", "n=1 again|whole|content|svg|broken|cut|address")
def _image(plan: Plan, mark: Mark) -> None:
    """Draws small real PNGs in `delta.images`: twice (`again`), elsewhere (`whole`, `content`), or none (others)."""
    plan.suggest("Here is your picture.\n")
    word = mark.word()
    drawn = [png_data_url(seed, *plan.image_size) for seed in range(mark.count("n", 1))]
    plan.images = [ODD[word]] * len(drawn) if word in ODD else drawn * (2 if word == "again" else 1)
    plan.images_come = word if word in ("whole", "content") else "delta"


@register("citations")
def _citations(plan: Plan, mark: Mark) -> None:
    """Cites two web pages in `annotations`."""
    plan.suggest(CUSTOM)
    plan.citations = [
        citation("https://en.wikipedia.org/wiki/Potluck", "Potluck - Wikipedia", 0, 46),
        citation("https://example.org/customs?a=1&b=<2>", 'Old "customs" & <new> ones', 47, 72),
    ]


@register("files", "none|twice")
def _files(plan: Plan, mark: Mark) -> None:
    """What OpenRouter has read in PDFs does not come back in `annotations`, or it comes twice."""
    plan.repeats_files = mark.word() == "twice"
    if not plan.repeats_files:
        plan.read_files = []


@register("xss")
def _xss(plan: Plan, mark: Mark) -> None:
    """Hostile Markdown and HTML."""
    plan.say(HOSTILE)


@register("previews")
def _previews(plan: Plan, mark: Mark) -> None:
    """Blocks of code to look at: HTML with a script, SVG, Mermaid, CSV and JSON."""
    plan.say(PREVIEWS)


@register("megabyte")
def _megabyte(plan: Plan, mark: Mark) -> None:
    """An answer of 1 MB, as fast as it goes."""
    text = markdown_document(1000)
    plan.set_pieces([text[start : start + 500] for start in range(0, len(text), 500)])
    plan.rate = 1_000_000


@register("big", "mb=5")
def _big(plan: Plan, mark: Mark) -> None:
    """One single event of that many megabytes."""
    plan.set_pieces(["A very long piece. " * int(mark.number("mb", 5, most=50) * 1_000_000 // 19)])


@register("tools", "now|docs|both cost=0.02 calls=2 searches=2")
def _tools(plan: Plan, mark: Mark) -> None:
    """OpenRouter's tools were used: counted in the field of the SDK, in the one that the docs show, or in both."""
    names = TOOL_FIELDS.get(mark.word() or "now", [name for field in TOOL_FIELDS.values() for name in field])
    plan.tools = Tools(mark.number("cost", 0.02), mark.count("calls", 2), mark.count("searches", 2), names)


@register(
    "call", "calculator,current_time rounds=1 shape=fragments|whole|no-index|same-index|object|no-id|stop arguments={}"
)
def _call(plan: Plan, mark: Mark) -> None:
    """Calls tools of the request, in each of so many rounds, and then says what they returned."""
    names = mark.word().split(",")
    given = [
        names_and_values[10:] for names_and_values in mark.rest.split("\n") if names_and_values.startswith("arguments=")
    ]
    arguments = given[: len(names)] + ["{}"] * (len(names) - len(given))
    plan.calls = Calls(names, arguments, mark.count("rounds", 1), str(mark.values.get("shape", "fragments")))


@register("search", "details|calls|counted count=1")
def _search(plan: Plan, mark: Mark) -> None:
    """OpenRouter searched the web: told in the details of the reasoning, as calls, or only counted."""
    plan.search = Search(mark.word() or "details", mark.count("count", 1))


@register("byok")
def _byok(plan: Plan, mark: Mark) -> None:
    """The person's own key at the provider is used, who bills what OpenRouter only reports."""
    plan.is_byok = True
