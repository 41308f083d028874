"""Recorded answers of the real OpenRouter, from the folder that OPENROUTER_RECORDINGS names, if it does."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Recording:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def read(name: str) -> Recording:
    folder = os.environ.get("OPENROUTER_RECORDINGS")
    if not folder:
        pytest.skip("OPENROUTER_RECORDINGS is not set")
    response = json.loads((Path(folder) / f"{name}.json").read_text())["response"]
    if response.get("body_file"):
        body = (Path(folder) / response["body_file"]).read_bytes()
    else:
        body = response["body"].encode()
    return Recording(response["status"], response["headers"], body)
