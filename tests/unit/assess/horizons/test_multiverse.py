"""Every choice moves the time horizon from the same default; the range is over all of them together."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.assess.horizons.agents import attempt, logistic, tables

from tasklaws.assess.horizons.estimates import default, of_curve
from tasklaws.assess.horizons.multiverse import multiverse
from tasklaws.assess.horizons.noise import time_errors
from tasklaws.assess.horizons.rows import rows
from tasklaws.assess.horizons.selection import Asked, Counting, asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.core.progress import SILENT


@pytest.fixture(scope="module")
def made() -> Asked:
    """Return two agents, of which limits ended half of the failures of one, with some invalid successes."""
    found = logistic({"m": 60.0, "n": 10.0}, runs=4)
    more = [
        attempt("m", task, 10 + i, 0.0, "limit") for task in found.tasks["task_id"][::2] for i in range(3)
    ]
    more += [attempt("n", task, 10, 1.0, "invalid_success") for task in found.tasks["task_id"][::5]]
    plain = [
        attempt(m, t, e, s) for m, t, e, s in found.runs.select("model", "task_id", "epoch", "score").rows()
    ]
    both = tables(plain + more, dict(found.tasks.select("task_id", "human_minutes").iter_rows()))
    return asked(source_of(both.runs, both.tasks))


def test_one_choice_at_a_time_agrees_with_the_estimators(made: Asked) -> None:
    told = multiverse(made, time_errors(made), SILENT).document()
    place = {(row["alias"], row["choice"], row["value"]): row["p50"] for row in told["rows"]}

    def minutes(how: Counting, curve: str = "log_logistic") -> list[float | None]:
        estimate = default(made, how, 0, 0) if curve == "log_logistic" else of_curve(made, how, curve, 0, 0)
        return [row.minutes for row in rows(estimate, (50,), 0.95)]

    for (choice, value), expected in {
        ("default", None): minutes(Counting()),
        ("limits", "drop"): minutes(Counting("drop")),
        ("limits", "censor"): minutes(Counting("censor")),
        ("invalid_success", "success"): minutes(Counting(invalid="success")),
        ("curve", "weibull"): minutes(Counting(), "weibull"),
    }.items():
        assert [place[alias, choice, value] for alias in made.agents] == pytest.approx(expected, rel=1e-5)
    m, n = (place[alias, "limits", "drop"] / place[alias, "default", None] for alias in ("m", "n"))
    assert m > 1.25
    assert n == pytest.approx(1)


def test_the_range_holds_every_single_choice(made: Asked) -> None:
    told = multiverse(made, time_errors(made), SILENT)
    document = told.document()
    assert document["combinations"] == np.prod([len(values) for values in told.axes.values()])
    for span in document["ranges"]:
        own = [row[f"p{span['success']}"] for row in document["rows"] if row["alias"] == span["alias"]]
        assert span["minimum"] <= min(own) <= span["median"] * 1e3
        assert max(own) <= span["maximum"]
        assert span["minimum"] <= span["median"] <= span["maximum"]


def test_choices_that_change_nothing_are_not_offered() -> None:
    plain = logistic({"m": 60.0})
    found = asked(source_of(plain.runs, plain.tasks))
    axes = multiverse(found, time_errors(found), SILENT).axes
    assert axes["limits"] == axes["invalid_success"] == ("failure",)
    assert axes["tasks"] == ("all",)


def test_noise_draws_times_towards_the_middle(made: Asked) -> None:
    errors = time_errors(made)
    doublings = np.log2(made.minutes)
    expected = errors.expected(doublings)
    assert errors.assumed
    assert expected.mean() == pytest.approx(doublings.mean())
    assert expected.std() < doublings.std()
    assert (np.diff(expected[np.argsort(doublings)]) >= 0).all()
