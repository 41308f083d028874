"""Spellings that find a model, and those that do not. The script of the picker is compared with the same table."""

import pytest

from chat.catalogue import cache
from chat.catalogue.model_search import MAX_QUERY_LENGTH, found_by, matches

NAME, ID = "OpenAI: GPT-5.4 Mini", "openai/gpt-5.4-mini"

FINDS = [
    *("", " ", "gpt", "GPT-5.4 Mini", "gpt 5.4 mini", "gpt5.4mini", "gpt54mini", "GPT_5_4", "mini gpt", "MINI   5.4"),
    *(
        "openai",
        "openai/gpt",
        "openai/gpt-5.4-mini",
        "openai: gpt",
        "open-ai",
        "g.p.t",
        "-",
        "gpt - mini",
        "ｇｐｔ",
        "gpt\tmini",
    ),
    *("5 . 4", "mini5.4 gpt"[4:], "gPt 5·4", "OpénAI", "openaigpt54"),
]
FINDS_NOT = ["gtp", "gpt 5.5", "mini4", "claude", "gpt claude", "miniopenai", "54mini5", "<b>", "gpt 🎉x"]


@pytest.mark.parametrize("query", FINDS)
def test_it_finds(query):
    assert matches(query, NAME, ID)


@pytest.mark.parametrize("query", FINDS_NOT)
def test_it_does_not_find(query):
    assert not matches(query, NAME, ID)


def test_a_word_is_in_one_text_not_across_two():
    assert not matches("minigpt", "Mini", "gpt")


def test_the_list_is_searched_in_the_same_way(site):
    def found(query):
        return [model.id for model in found_by(query, cache.models())]

    assert found("flash GOOGLE 3 7") == found("gemini37flash") == ["google/gemini-3.7-flash"]
    assert len(found("")) == len(cache.models())
    assert found("nothing like it") == []
    assert found("x" * 100_000) == found("x" * MAX_QUERY_LENGTH)
