"""Which options models have for their images, from a response of /images/models in which anything may be wrong."""

import pytest

from chat.openrouter.catalogue.image_options import MAX_VALUES, read_image_options

ITEM = {
    "id": "maker/model",
    "supported_parameters": {
        "resolution": {"type": "enum", "values": ["1K", "2K", 4, ""]},
        "output_compression": {"type": "range", "min": 0, "max": 100},
        "seed": {"type": "boolean"},
    },
}


def test_values_that_can_be_chosen():
    assert read_image_options({"data": [ITEM]}) == {"maker/model": {"resolution": ["1K", "2K"]}}


@pytest.mark.parametrize("nonsense", [None, 3, "x", [], {}, {"resolution": 3}, {"resolution": {"values": "1K"}}])
def test_a_model_without_known_options_has_none(nonsense):
    assert read_image_options({"data": [ITEM | {"supported_parameters": nonsense}]}) == {"maker/model": {}}


@pytest.mark.parametrize(
    "nonsense", [None, 3, "x", {}, [None, 3], [{"id": 3}], [{"id": "x" * 999}], [{"id": "half \ud83d"}]]
)
def test_what_cannot_be_stored_is_left_out(nonsense):
    assert read_image_options({"data": nonsense}) == {}


def test_not_all_of_many_values_are_read():
    many = {"size": {"type": "enum", "values": ["1x1"] * 10_000}}
    (options,) = read_image_options({"data": [ITEM | {"supported_parameters": many}]}).values()

    assert len(options["size"]) == MAX_VALUES
