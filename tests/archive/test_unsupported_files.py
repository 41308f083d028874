"""Exports of other programs are known by name, and for every file it is said what can be imported."""

import json

import pytest

from chat.archive.import_schema import ImportedChat, read_export
from chat.archive.unsupported_files import Unsupported
from tests.archive.handwritten_chats import a_chat, a_question

CHATGPT = {
    "title": "Bread",
    "create_time": 1_790_000_000.5,
    "update_time": 1_790_000_001.5,
    "mapping": {"a": {"id": "a", "message": None, "parent": None, "children": []}},
    "current_node": "a",
    "conversation_id": "a",
}
CLAUDE = {
    "uuid": "a",
    "name": "Bread",
    "created_at": "2026-01-02T03:04:05Z",
    "account": {"uuid": "b"},
    "chat_messages": [{"uuid": "c", "text": "Hi", "sender": "human", "content": []}],
}
OPENROUTER = {"version": "orpg.3.0", "title": "Bread", "characters": {}, "messages": {}}
OPEN_WEBUI = {"id": "a", "user_id": "b", "title": "Bread", "chat": {"models": ["x/y"], "history": {"messages": {}}}}
LIBRECHAT = {"conversationId": "a", "endpoint": "openAI", "title": "Bread", "messages": []}


@pytest.mark.parametrize(
    ("export", "program"),
    [
        ([CHATGPT], "ChatGPT"),
        (CHATGPT, "ChatGPT"),
        ([CLAUDE, CLAUDE], "Claude"),
        (CLAUDE, "Claude"),
        (OPENROUTER, "OpenRouter"),
        ([OPEN_WEBUI], "Open WebUI"),
        (LIBRECHAT, "LibreChat"),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_exports_of_other_programs_are_known_by_name(export, program, indent):
    with pytest.raises(Unsupported) as refused:
        read_export(json.dumps(export, indent=indent).encode())

    assert str(refused.value).startswith(f"This is an export from {program}, which can't be imported yet. ")
    assert "zip or JSON files exported from this or another Potluck site" in str(refused.value)


@pytest.mark.parametrize("content", [b"[]", b"{}", b"null", b'"text"', b'{"format": "other"}', b'[{"role": "user"}]'])
def test_of_all_others_it_is_said_what_can_be_imported(content):
    with pytest.raises(Unsupported, match=r"This isn't a supported export\. You can import zip or JSON files"):
        read_export(content)


def test_a_chat_that_speaks_of_such_exports_is_none():
    text = json.dumps([CHATGPT, CLAUDE, OPENROUTER, OPEN_WEBUI])

    told = read_export(json.dumps(a_chat(messages=[a_question(text=text)])).encode())
    assert isinstance(told, ImportedChat)
    assert told.messages[0].text == text
