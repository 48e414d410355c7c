"""What a block of figures is, which there are, and which files of the study each rests on."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.figures._seen import read_once
from tasklaws.dossier.folder import STUDY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.study.folder import Study

BLOCKS = (
    "tasks",
    "harness",
    "elicitation",
    "ladder",
    "preregistration",
    "results",
    "forecast_scores",
    "stress_tests",
    "certificates",
    "red_lines",
)
"""In the order of the document; each is a module of this package that defines `BLOCK`."""
SLOW_BLOCKS = ("certificates", "red_lines")
"""Those that fit laws again."""

LOG = ("log.jsonl",)
CHOICE = (*LOG, "study.toml")
"""What chooses the metric and the elicitation."""
SCORES = (*CHOICE, "runs/*", "cells/*")
"""What scores rest on."""
MEASURED = (*SCORES, "tasks.parquet", "ladder.toml", "human/*")
DATA_HASH = {"study": SCORES}
"""A block that is no figure, and rests on scores all the same."""


@dataclass(frozen=True)
class Block:
    """One block of figures."""

    make: Callable[[Seen], Any]
    rests_on: tuple[str, ...]
    """Patterns of paths in the study."""


def block(name: str) -> Block:
    """Return the block called `name`; its module is imported only now."""
    found: Block = importlib.import_module(f"tasklaws.dossier.figures.{name}").BLOCK
    return found


def figures(
    study: Study, *, subject: str | None = None, slow: bool, skip: Collection[str] = ()
) -> dict[str, Any]:
    """Return the figures of a study by the names of their blocks, not rounded.

    Args:
        study: the study.
        subject: the model that is rated; by default the furthest of those with results.
        slow: also those that fit laws again.
        skip: blocks that are left out.

    Raises:
        VerificationFailed: a file is not what the log tells of.
    """
    seen = read_once(study).about(subject)
    names = (name for name in BLOCKS if name not in skip and (slow or name not in SLOW_BLOCKS))
    return {name: block(name).make(seen) for name in names}


def blocks_resting_on(paths: Iterable[str]) -> set[str]:
    """Return the blocks that cannot be worked out without some files, by paths in the study or dossier."""
    missing = [path.removeprefix(f"{STUDY}/") for path in paths]
    resting = {name: block(name).rests_on for name in BLOCKS} | DATA_HASH
    return {
        name
        for name, patterns in resting.items()
        if any(fnmatchcase(path, pattern) for path in missing for pattern in patterns)
    }
