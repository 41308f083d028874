"""The forms of `reasoning_details`, in the pieces in which they were seen to arrive. Source: recorded streams."""

from tests.standin.wire import Json

CLAUDE = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
SUMMARY = {"type": "reasoning.summary", "format": "openai-responses-v1", "index": 0}
ENCRYPTED = {"type": "reasoning.encrypted", "format": "openai-responses-v1"}
GEMINI = {"type": "reasoning.text", "format": "google-gemini-v1", "index": 0}

FORMS: dict[str, list[Json]] = {
    "signed": [
        {**CLAUDE, "text": "", "signature": ""},
        {**CLAUDE, "text": "The question has"},
        {**CLAUDE, "text": " two parts."},
        {**CLAUDE, "signature": "EvsdCkgIDhABGAIqQHnSj9+/="},
    ],
    "summary": [
        {**SUMMARY, "summary": "**Looking"},
        {**SUMMARY, "summary": " at both parts**"},
        {**ENCRYPTED, "index": 1, "data": "gAAAAABqFPxl-9OL1xGxxc", "id": "rs_0d5df14fca7b"},
    ],
    "encrypted": [{**ENCRYPTED, "index": 0, "data": "gAAAAABo__yrnXGym2Rihb", "id": "rs_0a0da38f9011"}],
    "several": [
        {**GEMINI, "text": "**First part**\n"},
        {**GEMINI, "text": "**Second part**\n"},
        {**GEMINI, "type": "reasoning.encrypted", "data": "Es0DCsoDAXLI2nzajTHK3c=="},
        {**CLAUDE, "index": 1, "text": "And then: ", "more": {"kept": [1.5, None]}},
        {**CLAUDE, "index": 1, "text": "both.", "signature": "Et0BCkgIChACGAIqQA2s7h"},
    ],
}
WHOLE: dict[str, list[Json]] = {
    "signed": [{**CLAUDE, "text": "The question has two parts.", "signature": "EvsdCkgIDhABGAIqQHnSj9+/="}],
    "summary": [{**SUMMARY, "summary": "**Looking at both parts**"}, FORMS["summary"][-1]],
    "encrypted": FORMS["encrypted"],
    "several": [
        {**GEMINI, "text": "**First part**\n**Second part**\n"},
        FORMS["several"][2],
        {**FORMS["several"][3], "text": "And then: both.", "signature": "Et0BCkgIChACGAIqQA2s7h"},
    ],
}


def whole(fragments: list[Json]) -> list[Json]:
    """What an answer that is not streamed has in place of these fragments."""
    return next(WHOLE[name] for name, form in FORMS.items() if form is fragments)
