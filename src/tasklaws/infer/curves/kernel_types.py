"""What compiled kernels take: curves, the points of one problem or of a batch, and boxes."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit, types

VECTOR, MATRIX = types.float64[::1], types.float64[:, ::1]
CUBE = types.float64[:, :, ::1]
FLAGS, COUNTS = types.boolean[::1], types.int64[::1]

REAL_CURVE = types.FunctionType(VECTOR(MATRIX, VECTOR))
COMPLEX_CURVE = types.FunctionType(types.complex128[::1](MATRIX, types.complex128[::1]))
"""A form's function of points (covariates, points) and parameters, real or complex.

A signature that names a function *type* lets a kernel be compiled once, cached on disk, and take any
form; a function given as a closure or a plain argument makes its caller be compiled in every process.
"""


class Data(NamedTuple):
    """One problem's points."""

    x: Any
    """Places, of shape (covariates, points)."""
    y: Any
    """Observed values, of shape (points,)."""
    n: Any
    """Attempts or precisions."""
    weight: Any
    """Factors of the objective; points of weight 0 play no part."""
    kind: Any
    """One of OBJECTIVES."""
    shape: Any
    """Its shape."""


class Batch(NamedTuple):
    """The points of many problems: as `Data`, with a leading axis of problems but for `x` and `kind`."""

    x: Any
    y: Any
    n: Any
    weight: Any
    kind: Any
    shape: Any


class Sides(NamedTuple):
    """Where a search may go."""

    lower: Any
    """Lower bounds, of shape (parameters,), or (problems, parameters) in a batch."""
    upper: Any
    """Upper bounds; equal to the lower one where a parameter is known."""
    held: Any
    """Parameters that keep their start, of shape (parameters,)."""


DATA = types.NamedTuple((MATRIX, VECTOR, VECTOR, VECTOR, types.int64, types.float64), Data)
BATCH = types.NamedTuple((MATRIX, MATRIX, MATRIX, MATRIX, types.int64, VECTOR), Batch)
SIDES = types.NamedTuple((VECTOR, VECTOR, FLAGS), Sides)
BATCH_SIDES = types.NamedTuple((MATRIX, MATRIX, FLAGS), Sides)


@njit(cache=True, error_model="numpy")
def data_of(batch, b):  # noqa: ANN001, ANN201 - compiled
    """Return the points of problem `b`."""
    return Data(batch.x, batch.y[b], batch.n[b], batch.weight[b], batch.kind, batch.shape[b])
