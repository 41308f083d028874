"""JSON schemas that answers have to follow: checks a schema when it is saved, and an answer against it."""

import json
import logging
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from chat.isolated_program import output_of
from chat.parameters.schema import Invalid

logger = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("json_schema_process.py")
PATIENCE_SECONDS = 20.0  # by the clock on the wall; the process has a limit of CPU time, which is much shorter
LONGEST_ANSWER = 1_000_000  # characters that are checked
KNOWN_FIELDS = ("name", "description", "schema", "strict")  # OpenRouter's ChatJsonSchemaConfig


@dataclass(frozen=True)
class Problem:
    """Where in an answer something is wrong ("/items/0/price", empty for the whole), and what."""

    place: str
    sentence: str


def check_schema(value: dict[str, Any]) -> dict[str, Any]:
    """`{"name": …, "schema": {…}}` as OpenRouter wants it. Raises Invalid.

    A schema by itself is accepted, too, and gets the name "answer".
    """
    value = check_shape(value)
    _check({"schema": value["schema"]})
    return value


def check_shape(value: dict[str, Any]) -> dict[str, Any]:
    """Check only what is around the schema: checking the schema itself starts a process."""
    if "schema" not in value:
        value = {"name": "answer", "schema": value}
    if unknown := [name for name in value if name not in KNOWN_FIELDS]:
        sentence = _("“%(name)s” isn't allowed here. Use “name”, “schema” and optionally “strict”.")
        raise Invalid(sentence % {"name": unknown[0][:60]})
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(value.get("name", ""))):
        raise Invalid(_("Enter a “name” of up to 64 letters, digits, dashes and underscores."))
    if not isinstance(value["schema"], dict):
        raise Invalid(_("“schema” has to be a JSON object."))
    if not isinstance(value.get("strict", False), bool):
        raise Invalid(_("“strict” has to be true or false."))
    if not isinstance(value.get("description", ""), str):
        raise Invalid(_("“description” has to be text."))
    return value


def problems_in(answer: str, schema: dict[str, Any]) -> list[Problem]:
    """What is wrong with an answer that has to be JSON after `schema`; empty when nothing is."""
    try:
        return _check({"schema": schema, "answer": read_answer(answer)})
    except Invalid as error:
        return [Problem("", str(error))]


def read_answer(answer: str) -> Any:
    """The JSON value in an answer, which may be in a fenced code block. Raises Invalid."""
    if len(answer) > LONGEST_ANSWER:
        raise Invalid(_("The answer is too long to be checked."))
    try:
        return json.loads(_without_fence(answer))
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Invalid(_("The answer isn't JSON: see line %(line)s, character %(column)s.") % place) from None
    except (ValueError, RecursionError):
        raise Invalid(_("The answer is JSON that this site can't read.")) from None


def _without_fence(answer: str) -> str:
    first, newline, rest = answer.strip().partition("\n")
    is_fenced = newline and first.rstrip() in ("```", "```json") and rest.endswith("```")
    return rest.removesuffix("```") if is_fenced else answer


def _check(request: dict[str, Any]) -> list[Problem]:
    """What json_schema_process.py finds. Raises Invalid for a schema that cannot be used."""
    try:
        content = json.dumps(request).encode()
        found = json.loads(output_of(PROGRAM, content=content, most_seconds=PATIENCE_SECONDS, check=True))
    except (subprocess.SubprocessError, ValueError):
        raise Invalid(_("This JSON schema takes too long to check. Make it simpler.")) from None
    except RecursionError:
        raise Invalid(_("This JSON is nested too deeply to be checked.")) from None
    except OSError as error:  # no memory, no process or no file is free
        logger.warning("JSON could not be checked: %s", type(error).__name__)
        raise Invalid(_("This site was too busy to check this JSON.")) from None
    if "invalid" in found:
        raise Invalid(_("This isn't a valid JSON schema: %(reason)s") % {"reason": found["invalid"]})
    return [Problem(place, sentence) for place, sentence in found["problems"]]
