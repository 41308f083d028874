"""The program that talks to an MCP server, a process for each call. It imports no Django and gets no site secrets.

It is a process of its own because the `mcp` package needs 55 MB and an asyncio loop, which gevent has no place for;
because a server may send what takes endless time to read; and because a process can be ended at any moment.
"""
