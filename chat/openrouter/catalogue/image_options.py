"""Reads which options models have for the images that they make, like an aspect ratio.

Source: OpenRouter docs, "Image generation" (guides/overview/multimodal), "Capability descriptors".
"""

from typing import Any

from chat.openrouter.json_fields import as_list, as_object, as_text, problem_of_text

MAX_LENGTH = 200  # characters of an id
MAX_VALUES = 50  # of one option


def read_image_options(body: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Return, by model, the values of each option in a response of /images/models. Options without values are left out.

    A model without any option has an empty dictionary.
    """
    items = [as_object(item) for item in as_list(body.get("data"))]
    known = {as_text(item.get("id")): _options(item) for item in items}
    return {
        id_: found for id_, found in known.items() if 0 < len(id_) <= MAX_LENGTH and not problem_of_text([id_, found])
    }


def _options(item: dict[str, Any]) -> dict[str, list[str]]:
    described = as_object(item.get("supported_parameters")).items()
    options = {name: _values(as_object(value)) for name, value in described}
    return {name: values for name, values in options.items() if values}


def _values(descriptor: dict[str, Any]) -> list[str]:
    return [*filter(None, map(as_text, as_list(descriptor.get("values"))))][:MAX_VALUES]
