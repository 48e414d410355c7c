"""Forms as compiled code, for real and for complex parameters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from numba import njit

from tasklaws.infer.curves.kernel_types import COMPLEX_CURVE, REAL_CURVE

if TYPE_CHECKING:
    from collections.abc import Callable


class Curve(NamedTuple):
    """A form's function, compiled."""

    real: Any
    complex: Any
    """Of complex parameters: one imaginary step in a parameter is its derivative."""


@cache
def compiled(function: Callable[..., Any]) -> Curve:
    """Return `function(x, p)` compiled; from the disk cache where an earlier process left it."""
    real = njit([REAL_CURVE.signature], cache=True, error_model="numpy")(function)
    other = njit([COMPLEX_CURVE.signature], cache=True, fastmath=True, error_model="numpy")(function)
    return Curve(real, other)
