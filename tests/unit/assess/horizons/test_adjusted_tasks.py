"""Time horizons of a study the tasks of which were adjusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.run.test_task_changes import people, study

from tasklaws.assess.horizons.selection import asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.assess.horizons.verb import horizon
from tasklaws.run.task_changes import tasks_adjust

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["study"]


def minutes(at: Path) -> dict[str, float]:
    found = asked(source_of(at), people=False)
    return dict(zip(found.tasks, found.minutes.tolist(), strict=True))


def test_a_time_that_is_not_on_record_is_that_of_people_with_give_ups_counted(study: Path) -> None:
    assert minutes(study) == pytest.approx({"maze/1": 30.0, "maze/2": 50.0})
    people(study, ("maze/2", "b2", 50.0, "baseline"), name="more", score=0.0, outcome="given_up")
    assert minutes(study)["maze/2"] > 55.0


def test_times_of_an_older_version_do_not_count_and_a_stale_task_is_named(study: Path) -> None:
    people(study, ("maze/3", "b3", 90.0, "baseline"), name="third")
    tasks_adjust(study, "maze/2", reason="stuck at the gate", field="hint", value="turn left")
    assert set(minutes(study)) == {"maze/1", "maze/3"}
    found = horizon(study, draws=0, curves=("log_logistic",), people=False, multiverse=True)
    assert any("1 tasks were adjusted" in line and "maze/2" in line for line in found.warnings)
    people(study, ("maze/2", "b4", 20.0, "baseline"), name="anew")
    assert minutes(study)["maze/2"] == pytest.approx(20.0)
    assert not any("were adjusted" in line for line in horizon(study, draws=0, people=False).warnings)
