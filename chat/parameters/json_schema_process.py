"""The process that checks JSON against a schema. json_schema.py starts one with `python -I` for each check.

It is a process of its own because a short schema can demand endless work. Its CPU time and memory are limited, so it
ends soon, and alone. It reads {"schema": …, "answer": …} from its input, where "answer" may be missing, and writes
{"invalid": reason} for a schema that is none, else {"problems": [[place, sentence], …]}.
"""

import json
import resource
import sys
from itertools import islice
from typing import Any

import jsonschema_rs

CPU_SECONDS = 2
MAX_MEMORY_BYTES = 1 << 29
MOST_PROBLEMS = 20
LONGEST_SENTENCE = 300  # characters


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    json.dump(check(json.load(sys.stdin)), sys.stdout)


def check(request: dict[str, Any]) -> dict[str, Any]:
    try:
        jsonschema_rs.meta.validate(request["schema"])
        validator = jsonschema_rs.validator_for(request["schema"], retriever=refuse)
        if "answer" not in request:
            return {"problems": []}
        errors = islice(validator.iter_errors(request["answer"]), MOST_PROBLEMS)
        return {"problems": [[place_of(error), error.message[:LONGEST_SENTENCE]] for error in errors]}
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        reason = getattr(error, "message", "") or str(error)
        return {"invalid": (reason.splitlines() or [""])[0][:LONGEST_SENTENCE]}


def refuse(uri: str) -> None:
    """Refuse references to other addresses: a schema may not make this server ask other servers."""
    raise ValueError(f"{uri[:100]} is not part of it")


def place_of(error: jsonschema_rs.ValidationError) -> str:
    return "".join(f"/{part}" for part in error.instance_path)


if __name__ == "__main__":
    main()
