"""Pastes and drops into the composer, the drafts that the browser stores, and what OpenRouter was sent."""

import base64
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

GIVE_FILES = """
([files, kind]) => {
  const transfer = new DataTransfer();
  for (const { name, mimeType, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: mimeType }));
  }
  const target = document.querySelector("#composer");
  const about = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
  const dragged = ["dragover", "drop"].map((step) => new DragEvent(step, about));
  for (const event of kind === "paste" ? [new ClipboardEvent("paste", about)] : dragged) target.dispatchEvent(event);
}
"""
STORED = "() => Object.entries(localStorage).filter(([name]) => name.startsWith('draft:'))"


def pastes(chat, text: str) -> None:
    chat.message.focus()
    chat.page.evaluate(PASTE, text)


def paste_or_drop(chat, kind, *files):
    """Send the event of a browser when files are pasted or dropped."""
    for file in files:
        file["base64"] = base64.b64encode(file.pop("buffer")).decode()
    chat.page.evaluate(GIVE_FILES, [files, kind])


def drafts(chat) -> dict[str, dict[str, Any]]:
    """The drafts that this browser stores, by the path of their page."""
    return {name.split(":", 2)[2]: json.loads(draft) for name, draft in chat.page.evaluate(STORED)}


def sent_text(chat) -> str:
    content = chat.requests_at_openrouter[-1].body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]
