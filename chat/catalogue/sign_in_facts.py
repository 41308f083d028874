"""Facts about the models for the sign-in page: how many there are, what an example costs, which one is free."""

from dataclasses import dataclass
from decimal import Decimal

from chat.catalogue import cache
from chat.catalogue.picker import default_model
from chat.openrouter import Model

QUESTION_TOKENS = 100
ANSWER_TOKENS = 670  # 500 words, as static/js/composer/estimate.js counts them


@dataclass(frozen=True)
class CatalogueSummary:
    """`cost` is US dollars for an answer of 500 words by `model`. Names are empty where there is no such model."""

    number_of_models: int
    model: str
    cost: Decimal
    number_of_free: int
    free_model: str


def catalogue_summary() -> CatalogueSummary | None:
    """The summary; None when the list of models has not been fetched yet. Does not wait for OpenRouter."""
    models = [model for model in cache.models() if model.writes_text]
    if not models:
        return None
    return cache.cached("summary", lambda: _summarise(models))


def _summarise(models: list[Model]) -> CatalogueSummary:
    costs = {model.id: cost for model in models if (cost := _cost(model))}
    example = cache.find(_example(costs))
    free = [model for model in models if model.is_free]
    cost = costs[example.id] if example else Decimal(0)
    return CatalogueSummary(len(models), _short_name(example), cost, len(free), _short_name(free[0] if free else None))


def _example(costs: dict[str, Decimal]) -> str:
    """The id of the model to name: the default one, else the one with the median price."""
    if default_model() in costs:
        return default_model()
    by_cost = sorted(costs, key=costs.__getitem__)
    return by_cost[len(by_cost) // 2] if by_cost else ""


def _cost(model: Model) -> Decimal:
    """US dollars for a question and an answer; 0 when the model is free or its price unknown."""
    if model.prompt_price is None or model.completion_price is None:
        return Decimal(0)
    return QUESTION_TOKENS * model.prompt_price + ANSWER_TOKENS * model.completion_price


def _short_name(model: Model | None) -> str:
    """The name without the maker and without "(free)"."""
    name = model.name if model else ""
    return (name.partition(": ")[2] or name).removesuffix(" (free)")
