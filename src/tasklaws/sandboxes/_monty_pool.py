"""The processes in which monty runs programs: started when first asked, ended with ours."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from pydantic_monty import Monty

GRACE = 0.2
"""Seconds that a worker has to stop by itself at its time limit, before it is killed."""
SESSIONS = 1000
"""Programs after which a worker is replaced by a new one."""


class Pool:
    """Holds monty's pool of workers; threads may share it, a forked process may not.

    Monty keeps threads of its own, which a fork leaves behind: a forked process would wait for them
    for ever, so it is refused.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: Monty | None = None
        self._left: Monty | None = None
        """The pool of the process that we were forked from: held, so that nothing here ends its workers."""

    def get(self) -> Monty:
        """Return the pool, started if need be.

        Raises:
            BadInput: this process was forked from one that had started monty.
        """
        if self._left is not None:
            raise BadInput(
                "monty was started before this process was forked from another.",
                "Its threads did not come along.",
                "Fork before the first program runs, or start processes by spawn or forkserver.",
            )
        with self._lock:
            if self._open is None:
                self._open = _started()
            return self._open

    def close(self) -> None:
        """End the workers of this process."""
        with self._lock:
            pool, self._open = self._open, None
        if pool is not None:
            pool.__exit__(None, None, None)

    def forget(self) -> None:
        """Leave the workers to the process that started them."""
        self._lock = threading.Lock()
        self._left, self._open = self._open or self._left, None


def _started() -> Monty:
    from pydantic_monty import Monty

    pool = Monty(feed_duration_limit_grace=GRACE, max_checkouts_per_worker=SESSIONS)
    pool.__enter__()
    return pool


POOL = Pool()
atexit.register(POOL.close)
os.register_at_fork(after_in_child=POOL.forget)
