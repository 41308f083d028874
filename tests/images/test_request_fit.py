"""Which images go in a request, and how large: by their sizes alone."""

import pytest

from chat.conversations.context_images import Size
from chat.images.request_fit import MAX_BODY_BYTES, MAX_IMAGES, is_within, plan
from chat.images.storage import FULL_SIZE, VERSIONS

HEAVY = Size(2048, 1536, FULL_SIZE.max_bytes)
USUAL = Size(2048, 1536, 600_000)
SMALL = Size(600, 400, 40_000)


def weight(images, newest, text_bytes) -> float:
    """What the request has at most, in base64."""
    chosen = plan(images, newest=newest, text_bytes=text_bytes)
    versions = [chosen.version] * (len(images) - newest) + [chosen.newest_version] * newest
    going = list(zip(images, versions, strict=True))[chosen.omitted :]
    return text_bytes + sum(min(image.size_bytes, version.max_bytes) * 4 / 3 for image, version in going)


@pytest.mark.parametrize("image", [HEAVY, USUAL, SMALL])
@pytest.mark.parametrize("count", [0, 1, 3, 8, 20, 21, 50, 100, 101, 500])
@pytest.mark.parametrize("text_bytes", [0, 5_000_000, 19_000_000, 30_000_000])
def test_no_request_is_heavier_than_providers_take(image, count, text_bytes):
    newest = min(count, 8)
    chosen = plan([image] * count, newest=newest, text_bytes=text_bytes)

    assert count - chosen.omitted <= MAX_IMAGES
    assert weight([image] * count, newest, text_bytes) <= max(MAX_BODY_BYTES, text_bytes)
    assert count <= 20 or max(chosen.version.max_edge, chosen.newest_version.max_edge) <= 2000


@pytest.mark.parametrize(
    ("images", "version", "omitted"),
    [
        ([USUAL] * 20, VERSIONS[0], 0),
        ([USUAL] * 24, VERSIONS[1], 0),
        ([USUAL] * 50, VERSIONS[2], 0),
        ([USUAL] * 100, VERSIONS[3], 0),
        ([SMALL] * 103, VERSIONS[1], 3),
        ([HEAVY] * 3, VERSIONS[0], 0),
        ([HEAVY] * 8, VERSIONS[1], 0),
    ],
)
def test_they_are_left_out_only_when_nothing_else_helps(images, version, omitted):
    chosen = plan(images, newest=1)

    assert (chosen.version, chosen.omitted) == (version, omitted)
    assert chosen.newest_version.max_edge >= VERSIONS[1].max_edge


def test_what_is_within_a_version_is_sent_as_it_is():
    assert is_within(SMALL, VERSIONS[1])
    assert not is_within(USUAL, VERSIONS[1])
    assert not is_within(Size(500, 4_000, 1_000), VERSIONS[1])
    assert not is_within(Size(600, 400, 4_500_000), FULL_SIZE)
