"""The memory of a process and all its descendants, as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = os.sysconf("SC_PAGE_SIZE")


def own_memory(pid: int) -> int:
    """Return bytes of memory that `pid` and its descendants share with no file.

    What several of them share counts for each.
    """
    return sum(_own(Path("/proc", str(member))) for member in _tree(pid))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:  # it ended meanwhile
        return
    for child in told.split():
        yield from _tree(int(child))


def _own(process: Path) -> int:
    try:
        _, resident, shared, *_ = (process / "statm").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE
