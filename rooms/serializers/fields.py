"""Input fields that take no nonsense."""

import math
from typing import Any

from rest_framework import serializers


class Seconds(serializers.FloatField):
    """A finite number. The stock field turns "1e999" into infinity, lets NaN past every bound, takes true for 1, and
    breaks on an integer of 400 digits.
    """

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            value = super().to_internal_value(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(value):
            self.fail("invalid")
        return value
