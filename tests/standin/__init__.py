"""A stand-in of OpenRouter on this machine: sign-in, models and streamed answers, without account or network.

It knows nothing of the product: it speaks HTTP, and any client of OpenRouter may use it.
"""

from tests.standin.control import StandIn

__all__ = ["StandIn"]
