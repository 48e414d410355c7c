"""Forms as compiled code: one signature for all of them, so that kernels stay in the disk cache.

A function given as a closure or a plain argument makes numba compile its caller anew in every process;
a caller whose signature names a function *type* is compiled once and takes any form.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from numba import njit, types

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = types.float64[:, ::1]
REAL_CURVE = types.FunctionType(types.float64[::1](POINTS, types.float64[::1]))
COMPLEX_CURVE = types.FunctionType(types.complex128[::1](POINTS, types.complex128[::1]))
"""A form's function of points (covariates, points) and parameters; with complex ones it differentiates itself."""


class Curve(NamedTuple):
    """A form's function compiled for real and for complex parameters."""

    real: Any
    complex: Any


@cache
def compiled(function: Callable[..., Any]) -> Curve:
    """Return `function(x, p)` compiled; from the disk cache where an earlier process left it."""
    real = njit([REAL_CURVE.signature], cache=True, error_model="numpy")(function)
    other = njit([COMPLEX_CURVE.signature], cache=True, fastmath=True, error_model="numpy")(function)
    return Curve(real, other)
