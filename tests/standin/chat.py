"""`POST /chat/completions`: checks the request as OpenRouter does, plans the answer, and plays it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.standin import documents, marks
from tests.standin.account import Bill
from tests.standin.help import help_text
from tests.standin.images import png_data_url, size_for
from tests.standin.marks import Mark
from tests.standin.model import Model
from tests.standin.models import answering, named
from tests.standin.people import Key
from tests.standin.plan import Plan
from tests.standin.player import play, replay
from tests.standin.prompt import Prompt
from tests.standin.prose import default_answer, tokens
from tests.standin.refusal import Refused
from tests.standin.tool_calls import Search, ToolUse, search_citations
from tests.standin.web import Headers, Request, Response
from tests.standin.wire import Json, Tools, Wire, generation_id
from tests.standin.world import Raw, Stream, World

MOST_FALLBACKS = 3


@dataclass
class Turn:
    """One request that was found good, on its way to an answer."""

    world: World
    request: Request
    body: Json
    key: Key
    model: Model
    prompt: Prompt
    tools: ToolUse
    wire: type[Wire]

    @property
    def max_tokens(self) -> int | None:
        asked = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return int(asked) if asked else None

    @property
    def is_streamed(self) -> bool:
        return bool(self.body.get("stream"))


def complete(world: World, request: Request) -> Response:
    return answer(world, request)


def answer(
    world: World, request: Request, *, read: Callable[[Any], Any] = lambda body: body, wire: type[Wire] = Wire
) -> Response:
    """`read` makes a body for chat completions out of another API's, and `wire` is how that API tells the answer."""
    key = world.key_of(request)
    turn = _checked(world, request, read(request.body), key, wire)
    queued = world.next_answer("chat/completions")
    if isinstance(queued, Raw):
        return replay(world, request, queued)
    return _answered(turn, _planned(turn, queued))


def _checked(world: World, request: Request, body: Any, key: Key, wire: type[Wire]) -> Turn:
    """Refuses what OpenRouter would refuse, in the order in which it looks."""
    if not isinstance(body, dict):
        raise Refused(400, "bad-request")
    if len(body.get("models") or ()) > MOST_FALLBACKS:
        raise Refused(400, "models")
    active = [preset["slug"] for preset in world.presets if preset["status"] == "active"]
    model = named(body.get("model"), presets=active)
    prompt = Prompt.from_messages(body.get("messages"))
    if prompt.has_images and not model.sees:
        raise Refused(404, "images")
    if prompt.sounds and "audio" not in model.inputs:
        raise Refused(404, "audio")
    if body.get("tools") and not model.tools:
        raise Refused(404, "tools")
    if prompt.tokens > model.context_length:
        raise Refused(400, "context", context_length=model.context_length, requested=prompt.tokens)
    balance = key.person.balance
    if balance is not None and balance < 0:
        raise Refused(402, "debt")
    if not key.person.has_bought_credits and not model.is_free:
        raise Refused(402, "never")
    if balance is not None and balance <= key.usage and not model.is_free:
        raise Refused(402, "credits")
    if key.person.budget is not None and key.usage >= key.person.budget:
        raise Refused(403, "budget")
    if key.limit is not None and key.usage >= key.limit:
        raise Refused(403, "key-total")
    key.free_requests += model.is_free
    return Turn(world, request, body, key, model, prompt, ToolUse.of(body), wire)


def _planned(turn: Turn, queued: Sequence[Mark] | None) -> Plan:
    """The default answer, changed by the marks that a test has queued or the person has written."""
    settings, question = turn.world.settings, turn.prompt.question.text
    plan = Plan(
        tokens(_default_text(turn)),
        rate=settings.rate,
        first_token_seconds=settings.first_token_seconds,
        comment_seconds=settings.comment_seconds,
    )
    if turn.body.get("logprobs"):
        plan.top_logprobs = int(turn.body.get("top_logprobs") or 0)
    plan.image_size = size_for(turn.body.get("image_config"))
    if turn.model.paints and "image" in (turn.body.get("modalities") or ()):
        plan.images = [png_data_url(len(question), *plan.image_size)]
    _read_files(turn, plan)
    try:
        marks.apply(marks.written_in(question) if queued is None else queued, plan)
    except (LookupError, ValueError) as error:
        plan.say(f"That mark does not work: {error}")
    if plan.is_default:
        plan.stop_at(turn.max_tokens)
    _use_tools(turn, plan)
    plan.continue_after(turn.prompt.prefill)
    return plan


