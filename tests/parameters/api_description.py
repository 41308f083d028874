"""OpenRouter's own description of its API, from the file that OPENROUTER_OPENAPI names."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml


@cache
def openrouters_description() -> dict[str, Any]:
    """The parsed openapi.yaml; beside the recordings if only those are named. Skips the test where there is none."""
    recordings = os.environ.get("OPENROUTER_RECORDINGS")
    beside = Path(recordings).parent / "openapi.yaml" if recordings else None
    file = Path(os.environ["OPENROUTER_OPENAPI"]) if "OPENROUTER_OPENAPI" in os.environ else beside
    if file is None or not file.exists():
        pytest.skip("OPENROUTER_OPENAPI does not name OpenRouter's description of its API")
    described: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    return described
