"""A column for exact amounts of US dollars, whose sums are exact, too, on SQLite as on PostgreSQL."""

from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

DECIMALS = 12  # a token may cost a few billionths of a dollar, and a part of that where it was cached
STEP = Decimal(1).scaleb(-DECIMALS)

if TYPE_CHECKING:
    _Base = models.Field[Any, Any]
else:
    _Base = models.BigIntegerField


class DollarsField(_Base):
    """Decimal dollars, stored as a whole number of the smallest part, because SQLite adds up decimals as floats.

    It holds nine million dollars; digits beyond the twelfth decimal are cut off.
    """

    def from_db_value(self, value: Any, *_: object) -> Decimal | None:
        """Also of a sum, which PostgreSQL returns as a decimal."""
        return None if value is None else Decimal(int(value)).scaleb(-DECIMALS)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal | int | str):
            return value  # None, or an expression
        return int(Decimal(value).quantize(STEP, ROUND_DOWN).scaleb(DECIMALS))
