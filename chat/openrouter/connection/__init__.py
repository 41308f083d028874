"""How bytes get to OpenRouter and back: the session that all share, uploads, cancelling, chunks, server-sent events."""
