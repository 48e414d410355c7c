from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasklaws.assess.census import census
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path


def test_errors_that_breed_errors_are_seen_where_accuracy_cannot(tmp_path: Path) -> None:
    simulate("W12", tmp_path / "study", rungs=5, runs=3000, seed=0)
    found = {row.family: row for row in census(tmp_path / "study").hazards}
    assert set(found) == {"undisturbed", "drifting", "spiralling"}
    for name, times in (("undisturbed", 1.0), ("drifting", 4.0), ("spiralling", 16.0)):
        assert found[name].times == pytest.approx(times, rel=0.4)
    assert found["undisturbed"].p > 0.01  # type: ignore[operator]
    assert all(found[name].p < 1e-4 for name in ("drifting", "spiralling"))  # type: ignore[operator]


def test_families_without_milestones_have_no_row(tmp_path: Path) -> None:
    simulate("W7", tmp_path / "study", rungs=4, runs=400, seed=0)
    assert census(tmp_path / "study").hazards == ()