def _use_tools(turn: Turn, plan: Plan) -> None:
    """Call what a mark or the question asks for; once that was done, say what came of it."""
    use = turn.tools
    wanted = plan.calls or (use.wanted(turn.prompt.question.text) if plan.is_default else None)
    if wanted and use.rounds < wanted.rounds and use.offered and not use.is_forbidden:
        plan.call_deltas = use.chunks(wanted)
        plan.finish = "stop" if wanted.shape == "stop" else plan.finish if plan.finish == "length" else "tool_calls"
        if plan.is_default:
            plan.set_pieces(tokens("Let me see. ") if plan.calls is None else [])
    elif use.results and plan.is_default:
        plan.say(f"The tools returned: {' and '.join(use.results)}.")
    if "openrouter:web_search" in use.server_side and not use.rounds:
        plan.search = plan.search or (Search(query=turn.prompt.question.text[:100]) if plan.is_default else None)
    if plan.search:
        plan.citations = plan.citations or search_citations()
        count = plan.search.count
        plan.tools = plan.tools or Tools(0.007 * count, count, count, ["server_tool_use_details"])
        plan.suggest("A potluck is a meal to which everybody brings something [1]. The customs are old [2].")


def _read_files(turn: Turn, plan: Plan) -> None:
    """Read the PDFs that are new in this chat, unless the model does that; OCR has a price for each page."""
    engine = documents.engine(turn.body, turn.model)
    if engine == "native":
        return
    unread = documents.unread(turn.prompt.documents, turn.body["messages"])
    plan.read_files = [each.annotation() for each in unread]
    if engine == documents.OCR:
        plan.file_cost = round(sum(each.pages for each in unread) * documents.OCR_DOLLARS_A_PAGE, 12)


def _default_text(turn: Turn) -> str:
    if turn.prompt.question.text.strip().lower() == "help":
        return help_text()
    return default_answer(turn.prompt, answering(turn.model))


def _answered(turn: Turn, plan: Plan) -> Response:
    if plan.refusal is not None and _applies(plan.refusal, turn):
        if not plan.refusal_in_200:
            raise plan.refusal
        if not turn.is_streamed:
            return plan.refusal.response(turn.key.person.user_id, status=200)
    return _played(turn, plan)


def _applies(refused: Refused, turn: Turn) -> bool:
    """A request that asks for few enough tokens can be afforded; one without `reasoning_details` has no wrong ones."""
    refused.facts |= {"model": turn.model.id, "provider": answering(turn.model).provider}
    refused.facts["flagged"] = turn.prompt.question.text[:100]
    if "details" in refused.facts:
        return any(message.get("reasoning_details") for message in turn.body["messages"])
    if "afford" not in refused.facts:
        return True
    wanted = turn.max_tokens or turn.model.max_completion_tokens or turn.model.context_length
    refused.facts["max_tokens"] = wanted
    return wanted > int(refused.facts["afford"])


def _played(turn: Turn, plan: Plan) -> Response:
    worker, now = answering(turn.model), turn.world.clock.now()
    wire = turn.wire(generation_id(now), int(now), worker.canonical_slug, worker.provider)
    bill = Bill(turn.world, turn.key, worker, turn.is_streamed)
    usage = bill.usage(turn.prompt, plan)
    moments = plan.stream(wire, usage) if turn.is_streamed else plan.whole(wire, usage)
    stream = Stream(wire.generation_id, turn.request.connection)
    turn.world.streams.append(stream)
    content = play(moments, stream, lambda: bill.settle(stream, usage, plan.finish))
    return Response(200, _headers(wire.generation_id, turn.is_streamed), content)


def _headers(generation: str, is_streamed: bool) -> Headers:
    own: Headers = (("Content-Type", "application/json"),)
    if is_streamed:  # no charset: clients have to know that it is UTF-8
        own = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"))
    return (*own, ("X-Generation-Id", generation))
