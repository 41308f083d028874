"""What the answers of a model teach about its tokens: shared by all processes, and spoiled by none."""

import time
import timeit
from importlib import import_module
from statistics import median

import pytest
from django.apps import apps

from chat.catalogue import token_calibration
from chat.catalogue.token_calibration import (
    FORGET_ABOVE,
    LEAST_FACTOR,
    MOST_FACTOR,
    MOST_PER_IMAGE,
    TOKENS_PER_IMAGE,
    exchange,
    factor_for,
    for_scripts,
    learn,
    tokens_per_image,
)
from chat.conversations.token_count import tokens_to_ask
from chat.models import Conversation, TokenCalibration
from tests.standin import models
from tests.stored_models import store_models

SHORT_TOKENS, LONG_TOKENS = "deepseek/deepseek-v4-flash-0731", "mistralai/mistral-small-3.2-24b-instruct"
PROSE = "The dough rests for an hour, then it is folded, shaped and put in a warm place. " * 6


def learns(
    model: str = "maker/one", *, counted: object, estimated: int = 1_000, images: int = 0, times: int = 1
) -> None:
    for _ in range(times):
        learn(model, estimated=estimated, images=images, counted=counted)


def _fails(*_: object) -> None:
    raise OSError("full")


def other_process() -> None:
    """All that a process knows is in the table."""
    exchange()
    token_calibration.reset()
    exchange()


@pytest.fixture(autouse=True)
def _nothing_learned(db):
    token_calibration.reset()
    listed = models.listing("all")["data"][0]
    store_models(*(listed | {"id": id_} for id_ in ("maker/one", "maker/one:free", "maker/two", "other/one")))


@pytest.mark.parametrize("model", [SHORT_TOKENS, LONG_TOKENS], ids=["3 characters a token", "5 characters a token"])
def test_a_few_answers_make_estimates_right(alice, model, record_testsuite_property):
    alice.signs_in()
    errors = []
    for number in range(10):
        alice.asks(f"{PROSE * (number % 3 + 1)} {number} [[say Yes.]]", model=model)
        reply = alice.latest_reply()
        counted = reply.prompt_tokens
        alice.standin.wait_for(lambda: token_calibration.for_scripts())
        errors.append(abs(tokens_to_ask(reply.message.parent, model) / counted - 1))
    record_testsuite_property(f"error of estimates with {model}", f"median {median(errors):.1%}")

    assert (factor_for(model) > 1.1) == (model == SHORT_TOKENS)
    assert median(errors[3:]) <= 0.15


def test_nothing_is_learned_where_more_than_messages_is_counted(alice):
    alice.signs_in()
    alice.asks("[[say Hello.]]", model=LONG_TOKENS)
    known = factor_for(LONG_TOKENS)
    chat = alice.latest_reply().message.conversation
    Conversation.objects.update(settings={"response_format": "json_object"})
    alice.asks(f"{PROSE} [[say {{}}]]", chat=chat, model=LONG_TOKENS)

    assert alice.latest_reply().prompt_tokens
    assert factor_for(LONG_TOKENS) == known


@pytest.mark.parametrize("model", ["@preset/my-secret-project", "@default", "gone/model"])
def test_only_models_of_the_list_are_on_the_pages_of_all(model):
    learns(model, counted=2_000)
    learns(counted=2_000)

    assert sorted(for_scripts()) == ["maker", "maker/one"]


def test_what_pages_have_is_free_of_the_presets_of_others(alice, bob):
    for person in (alice, bob):
        person.signs_in()
    alice.standin.has_presets("my-secret-project")
    alice.asks(f"{PROSE} [[say Yes.]]", model="@preset/my-secret-project")

    assert alice.latest_reply().prompt_tokens
    assert "my-secret-project" not in bob.client.get("/").content.decode()


def test_stored_presets_are_forgotten():
    for model in ("@preset/my-secret-project", "maker/one"):
        TokenCalibration.objects.create(model=model, estimated=1_000, counted=2_000)
    import_module("chat.migrations.0035_private_calibrations").forget_presets(apps, None)
    exchange()

    assert sorted(for_scripts()) == ["maker", "maker/one"]


class TestTheTable:
    def test_processes_add_to_one_another(self):
        learns(counted=2_000)
        other_process()
        learns(counted=2_000)
        other_process()

        row = TokenCalibration.objects.get()
        assert (row.model, row.estimated, row.counted) == ("maker/one", 2_000, 4_000)
        assert factor_for("maker/one") == pytest.approx(2, abs=0.1)

    def test_what_could_not_be_stored_is_stored_later(self, monkeypatch):
        learns(counted=2_000)
        with monkeypatch.context() as patch:
            patch.setattr(token_calibration, "_add", _fails)
            with pytest.raises(OSError, match="full"):
                exchange()
        other_process()
        assert TokenCalibration.objects.get().counted == 2_000

    def test_old_experience_fades(self):
        learns(counted=1_000, estimated=4_000, times=FORGET_ABOVE["estimated"] // 4_000 + 1)
        other_process()
        row = TokenCalibration.objects.get()
        assert row.estimated < FORGET_ABOVE["estimated"]
        assert row.counted * 2 == pytest.approx(row.estimated, rel=0.01)  # the least factor


class TestOddUsage:
    @pytest.mark.parametrize("counted", [None, 0, -5, "9", 1.5])
    def test_what_is_no_count_is_ignored(self, counted):
        learns(counted=counted)
        assert factor_for("maker/one") == 1

    @pytest.mark.parametrize(("counted", "factor"), [(1, LEAST_FACTOR), (10**12, MOST_FACTOR)])
    def test_no_usage_leads_beyond_the_limits(self, counted, factor):
        learns(counted=counted, times=100)
        assert factor_for("maker/one") == pytest.approx(factor, rel=0.01)

    def test_one_outlier_among_others_changes_little(self):
        learns(counted=1_000, times=20)
        learns(counted=10**12, estimated=10**9)
        assert factor_for("maker/one") < 1.35

    def test_images_are_learned_by_themselves(self):
        learns(counted=1_000 + 4 * 250, images=4, times=50)
        assert tokens_per_image("maker/one") == pytest.approx(250, rel=0.05)
        assert factor_for("maker/one") == 1
        learns("maker/two", counted=10**12, images=1, times=1_000)
        assert tokens_per_image("maker/two") <= MOST_PER_IMAGE


def test_what_pages_have_takes_time_in_proportion_to_the_models():
    def seconds(many: int) -> float:
        rows = (TokenCalibration(model=f"maker/{number}") for number in range(many))
        TokenCalibration.objects.bulk_create(rows, ignore_conflicts=True)
        exchange()
        return min(timeit.repeat(for_scripts, number=1, repeat=5, timer=time.thread_time))

    assert seconds(100) * 32 > seconds(800)


def test_a_model_without_answers_is_like_others_of_its_maker():
    learns("maker/one:free", counted=2_000, times=10)

    assert factor_for("maker/one") == factor_for("maker/two") == pytest.approx(2, abs=0.1)
    assert (factor_for("other/one"), tokens_per_image("maker/one")) == (1, TOKENS_PER_IMAGE)
    assert for_scripts()["maker"] == for_scripts()["maker/one"] == (1.99, TOKENS_PER_IMAGE)
