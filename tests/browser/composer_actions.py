"""What tests do at the composer, and what the browser stores of it."""

import json
from typing import Any

LONG = "A line of a log that somebody has to read.\n" * 100  # 4,300 characters

PASTE = """
(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const about = { bubbles: true, cancelable: true, clipboardData };
  document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", about));
}
"""

STORED = "() => Object.entries(localStorage).filter(([name]) => name.startsWith('draft:'))"


def pastes(chat, text: str) -> None:
    chat.message.focus()
    chat.page.evaluate(PASTE, text)


def drafts(chat) -> dict[str, dict[str, Any]]:
    """What this browser keeps, by the address that it belongs to."""
    return {name.split(":", 2)[2]: json.loads(draft) for name, draft in chat.page.evaluate(STORED)}


def said_at_openrouter(chat) -> str:
    content = chat.requests_at_openrouter[-1].body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]
