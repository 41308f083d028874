"""Which address is answered by what: the stand-in as a WSGI application."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tests.standin import marks, models, pages, server_tools
from tests.standin.account import describe_credits, describe_generation, describe_key
from tests.standin.chat import complete
from tests.standin.completions import go_on
from tests.standin.plan import Plan
from tests.standin.player import play, replay
from tests.standin.refusal import Refused
from tests.standin.responses import respond
from tests.standin.signin import Attempt, BadAddress, Habits
from tests.standin.voice import speak, transcribe
from tests.standin.web import COMMON_HEADERS, Request, Response
from tests.standin.world import Raw, Received, Stream, World

API = "/api/v1/"
ALIASES = {"auth/key": "key"}
PROVIDERS = re.compile("models/(~?[^/]+/[^/]+)/endpoints")
Handler = Callable[[World, Request], Response]


class App:
    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        request = Request.from_environ(environ)
        self.world.received.append(Received.from_request(request))
        response = self._respond(request)
        start_response(response.status_line, [*response.headers, *COMMON_HEADERS])
        return response.chunks

    def _respond(self, request: Request) -> Response:
        try:
            if request.path.startswith(API):
                return self._call(request, request.path.removeprefix(API))
            return self._show(request)
        except Refused as refused:
            return refused.response(self._user_id(request))

    def _call(self, request: Request, path: str) -> Response:
        endpoint = "models/endpoints" if PROVIDERS.fullmatch(path) else ALIASES.get(path, path)
        if endpoint not in ENDPOINTS:
            raise Refused(404, "route")
        method, handler = ENDPOINTS[endpoint]
        if request.method != method:
            raise Refused(405)
        return self._queued(request, endpoint) or handler(self.world, request)

    def _queued(self, request: Request, endpoint: str) -> Response | None:
        """What a test wants in place of the endpoint's answer. Answers look for themselves, after their checks."""
        queued = (
            None if endpoint in ("chat/completions", "responses", "completions") else self.world.next_answer(endpoint)
        )
        if queued is None:
            return None
        if isinstance(queued, Raw):
            return replay(self.world, request, queued)
        plan = Plan([], rate=1)
        marks.apply(queued, plan)
        if plan.refusal is not None:
            raise plan.refusal
        stream = Stream(endpoint, request.connection)
        self.world.streams.append(stream)
        return Response(200, (), play(plan.before_headers(), stream))

    def _show(self, request: Request) -> Response:
        for pattern, handler in PAGES:
            if re.fullmatch(pattern, request.path):
                return handler(self.world, request)
        return Response.html(pages.refusal_page("There is no such page here."), 404)

    def _user_id(self, request: Request) -> str | None:
        try:
            return self.world.key_of(request).person.user_id
        except Refused:
            return None


def authorize(world: World, request: Request) -> Response:
    """The page with Approve and Deny, and what its buttons do."""
    try:
        attempt = Attempt.from_query(request.query)
        if request.method != "POST":
            return Response.html(pages.sign_in_page(attempt))
        habits = replace(world.signin.habits, **chosen_habits(request.form))
        return decide(world, request, attempt, habits)
    except ValueError as error:
        reason = str(error) if isinstance(error, BadAddress) else "callback_url is not an address."
        return Response.html(pages.refusal_page(reason), 400)


def decide(world: World, request: Request, attempt: Attempt, habits: Habits) -> Response:
    approved, person = request.form.get("decision") == "approve", request.form.get("as", "alice")
    if not attempt.callback_url:
        return Response.html(pages.code_page(world.signin.make_code(attempt, person) if approved else None))
    if approved:
        return Response.redirect(world.signin.approve(attempt, person, habits))
    return Response.redirect(world.signin.deny(attempt, habits))


def chosen_habits(form: Mapping[str, str]) -> dict[str, Any]:
    """What the person chose on the page for this one time, where it is not left as it is."""
    return {name: form[name] for name in ("state", "query", "denial_query") if form.get(name)}


def exchange(world: World, request: Request) -> Response:
    key = world.signin.exchange(request.body)
    return Response.json({"key": key.secret, "user_id": key.person.user_id})


def list_models(world: World, request: Request) -> Response:
    return Response.json(models.listing(request.query.get("output_modalities", "")))


def list_models_of_user(world: World, request: Request) -> Response:
    """The list without what the person's privacy settings exclude (`StandIn.excludes`)."""
    world.key_of(request)
    wanted = request.query.get("output_modalities", "")
    return Response.json(models.listing(wanted, without=world.excluded_models))


def list_presets(world: World, request: Request) -> Response:
    """The presets of everybody here (`StandIn.has_presets`), the latest first, a page at a time."""
    world.key_of(request)
    offset, limit = (int(request.query.get(name, default)) for name, default in (("offset", 0), ("limit", 50)))
    if offset < 0 or not 1 <= limit <= 100:
        raise Refused(400, "bad-request")
    page = world.presets[offset : offset + limit]
    return Response.json({"data": page, "total_count": len(world.presets)})


def list_endpoints(world: World, request: Request) -> Response:
    found = PROVIDERS.fullmatch(request.path.removeprefix(API))
    assert found
    return Response.json(models.endpoints_of(found[1], with_speed=has_key(world, request)))


def list_zero_retention(world: World, request: Request) -> Response:
    return Response.json(models.zero_retention())


def list_image_models(world: World, request: Request) -> Response:
    return Response.json(models.image_models())


def list_server_tools(world: World, request: Request) -> Response:
    """OpenRouter's own tools, to everybody or only to who has a key (`StandIn.wants_key_for_tools`)."""
    if world.wants_key_for_tools:
        world.key_of(request)
    return Response.json(server_tools.listing())


def has_key(world: World, request: Request) -> bool:
    try:
        world.key_of(request)
    except Refused:
        return False
    return True


def show_key(world: World, request: Request) -> Response:
    sha256 = request.path.rsplit("/", 1)[1]
    key = next((key for key in list(world.people.keys.values()) if key.sha256 == sha256), None)
    if key is not None and request.method == "POST":
        key.revoked = True
    return Response.html(pages.key_page(key, sha256), 404 if key is None else 200)


def show_credits(world: World, request: Request) -> Response:
    return Response.html(pages.credits_page())


def show_settings(world: World, request: Request) -> Response:
    return Response.html(pages.settings_page(request.path.rsplit("/", 1)[1].capitalize()))


ENDPOINTS: dict[str, tuple[str, Handler]] = {
    "auth/keys": ("POST", exchange),
    "key": ("GET", describe_key),
    "credits": ("GET", describe_credits),
    "models": ("GET", list_models),
    "models/user": ("GET", list_models_of_user),
    "models/endpoints": ("GET", list_endpoints),
    "presets": ("GET", list_presets),
    "endpoints/zdr": ("GET", list_zero_retention),
    "images/models": ("GET", list_image_models),
    "tools": ("GET", list_server_tools),
    "generation": ("GET", describe_generation),
    "chat/completions": ("POST", complete),
    "audio/transcriptions": ("POST", transcribe),
    "audio/speech": ("POST", speak),
    "responses": ("POST", respond),
    "completions": ("POST", go_on),
}
PAGES: tuple[tuple[str, Handler], ...] = (
    ("/auth", authorize),
    ("/keys/[0-9a-f]{64}", show_key),
    ("/settings/credits", show_credits),
    ("/settings/(?:privacy|preferences|keys)|/logs", show_settings),
)
