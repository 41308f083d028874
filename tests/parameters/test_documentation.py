"""docs/openrouter.md has everything that OpenRouter's own description of its API lists, and nothing else."""

import re

from chat.parameters.definitions import PARAMETERS
from tests.parameters.api_description import openrouters_description
from webapp.environment import BASE_DIR

DOCUMENT = (BASE_DIR / "docs/openrouter.md").read_text()


def documented(heading: str) -> set[str]:
    """The names in the first column of the table with this heading."""
    _, _, rest = DOCUMENT.partition(f"| {heading} | in Potluck |\n|---|---|\n")
    table, _, _ = rest.partition("\n\n")
    return {name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])}


def test_every_parameter_of_a_chat_request():
    schemas = openrouters_description()["components"]["schemas"]
    request = schemas["ChatRequest"]["properties"]

    assert documented("parameter") == set(request)
    assert documented("part of `provider`") == set(schemas["ProviderPreferences"]["properties"])
    assert documented("plugin") == set(request["plugins"]["items"]["discriminator"]["mapping"])


def test_every_endpoint():
    assert documented("endpoint") == set(openrouters_description()["paths"])


def test_every_parameter_that_can_be_set_goes_to_a_documented_place():
    places = documented("parameter") | {"verbosity"}

    assert {parameter.path[0] for parameter in PARAMETERS.values() if parameter.path} <= places
