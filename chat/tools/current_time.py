"""The current date and time, for models that do not have OpenRouter's own tool for it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from chat.tools.tool import Cancellation, Tool, ToolFailed, ToolResult


def _run(arguments: dict[str, Any], cancellation: Cancellation) -> ToolResult:
    name = arguments.get("timezone") or "UTC"
    try:
        zone = ZoneInfo(name) if name != "UTC" else UTC
    except (TypeError, ValueError, OSError, LookupError):
        raise ToolFailed('The time zone is not known. Use a name like "Europe/Berlin".') from None
    now = datetime.now(zone)
    return ToolResult(f"{now:%A}, {now.isoformat(timespec='seconds')} ({name})")


CURRENT_TIME = Tool(
    name="current_time",
    title="",
    description="Returns the current date and time.",
    parameters={
        "type": "object",
        "properties": {
            "timezone": {"type": "string", "description": 'A name like "Europe/Berlin". The default is UTC.'}
        },
        "additionalProperties": False,
    },
    run=_run,
)
