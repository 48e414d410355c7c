"""The small study of the dossier's tests, with its figures, and a way to write its log anew."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.figures import figures
from tasklaws.study.folder import Study
from tasklaws.study.log import FIRST, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ELSEWHERE = ("stress_tests",)
"""Blocks with tests of their own."""


@dataclass
class Forger:
    """Who can write to a study, and knows how its log is chained."""

    path: Path

    @property
    def entries(self) -> list[Entry]:
        """Return the log as it stands."""
        return list(Study(self.path).log.entries())

    def write(self, entries: Sequence[Entry]) -> None:
        """Write a log of these entries, in this order, whose chain holds."""
        lines, prev = [], FIRST
        for seq, entry in enumerate(entries):
            moved = replace(entry, seq=seq, prev=prev)
            prev = sha256_hex(canonical_json(moved.body()))
            lines.append(replace(moved, hash=prev).line())
        (self.path / "log.jsonl").write_bytes(b"".join(lines))


@pytest.fixture
def study(small_study: Path, tmp_path: Path) -> Path:
    """Return a copy of the study to do harm to."""
    return shutil.copytree(small_study, tmp_path / "study")


@pytest.fixture
def forger(study: Path) -> Forger:
    """Return somebody who rewrites the log of the study."""
    return Forger(study)


@pytest.fixture(scope="session")
def found(small_study: Path) -> dict[str, Any]:
    """Return the figures of the study, but for those that fit laws again."""
    return figures(Study(small_study), slow=False, skip=ELSEWHERE)
