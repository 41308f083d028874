"""What a reply has cost so far, as estimated: its prompt, and what has arrived of the answer.

Reasoning that the model does not send is not in it.
"""

from decimal import Decimal

from chat.catalogue import cache
from chat.catalogue.token_calibration import factor_for
from chat.conversations.cost_estimate import cost_of
from chat.conversations.token_estimate import weight_of
from chat.reply_content.deltas import IMAGE, REASONING, TEXT, Delta


class Written:
    """What has arrived of an answer, counted as it arrives."""

    def __init__(self) -> None:
        self._weight = 0
        self._images = 0

    def add(self, delta: Delta) -> None:
        if delta.kind == IMAGE:
            self._images += 1
        elif delta.kind in (TEXT, REASONING):
            self._weight += weight_of(delta.content)

    @property
    def is_empty(self) -> bool:
        return not (self._weight or self._images)

    def cost(self, model_id: str, prompt_tokens: int, images: int = 0) -> Decimal | None:
        """US dollars for it and its prompt, which has that many images; None where a price is unknown."""
        tokens = round(self._weight / 100 * factor_for(model_id))
        return cost_of(cache.find(model_id), prompt_tokens, tokens, images=images, images_made=self._images)
