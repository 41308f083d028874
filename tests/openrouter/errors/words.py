"""What OpenRouter writes, word for word, where several files test it."""

AFFORD = (
    "This request requires more credits, or fewer max_tokens. You requested up to 900 tokens, but can only afford 840."
)
