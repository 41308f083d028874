"""Every state that a page can be in: each story stops at one state after the other and yields its name."""

from collections.abc import Callable, Iterator

from tests.browser.chat_page import Chat
from tests.browser.states import account, answers, chats, composer, models, voice

Story = Callable[[Chat], Iterator[str]]

STORIES: list[Story] = [
    account.is_signed_out,
    composer.begins,
    chats.has_settings,
    composer.searches_the_web,
    composer.has_prompts,
    answers.waits,
    voice.speaks,
    composer.costs,
    answers.is_answered,
    answers.makes_images,
    answers.uses_tools,
    answers.looks_at_the_request,
    answers.fails,
    answers.is_wide,
    composer.writes_much,
    composer.shows_images,
    composer.has_files,
    answers.has_versions,
    chats.lists,
    chats.searches,
    account.is_at_the_account,
    account.has_little_credit,
    account.spends,
    chats.continues_a_text,
    models.looks_at_models,
    models.compares,
    account.adds_tools,
    answers.looks_at_code,
]
