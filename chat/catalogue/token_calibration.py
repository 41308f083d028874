"""How many tokens each model makes of what we estimate to be one, learned from the usage of its answers.

Each process adds up what it learns in memory, so that an answer costs no statement for it. Once a minute a thread adds
the sums to the table, and reads what other processes have learned.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields

from django.db import transaction
from django.db.models import F

from chat.background import Ticker
from chat.catalogue import cache
from chat.catalogue.variants import without_variant
from chat.models import TokenCalibration

EXCHANGE_SECONDS = 60.0
LEAST_FACTOR, MOST_FACTOR = 0.5, 3.0  # no usage, however odd, says more
MOST_TOKENS = 4_000  # of an answer that count: one of a long chat does not outweigh all others
PRIOR_TOKENS = 100  # of the estimate as it is, so that one short answer changes little
TOKENS_PER_IMAGE, LEAST_PER_IMAGE, MOST_PER_IMAGE, PRIOR_IMAGES = 1_000, 50, 20_000, 1
FORGET_ABOVE = {"estimated": 1_000_000, "images": 1_000}  # beyond that the sums are halved: new answers count more


@dataclass
class Experience:
    """Sums over answers: estimated tokens of text and those that were counted for them, images and their tokens."""

    estimated: int = 0
    counted: int = 0
    images: int = 0
    image_tokens: int = 0

    def add(self, other: "Experience") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def factor(self) -> float:
        """Counted tokens of text for an estimated one."""
        return (self.counted + PRIOR_TOKENS) / (self.estimated + PRIOR_TOKENS)

    @property
    def tokens_per_image(self) -> int:
        return round((self.image_tokens + PRIOR_IMAGES * TOKENS_PER_IMAGE) / (self.images + PRIOR_IMAGES))


_lock = threading.Lock()
_stored: dict[str, Experience] = {}  # as read from the table, with what this process has added since
_new: dict[str, Experience] = {}  # what is not in the table yet


def ensure_running() -> None:
    """Start the thread of this process that exchanges what is learned with the others."""
    _ticker.ensure_running()


def stop() -> None:
    """End that thread: this process is about to end."""
    _ticker.stop()


def learn(model_id: str, *, estimated: int, images: int, counted: object) -> None:
    """Learn from an answer: what the text of its prompt was estimated at, its images, and the `prompt_tokens` counted.

    Models that are not in the list are ignored: what is learned is on everybody's pages, and the name of a preset is
    nobody else's business. A count that is no number of tokens is ignored, too; an odd one is taken for the nearest
    that may be true.
    """
    if not isinstance(counted, int) or counted <= 0 or estimated <= 0 or cache.find(model_id) is None:
        return
    new = _of_images(model_id, estimated, images, counted) if images else _of_text(estimated, counted)
    with _lock:
        for known in (_stored, _new):
            known.setdefault(without_variant(model_id), Experience()).add(new)


def _of_text(estimated: int, counted: int) -> Experience:
    weight = min(estimated, MOST_TOKENS)
    return Experience(weight, round(weight * _clamp(counted / estimated, LEAST_FACTOR, MOST_FACTOR)))


def _of_images(model_id: str, estimated: int, images: int, counted: int) -> Experience:
    each = (counted - estimated * factor_for(model_id)) / images
    return Experience(images=images, image_tokens=images * round(_clamp(each, LEAST_PER_IMAGE, MOST_PER_IMAGE)))


def _clamp(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)


def factor_for(model_id: str) -> float:
    """Tokens of this model for an estimated token of text; of its maker's models, or 1, where none have answered."""
    return _experience_with(model_id, "estimated").factor


def tokens_per_image(model_id: str) -> int:
    """Tokens of this model for an image, as far as that has been learned."""
    return _experience_with(model_id, "images").tokens_per_image


def tokens_of_prompt(model_id: str, text_tokens: int, images: int = 0) -> int:
    """The tokens that a model makes of a prompt whose text is estimated at that many."""
    return round(text_tokens * factor_for(model_id)) + images * tokens_per_image(model_id)


def _experience_with(model_id: str, name: str) -> Experience:
    own = _stored.get(without_variant(model_id))
    return own if own and getattr(own, name) else _by_maker(_copy_of(_stored)).get(_maker_of(model_id), Experience())


def _by_maker(models: dict[str, Experience]) -> dict[str, Experience]:
    makers: dict[str, Experience] = {}
    for model_id, experience in models.items():
        makers.setdefault(_maker_of(model_id), Experience()).add(experience)
    return makers


def _maker_of(model_id: str) -> str:
    return model_id.partition("/")[0]


def _copy_of(known: dict[str, Experience]) -> dict[str, Experience]:
    with _lock:
        return dict(known)


def for_scripts() -> dict[str, tuple[float, int]]:
    """The factor and the tokens per image of models, and of makers, that have answered, by their ids."""
    models = _copy_of(_stored)
    makers = _by_maker(models)
    return {id_: _for_scripts(own, makers[_maker_of(id_)]) for id_, own in {**makers, **models}.items()}


def _for_scripts(own: Experience, of_maker: Experience) -> tuple[float, int]:
    with_text, with_images = own if own.estimated else of_maker, own if own.images else of_maker
    return round(with_text.factor, 2), with_images.tokens_per_image


def exchange() -> bool:
    """Add to the table what is new, and read what is there."""
    global _new
    with _lock:
        new, _new = _new, {}
    try:
        _add(new)
    except BaseException:
        with _lock:
            for model_id, experience in new.items():
                _new.setdefault(model_id, Experience()).add(experience)
        raise
    _read()
    return True  # for ever


@transaction.atomic
def _add(new: dict[str, Experience]) -> None:
    rows = TokenCalibration.objects.all()
    rows.bulk_create([TokenCalibration(model=model_id) for model_id in sorted(new)], ignore_conflicts=True)
    for model_id, experience in sorted(new.items()):  # in one order, as all processes lock them
        sums = {each.name: F(each.name) + getattr(experience, each.name) for each in fields(experience)}
        rows.filter(pk=model_id).update(**sums)
    for one, other in (("estimated", "counted"), ("images", "image_tokens")):
        old = rows.filter(pk__in=new, **{f"{one}__gt": FORGET_ABOVE[one]})
        old.update(**{one: F(one) / 2, other: F(other) / 2})


def _read() -> None:
    names = [each.name for each in fields(Experience)]
    rows: Iterable[tuple[str, int, int, int, int]] = TokenCalibration.objects.values_list("model", *names)
    known = {model_id: Experience(*sums) for model_id, *sums in rows}
    with _lock:
        for model_id, experience in _new.items():  # learned since
            known.setdefault(model_id, Experience()).add(experience)
        _stored.clear()
        _stored.update(known)


def reset() -> None:
    """Forget everything, as if the process had just started. For tests."""
    with _lock:
        _stored.clear()
        _new.clear()


_ticker = Ticker("token-calibration", exchange, lambda: EXCHANGE_SECONDS, first=exchange)
