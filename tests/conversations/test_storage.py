"""Pictures on their way to the disk."""

from uuid import uuid4

import pytest

from chat.conversations.pictures import PictureRefused
from chat.conversations.storage import keep_data_url


@pytest.mark.parametrize("url", ["https://example.org/a.png", "data:image/png,plain", "data:image/png;base64,?"])
def test_what_a_model_sends_that_is_no_picture_is_refused_with_a_sentence(url):
    with pytest.raises(PictureRefused, match="The model sent a"):
        keep_data_url(url, owner=uuid4())
