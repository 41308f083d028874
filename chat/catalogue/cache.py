"""The list of OpenRouter's models as this process has it, parsed. Nothing here waits for OpenRouter.

`chat.catalogue.refresh` stores the list in the database; each process takes it from there.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chat.catalogue.variants import without_shortcut
from chat.models import CatalogueSnapshot
from chat.openrouter import Model, ServerTool, VoiceModel, read_models, read_server_tools, read_voice_models

T = TypeVar("T")

VOICE_MODALITIES = ("transcription", "speech")
CHECK_SECONDS = 60.0  # between looks at the database; the first list is looked for each second
CHECK_SECONDS_WITHOUT_LIST = 1.0


@dataclass
class _Parsed:
    models: dict[str, Model] = field(default_factory=dict)
    gone: dict[str, Model] = field(default_factory=dict)
    voice: dict[str, list[VoiceModel]] = field(default_factory=dict)  # by what comes out of them
    knows_zero_retention: bool = False
    server_tools: dict[str, ServerTool] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)  # values computed from the above, by name
    digest: str | None = None  # of the stored list that this is; None: of none
    checked_at: float = float("-inf")  # time.monotonic() of the last look at the database


_parsed = _Parsed()


def models() -> list[Model]:
    """The models to choose from, in OpenRouter's order; empty as long as none were ever fetched."""
    return list(_by_id().values())


def find(model_id: str) -> Model | None:
    """The model with this id, which may end in a routing shortcut (":nitro"); None when it is not in the list."""
    known = _by_id()
    if model := known.get(model_id):
        return model
    base, shortcut = without_shortcut(model_id)
    model = known.get(base)
    return replace(model, id=model_id, name=f"{model.name} ({shortcut})") if model and shortcut else None


def is_listed(model_id: str) -> bool:
    """Whether the list has this very id, without any shortcut."""
    return model_id in _by_id()


def find_gone(model_id: str) -> Model | None:
    """A model that was in the list earlier, as it was then."""
    _by_id()
    return _parsed.gone.get(model_id)


def voice_models(modality: str) -> list[VoiceModel]:
    """Models that write down speech ("transcription") or read text aloud ("speech"), in OpenRouter's order."""
    _by_id()
    return _parsed.voice.get(modality, [])


def find_by_slug(canonical_slug: str) -> Model | None:
    """The model by the name that an answer gives. Variants (":free") share it, so this takes the shortest id."""
    same = (model for model in _by_id().values() if model.canonical_slug == canonical_slug)
    return min(same, key=lambda model: len(model.id), default=None)


def knows_zero_retention() -> bool:
    """Whether OpenRouter said which models can be used with zero data retention."""
    _by_id()
    return _parsed.knows_zero_retention


def server_tool(type_: str) -> ServerTool | None:
    """One of OpenRouter's own tools, like "openrouter:web_search", as last fetched; None if nothing is known of it."""
    _by_id()
    return _parsed.server_tools.get(type_)


def cached(name: str, make: Callable[[], T]) -> T:
    """The value of `make`, which is called once for each list of models."""
    _by_id()
    if name not in _parsed.derived:
        _parsed.derived[name] = make()
    made: T = _parsed.derived[name]
    return made


def load_if_changed() -> None:
    """Load the stored list if it is not the one that this process has."""
    _parsed.checked_at = time.monotonic()
    rows = CatalogueSnapshot.objects.filter(pk=CatalogueSnapshot.ONLY)
    digest = rows.values_list("digest", flat=True).first()
    if digest is not None and digest != _parsed.digest and (snapshot := rows.first()):
        _take(snapshot)


def reset() -> None:
    """Forget the parsed list, as if the process had just started. For tests."""
    _parsed.__dict__.update(_Parsed().__dict__)


def _by_id() -> dict[str, Model]:
    wait = CHECK_SECONDS if _parsed.models else CHECK_SECONDS_WITHOUT_LIST
    if time.monotonic() - _parsed.checked_at >= wait:
        load_if_changed()
    return _parsed.models


def _take(snapshot: CatalogueSnapshot) -> None:
    retention = snapshot.zero_retention if isinstance(snapshot.zero_retention, dict) else None
    options = snapshot.image_options if isinstance(snapshot.image_options, dict) else {}
    listed = [_with_image_options(model, options) for model in _usable(snapshot.items)]
    _parsed.models = {model.id: _with_retention(model, retention) for model in listed}
    _parsed.gone = {model.id: model for model in _usable(snapshot.gone) if model.id not in _parsed.models}
    _parsed.voice = {each: read_voice_models(snapshot.items, each) for each in VOICE_MODALITIES}
    _parsed.knows_zero_retention = retention is not None
    tools = snapshot.server_tools if isinstance(snapshot.server_tools, dict) else {}
    _parsed.server_tools = read_server_tools(tools.get("items", []))
    _parsed.digest, _parsed.derived = snapshot.digest, {}


def _usable(items: Iterable[object]) -> list[Model]:
    # ":batch" variants answer hours later, which is no use in a chat; nor are embeddings.
    models = read_models({"data": [*items]})
    return [model for model in models if model.can_chat and not model.id.endswith(":batch")]


def _with_retention(model: Model, retention: dict[str, list[str]] | None) -> Model:
    return (
        model if retention is None else replace(model, has_zero_retention=bool(zero_retention_tags(model, retention)))
    )


def _with_image_options(model: Model, options: dict[str, dict[str, list[str]]]) -> Model:
    """Variants (":free") have those of their model."""
    known = options.get(model.id, options.get(model.id.partition(":")[0]))
    if known is None or not model.draws_images:
        return model
    return replace(model, image_options=frozenset((name, value) for name in known for value in known[name]))


def zero_retention_tags(model: Model, retention: dict[str, list[str]]) -> list[str]:
    """The tags of the model's providers that keep nothing.

    OpenRouter names the model by its id or by its slug, which variants share although others may provide them.
    """
    names = {model.id} if ":" in model.id else {model.id, model.canonical_slug}
    return [tag for name in sorted(names) for tag in retention.get(name, [])]
