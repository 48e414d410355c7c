"""One thread for BLAS while small problems are optimised.

L-BFGS-B factors matrices of 20 x 20 at most, but OpenBLAS wakes its workers for each of them and
they spin until the next: a fit of 65 x 4 took 0.2 CPU seconds with one thread and 0.9 to 3.7 with
two on a machine whose second core was busy.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@cache
def _libraries() -> ThreadpoolController:
    """Return the controller of the thread pools loaded by the first call; finding them takes some 10 ms."""
    import scipy.linalg  # noqa: F401 - loads the BLAS that the optimiser uses

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS runs in the calling thread; the former setting comes back after it."""
    limit: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limit
