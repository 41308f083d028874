"""What OpenRouter has read in files, which is sent back."""

from chat.openrouter.answer_parts.file_annotations import are_file_annotations


def test_what_is_nested_too_deep_to_be_sent_is_refused_at_any_depth():
    nested = ["[" * levels + "]" * levels for levels in range(1, 1_000)]
    sound = [
        are_file_annotations(f'[{{"type": "file", "file": {{"hash": "a", "content": {each}}}}}]') for each in nested
    ]

    assert sound == [levels < 98 for levels in range(1, 1_000)]


def test_what_is_no_number_in_json_cannot_be_sent():
    assert not are_file_annotations('[{"type": "file", "file": {"hash": "a", "content": [NaN]}}]')
