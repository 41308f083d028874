"""Exports the MCP servers of a person as JSON, without their secrets. docs/export-format.md describes the format."""

import json
from collections.abc import Iterator

from django.utils import timezone

from chat.models import User

FORMAT, VERSION = "potluck-tools", 1


def write_tools_json(user: User) -> Iterator[str]:
    """Yield the JSON text; nothing if there is no server."""
    servers = [
        {
            "name": server.name,
            "url": server.url,
            "auth": server.auth,
            "header_name": server.header_name,
            "tools": list(server.tools.values("name", "permission")),
        }
        for server in user.mcp_servers.all()
    ]
    if servers:
        content = {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": timezone.now().isoformat(),
            "servers": servers,
        }
        yield json.dumps(content, ensure_ascii=False, indent=1) + "\n"
