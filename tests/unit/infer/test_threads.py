"""BLAS keeps to one thread inside the context and gets its own number back after it."""

from __future__ import annotations

import scipy.linalg  # noqa: F401 - loads a BLAS to limit
from threadpoolctl import threadpool_info, threadpool_limits

from tasklaws.infer.threads import one_blas_thread


def _blas_threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_one_blas_thread_limits_and_restores() -> None:
    with threadpool_limits(limits=2, user_api="blas"):
        before = _blas_threads()
        assert before
        with one_blas_thread():
            assert _blas_threads() == {1}
        assert _blas_threads() == before
