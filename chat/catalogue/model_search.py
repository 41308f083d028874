"""Finds models by words, however their names are spelled. The picker's script has the same rules."""

import unicodedata

from chat.catalogue import cache
from chat.openrouter import Model

MAX_QUERY_LENGTH = 200


def fold(text: str) -> str:
    """Letters and digits alone, in lower case and without accents: "gpt54mini" for "GPT-5.4 Mini"."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).lower()))


def words_of(query: str) -> list[str]:
    """The words to look for, folded."""
    return [word for word in map(fold, query[:MAX_QUERY_LENGTH].split()) if word]


def matches(query: str, *texts: str) -> bool:
    """Whether each word of the query is in one of the texts; spaces, hyphens, dots, accents and case do not count."""
    return _has_all(words_of(query), _folded(texts))


def found_by(query: str, models: list[Model]) -> list[Model]:
    """The models whose name or id matches the query, in the same order."""
    words = words_of(query)
    return [model for model in models if _has_all(words, _folded_names().get(model.id, ""))]


def _has_all(words: list[str], folded: str) -> bool:
    return all(word in folded for word in words)


def _folded(texts: tuple[str, ...]) -> str:
    return " ".join(map(fold, texts))  # a word has no space, so it is found in one of them


def _folded_names() -> dict[str, str]:
    return cache.cached("folded", lambda: {model.id: _folded((model.name, model.id)) for model in cache.models()})
