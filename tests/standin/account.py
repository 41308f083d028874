"""What an answer costs, and the endpoints that tell: `/key`, `/credits`, `/generation`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.standin.model import Model
from tests.standin.people import Key
from tests.standin.plan import Plan
from tests.standin.prompt import Prompt
from tests.standin.refusal import Refused
from tests.standin.web import Request, Response
from tests.standin.wire import Json, Usage
from tests.standin.world import Generation, Stream, World

FREE_REQUESTS_A_DAY = {True: 1000, False: 50}  # by whether credits were ever bought
IMAGE_TOKENS = 1290
ABSENT = ...  # in place of a value: the field is missing


@dataclass
class Bill:
    """The account of one answer, from its price to its place in `/generation`."""

    world: World
    key: Key
    model: Model
    is_streamed: bool

    def usage(self, prompt: Prompt, plan: Plan) -> Usage:
        images = IMAGE_TOKENS * len(plan.images)
        thoughts = len(plan.reasoning) + len(plan.details)
        written = thoughts + len(plan.pieces) + images
        read = prompt.tokens_of(self.model.characters_per_token)
        read_cost, written_cost = self.model.cost(read, written)
        return Usage(read, written, read_cost, written_cost, thoughts, images, plan.tools, plan.file_cost, plan.is_byok)

    def settle(self, stream: Stream, usage: Usage, finish: str) -> None:
        """Charge the key and remember the answer. One that was stopped early mostly costs nothing here."""
        cost = 0.0 if stream.is_closed_early and not self.world.settings.bills_stopped else usage.cost
        self.key.usage += cost
        ready_at = self.world.clock.now() + self.world.settings.generation_seconds
        facts = self._facts(stream, usage, finish, cost)
        self.world.generations[stream.generation_id] = Generation(facts, ready_at, self.key)

    def _facts(self, stream: Stream, usage: Usage, finish: str, cost: float) -> Json:
        took_ms = int(((stream.closed_at or stream.opened_at) - stream.opened_at) * 1000)
        cancelled = stream.is_closed_early
        return {
            "created_at": datetime.fromtimestamp(stream.opened_at, UTC).isoformat(),
            "model": self.model.canonical_slug,
            "app_id": None,
            "external_user": None,
            "streamed": self.is_streamed,
            "cancelled": cancelled,
            "latency": int(self.world.settings.first_token_seconds * 1000),
            "moderation_latency": None,
            "generation_time": took_ms,
            "tokens_prompt": usage.prompt_tokens,
            "tokens_completion": usage.completion_tokens,
            "native_tokens_prompt": usage.prompt_tokens,
            "native_tokens_completion": usage.completion_tokens,
            "native_tokens_completion_images": usage.image_tokens or None,
            "native_tokens_reasoning": usage.reasoning_tokens,
            "native_tokens_cached": 0,
            "num_media_prompt": None,
            "num_input_audio_prompt": None,
            "num_media_completion": 0,
            "num_search_results": None,
            "origin": "",
            "is_byok": usage.is_byok,
            "finish_reason": None if cancelled else finish,
            "native_finish_reason": None if cancelled else finish,
            "usage": cost,
            "api_type": "completions",
            "id": stream.generation_id,
            "upstream_id": f"chatcmpl-{stream.generation_id[-16:]}",
            "total_cost": cost,
            "cache_discount": None,
            "upstream_inference_cost": 0.0 if cancelled else usage.upstream_cost,
            "provider_name": self.model.provider,
        }


def remember_voice(world: World, key: Key, model: Model, id_: str, cost: float) -> None:
    """Charge the key for a recording or a text that was read aloud, and remember it for `/generation`."""
    key.usage += cost
    facts = {
        "id": id_,
        "model": model.canonical_slug,
        "streamed": False,
        "cancelled": False,
        "usage": cost,
        "total_cost": cost,
        "provider_name": model.provider,
    }
    ready_at = world.clock.now() + world.settings.generation_seconds
    world.generations[id_] = Generation(facts, ready_at, key)


def describe_key(world: World, request: Request) -> Response:
    """`GET /key`. `limit_remaining` is the key's cap, None without one: it is not the balance."""
    key = world.key_of(request)
    budget = key.person.budget
    allowed = FREE_REQUESTS_A_DAY[key.person.has_bought_credits]
    data = {
        "label": key.label,
        "is_management_key": False,
        "is_provisioning_key": False,
        "limit": key.limit,
        "limit_reset": None,
        "limit_remaining": None if key.limit is None else max(0.0, key.limit - key.usage),
        "include_byok_in_limit": False,
        "usage": key.usage,
        "usage_daily": key.usage,
        "usage_weekly": key.usage,
        "usage_monthly": key.usage,
        "byok_usage": 0,
        "byok_usage_daily": 0,
        "byok_usage_weekly": 0,
        "byok_usage_monthly": 0,
        "is_free_tier": not key.person.has_bought_credits,
        "expires_at": key.expires_at,
        "creator_user_id": key.person.user_id,
        "free_model_daily_requests": {
            "used": key.free_requests,
            "limit": allowed,
            "remaining": max(0, allowed - key.free_requests),
        },
        "rate_limit": {"requests": -1, "interval": "10s"},
    }
    if budget is not None:
        data["effective_budget"] = _budget(budget, key.usage, world.clock.now())
    said = data | world.key_facts
    return Response.json({"data": {name: value for name, value in said.items() if value is not ABSENT}})


def _budget(limit: float, spent: float, now: float) -> Json:
    today = datetime.fromtimestamp(now, UTC)
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "scope": "member",
        "limit_usd": limit,
        "spend_usd": spent,
        "remaining_usd": limit - spent,
        "reset_interval": "monthly",
        "resets_at": next_month.isoformat(),
        "include_byok": False,
    }


def describe_credits(world: World, request: Request) -> Response:
    """`GET /credits` wants a management key, says the API; some people report that theirs is answered, too."""
    key = world.key_of(request)
    balance = key.person.balance if world.balance is None else world.balance
    if balance is None:
        raise Refused(403, "management")
    data = {"total_credits": 20, "total_usage": 20 - balance + key.usage}
    return Response.json({"data": data})


def describe_generation(world: World, request: Request) -> Response:
    """`GET /generation?id=`: 404 for a while after the answer, as with the real one."""
    key = world.key_of(request)
    wanted = request.query.get("id", "")
    generation = world.generations.get(wanted)
    if generation is None or generation.key is not key or world.clock.now() < generation.ready_at:
        raise Refused(404, "generation", id=wanted)
    return Response.json({"data": generation.facts}, headers=(("Cache-Control", "private, no-store"),))
