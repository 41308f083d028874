"""What of an answer is read aloud, and in which parts."""

import pytest

from chat.voice.spoken_text import FIRST_PART_LENGTH, PART_LENGTH, parts_of, spoken_length, spoken_text


@pytest.mark.parametrize(
    ("markdown", "spoken"),
    [
        ("# Bread\n\nFlour and **water**.", "Bread.\nFlour and water."),
        ("Use `pip` in [the shell](https://example.org/a).", "Use pip in the shell."),
        ("See https://www.example.org/a/b?c=d for more.", "See example.org for more."),
        ("Before\n\n```python\nprint(1)\n```\n\nafter", "Before.\nafter."),
        ("Before\n\n````\n```\nnot read\n```\nnor this\n````\nafter", "Before.\nafter."),
        ("- ```\n  code\n  ```\n- item", "item."),
        ("```\nnever closed\n", ""),
        ("```x``` is code in a line.\n\nThe rest.", "x is code in a line.\nThe rest."),
        ("1. ```bash\n   npm install\n   ```\n2. Then run it.\n\nImportant.", "Then run it.\nImportant."),
        ("10) ```\nnot indented\n```\nAfter", "After."),
        ("- Do this:\n\n    ```bash\n    rm -r x\n    ```\n- Then that.", "Do this:\nThen that."),
        ("- a\n\t- b\n\n\t\t```\n\t\tcode\n\t\t```\n\nAfter", "a.\nb.\nAfter."),
        ("> Quoted:\n> ```\n> code\n> ```\n> and more", "Quoted:\nand more."),
        ("> - ~~~\n>   code\n>   ~~~\n> - more", "more."),
        ("```py\n```js is no end\n    ```\nnor is that\n```\nAfter", "After."),
        ("```markdown\nSay:\n```py\ncode\n```\nend\n```\nAfter", "After."),
        ("~~~ and ``` are signs.\n~~~\nAfter", "After."),
        ("| Name | Age |\n|:--|--:|\n| Ann | 5 |\n| Bob | |", "Name, Age.\nAnn, 5.\nBob."),
        ("1. One\n2) Two\n- [x] Three", "One.\nTwo.\nThree."),
        ("It is known[^1] by all [2]. Not [2](https://x.org).", "It is known by all . Not 2."),
        ("![A dog](https://example.org/dog.png)\nA dog", "A dog."),
        ("So $$\\int_0^\\infty e^{-x^2} dx$$ and \\(x^2\\), for $5 each.", "So and x², for $5 each."),
        ("<br>Text <b>bold</b> and 1 < 2", "Text bold and 1 < 2."),
        ("“Yes!”\n\n你好。再见。", "“Yes!”\n你好。再见。"),
        ("---\n***\n\n", ""),
    ],
)
def test_only_words_are_read(markdown, spoken):
    assert spoken_text(markdown) == spoken


def test_the_first_part_is_short_so_that_it_begins_soon():
    text = " ".join(f"This is sentence number {number}." for number in range(200))
    parts = parts_of(text)

    assert len(parts[0]) <= FIRST_PART_LENGTH < len(parts[1]) <= PART_LENGTH
    assert " ".join(parts) == text
    assert all(part.endswith(".") for part in parts)


@pytest.mark.parametrize("text", ["word " * 1000, "字" * 3000, "a" * 5000, "これは長い文です。" * 300])
def test_what_has_no_sentences_is_divided_all_the_same(text):
    parts = parts_of(text)

    assert max(map(spoken_length, parts)) <= PART_LENGTH
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("sentence", ["今天天气很好，我们去公园散步吧。", "이것은 문장입니다. "])
def test_a_part_takes_a_minute_in_any_script(sentence):
    """A voice reads some 15 letters a second, but only four or five characters of Chinese."""
    parts = parts_of(sentence * 100)

    assert len(parts[0]) <= 80
    assert max(map(len, parts)) <= 300


def test_nothing_has_no_parts():
    assert parts_of("") == []
