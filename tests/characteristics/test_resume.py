"""A study that was interrupted goes on where it stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tests.characteristics.coverage as study
from tests.characteristics import operating
from tests.characteristics.design import Design as Asked
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


@pytest.mark.parametrize(("then", "kept"), [("pass", 6), ("fail", 2)])
def test_outcomes_of_other_code_are_taken_over_where_its_worlds_come_out_alike(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, then: str, kept: int
) -> None:
    asked = Asked("a world", "step", "null", lambda rng: None, 0.05)  # type: ignore[arg-type,return-value]
    before = {"code": "then", "outcomes": {asked.name: [then] * 6}}
    (tmp_path / "step.json").write_text(json.dumps(before))
    monkeypatch.setattr(operating, "code_hash", lambda name: "now")
    monkeypatch.setattr(operating, "designs_of", lambda name: (asked,))

    def drawn(design: Asked, worlds: int, held: list[str], say: object) -> list[str]:
        held += ["pass"] * (worlds - len(held))
        return held

    monkeypatch.setattr(operating, "outcomes", drawn)
    (row,) = operating.run(["step"], 2, tmp_path, lambda text: None, carry=2)
    assert row["worlds"] == kept
    assert row["fail"] == 0
    assert json.loads((tmp_path / "step.json").read_text())["code"] == "now"
