"""Evaluations of Inspect in tests: what its own libraries warn of is none of ours."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = (
    "ignore:The 'initial' parameter is deprecated:DeprecationWarning",  # its retries
    "ignore:Unclosed <MemoryObject:ResourceWarning",  # its streams, which the collector finds
    "ignore:coroutine 'throttle:RuntimeWarning",  # its display, when it is stopped
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave these warnings out, in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for words in FOREIGN:
                item.add_marker(pytest.mark.filterwarnings(words))


@pytest.fixture(autouse=True, scope="module")
def collected() -> Iterator[None]:
    """Find what is left of evaluations while its warnings are left out.

    What was there before the module is not looked through: of millions of objects none is an evaluation's.
    """
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()
