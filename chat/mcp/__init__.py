"""Tools of MCP servers that people add: the servers, their tools, and calls of these.

All talk with servers happens in a process of its own (chat/mcp/process/), forked for each job.
"""
