"""A study that was interrupted goes on where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tests.characteristics.coverage as study
from tests.recovery.worlds import DESIGNS, Design, Outcome

if TYPE_CHECKING:
    from pathlib import Path


def _counting(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Replace worlds by an arithmetic stand-in and return the list of those that were run."""
    ran: list[tuple[str, int]] = []

    def outcome(design: Design, seed: int) -> Outcome:
        ran.append((design.name, seed))
        return Outcome(design.name, seed, 10, (5, 8, 9 + seed % 2), 0.1 * (seed % 10), 0.15)

    monkeypatch.setattr(study, "outcome", outcome)
    return ran


def test_run_goes_on_after_a_line_cut_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran, cache, said = _counting(monkeypatch), tmp_path / "worlds.jsonl", []
    first = study.run(2, cache, said.append)
    assert len(ran) == 2 * len(DESIGNS)
    cache.write_text(cache.read_text()[:-20])
    ran.clear()
    again = study.run(3, cache, said.append)
    assert len(ran) == 1 + len(DESIGNS)
    assert again[: len(first)] == first
    assert said[-1] == f"{3 * len(DESIGNS)} of {3 * len(DESIGNS)} worlds"
    ran.clear()
    assert study.run(3, cache, said.append) == again
    assert ran == []


def test_table_pools_all_designs_and_blocks_by_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _counting(monkeypatch)
    found = study.table(study.run(4, tmp_path / "worlds.jsonl", lambda text: None))
    ninety = found["designs"][study.POOLED]["tasks"][2]
    assert ninety["worlds"] == 4 * len(DESIGNS)
    assert ninety["share"] == pytest.approx(0.95)
    assert 0 < ninety["error"] < 0.02
    assert study.page(found).count("\n| ") == 2 + len(DESIGNS)
