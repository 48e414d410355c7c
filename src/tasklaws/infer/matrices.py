"""Algebra of small dense matrices, compiled.

Plain loops: at the size of a ladder BLAS is no faster, its threads spin beside the one at work, and
array expressions would be compiled anew inside every kernel that holds one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats


@njit(cache=True)
def multiply(a: Floats, b: Floats) -> Floats:
    """Return a b."""
    out = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                out[i, j] += a[i, k] * b[k, j]
    return out


@njit(cache=True)
def times_transposed(a: Floats, b: Floats) -> Floats:
    """Return a b'."""
    out = np.zeros((a.shape[0], b.shape[0]))
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            for k in range(a.shape[1]):
                out[i, j] += a[i, k] * b[j, k]
    return out


@njit(cache=True)
def transposed_times(a: Floats, b: Floats) -> Floats:
    """Return a' b."""
    out = np.zeros((a.shape[1], b.shape[1]))
    for k in range(a.shape[0]):
        for i in range(a.shape[1]):
            for j in range(b.shape[1]):
                out[i, j] += a[k, i] * b[k, j]
    return out


@njit(cache=True)
def congruence(a: Floats, m: Floats) -> Floats:
    """Return a m a'."""
    product: Floats = times_transposed(multiply(a, m), a)
    return product


@njit(cache=True)
def subtract(a: Floats, b: Floats) -> Floats:
    """Return a - b."""
    out = np.empty(a.shape)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j] - b[i, j]
    return out


@njit(cache=True)
def sum_product(a: Floats, b: Floats) -> float:
    """Return the sum of a times b, entry by entry."""
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * b[i, j]
    return total


@njit(cache=True)
def times_vector(a: Floats, v: Floats) -> Floats:
    """Return a v."""
    out = np.zeros(a.shape[0])
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i] += a[i, j] * v[j]
    return out


@njit(cache=True)
def add_vector(total: Floats, part: Floats) -> None:
    """Add vector `part` to `total` in place."""
    for i in range(len(part)):
        total[i] += part[i]


@njit(cache=True)
def add_matrix(total: Floats, part: Floats) -> None:
    """Add matrix `part` to `total` in place."""
    for i in range(part.shape[0]):
        for j in range(part.shape[1]):
            total[i, j] += part[i, j]


@njit(cache=True)
def cholesky(matrix: Floats) -> tuple[Floats, float]:
    """Return (lower factor, log determinant) of a positive definite matrix."""
    size = matrix.shape[0]
    low = np.zeros((size, size))
    log_det = 0.0
    for j in range(size):
        pivot = matrix[j, j]
        for k in range(j):
            pivot -= low[j, k] * low[j, k]
        pivot = math.sqrt(max(pivot, 1e-14))
        low[j, j] = pivot
        log_det += 2.0 * math.log(pivot)
        for i in range(j + 1, size):
            total = matrix[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            low[i, j] = total / pivot
    return low, log_det


@njit(cache=True)
def invert(matrix: Floats) -> tuple[Floats, float]:
    """Return (inverse, log determinant) of a positive definite matrix."""
    size = matrix.shape[0]
    low, log_det = cholesky(matrix)
    # row i of `upper` is column i of the factor's inverse, so that products run along rows
    upper = np.zeros((size, size))
    for j in range(size):
        upper[j, j] = 1.0 / low[j, j]
        for i in range(j + 1, size):
            total = 0.0
            for k in range(j, i):
                total -= low[i, k] * upper[j, k]
            upper[j, i] = total / low[i, i]
    out = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, size):
                total += upper[i, k] * upper[j, k]
            out[i, j] = total
            out[j, i] = total
    return out, log_det
