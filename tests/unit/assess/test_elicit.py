"""Effort curves: planted limits are found, intervals hold them as often as they say, nothing is made up."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from tasklaws.assess.effort import GAPS, Points, gaps, points
from tasklaws.assess.elicit import elicit
from tasklaws.cli.verbs.elicit import command
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.run.imports import import_runs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EFFORTS = (1, 2, 4, 8)
STAYS = 0.3
"""As in the world `elicitation_ceiling`: this part of the spurious failures no effort takes away."""


def _rates(spurious: float, able: Floats, power: float = 1.0) -> Floats:
    """Return rates of shape (efforts, tasks) where spurious failures fall to their rest with effort."""
    lost = spurious * (STAYS + (1 - STAYS) * np.array(EFFORTS, float) ** -power)
    return (1 - lost)[:, None] * able


def _left(spurious: float, able: Floats, power: float = 1.0) -> float:
    return float(spurious * (1 - STAYS) * EFFORTS[-1] ** -power * able.mean())


def _exact(rates: Floats, n: float) -> Points:
    total = n * rates
    return points(EFFORTS, np.full(rates.shape, n), total, total)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_a_planted_limit_is_found(power: float) -> None:
    able = np.array([0.9, 0.7, 0.4])
    (found,) = gaps([_exact(_rates(0.5, able, power), 1e6)])
    assert found.gap == pytest.approx(_left(0.5, able, power), rel=0.3)
    assert found.exponent == pytest.approx(power, rel=0.3)
    assert found.lower < _left(0.5, able, power) < found.upper
    assert found.top == pytest.approx(_rates(0.5, able, power)[-1].mean(), abs=1e-3)
    assert not found.pooled
    assert found.p > 0.05


def test_intervals_shrink_with_attempts() -> None:
    able = np.array([0.9, 0.7, 0.4])
    widths = [f.upper - f.lower for n in (50, 500, 5000) for f in gaps([_exact(_rates(0.5, able), n)])]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]


def test_a_flat_curve_has_no_gap() -> None:
    (found,) = gaps([_exact(np.full((4, 2), 0.6), 300)])
    assert found.gap == 0
    assert found.lower == 0
    assert 0 < found.upper < 0.1


def test_a_falling_curve_has_no_gap_either() -> None:
    (found,) = gaps([_exact(np.array([[0.9], [0.7], [0.6], [0.5]]), 1000)])
    assert (found.gap, found.upper) == (0, 0)


def test_scores_that_jump_do_not_follow_the_law() -> None:
    (found,) = gaps([_exact(np.array([[0.1], [0.1], [0.8], [0.8]]), 500)])
    assert found.p < 1e-6


def test_a_family_that_says_nothing_of_the_exponent_takes_it_from_the_others() -> None:
    able = np.array([0.9, 0.7, 0.4])
    loud, quiet = _exact(_rates(0.5, able, 2.0), 1e5), _exact(_rates(0.2, able, 2.0), 40)
    (alone,) = gaps([quiet])
    _, together = gaps([loud, quiet])
    assert together.pooled
    assert together.exponent == pytest.approx(2.0, rel=0.15)
    assert together.upper - together.lower < alone.upper - alone.lower


def test_unlike_tasks_count_for_more_than_like_ones() -> None:
    unlike = _exact(_rates(0.3, np.array([0.98, 0.5, 0.02])), 100)
    like = _exact(_rates(0.3, np.array([0.5, 0.5, 0.5])), 100)
    assert unlike.n[0] > 1.5 * like.n[0]
    assert unlike.k / unlike.n == pytest.approx(like.k / like.n)


def test_no_curve_leaves_the_rates_there_can_be() -> None:
    (found,) = gaps([_exact(np.array([[0.5], [0.8], [0.95], [1.0]]), 30)])
    assert found.top + found.gap <= 1 + 1e-6
    assert np.isfinite([found.lower, found.upper]).all()
    assert GAPS[-1] == 1


@pytest.mark.parametrize(("n", "power"), [(40, 1.0), (400, 1.0), (200, 2.0)])
def test_the_interval_holds_the_gap_nine_times_in_ten(n: int, power: float) -> None:
    rng, held = np.random.default_rng(n), []
    for _ in range(50):
        able = np.exp(-(10 ** rng.uniform(-1.6, 0.6)) * np.array([0.25, 0.5, 1, 2, 4]))
        shares = (0.15, 0.275, 0.4)
        counts = [rng.binomial(n, _rates(share, able, power)).astype(float) for share in shares]
        found = gaps([points(EFFORTS, np.full(k.shape, float(n)), k, k) for k in counts])
        truths = [_left(share, able, power) for share in shares]
        held += [f.lower <= truth <= f.upper for f, truth in zip(found, truths, strict=True)]
    assert 0.8 <= np.mean(held) <= 0.99


def _study(root: Path, counts: Mapping[tuple[str, str, str], int], n: int = 100) -> Path:
    """Return a study with cells of (family, task, elicitation) -> successes."""
    table = root / "cells.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["model", "task_family", "task_id", "metric", "harness_id", "elicitation", "k", "n"])
        for (family, task, elicitation), k in counts.items():
            writer.writerow(["m", family, f"{family}/{task}", "exact", "h", elicitation, k, n])
    import_runs("table", [table], root / "study")
    return root / "study"


CURVE = {1: 30, 2: 50, 4: 60, 8: 65}
COUNTS = {("add", task, f"best_of_n@{e}"): k + int(task) for task in "12" for e, k in CURVE.items()}


def test_a_study_gives_rows_and_a_gap(tmp_path: Path) -> None:
    told = elicit(_study(tmp_path, {**COUNTS, ("add", "1", "greedy"): 40})).document()
    assert [(row["effort"], row["n"], row["score"]) for row in told["rows"]] == [
        (f"best_of_n@{e}", 200, pytest.approx((2 * k + 3) / 200)) for e, k in CURVE.items()
    ]
    (gap,) = told["gaps"]
    assert (gap["model"], gap["family"], gap["elicitation"]) == ("m", "add", "best_of_n")
    assert gap["lower"] < gap["gap"] < gap["upper"]
    assert gap["limit"] == pytest.approx(0.665 + gap["gap"], abs=0.03)
    assert gap["reason"] is None
    assert told["controls"] == []


def test_tasks_that_lack_an_effort_are_left_out(tmp_path: Path) -> None:
    told = elicit(_study(tmp_path, {**COUNTS, ("add", "3", "best_of_n@1"): 99})).document()
    assert {row["n"] for row in told["rows"]} == {200}


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({("add", "1", f"n@{e}"): 50 for e in (1, 2, 4)}, "3 of the 4 efforts"),
        ({("add", "1", f"n@{e}"): 0 for e in EFFORTS}, "no success"),
        ({("add", str(e), f"n@{e}"): 50 for e in EFFORTS}, "no task was tried at every effort"),
    ],
)
def test_what_has_no_gap_says_why(
    tmp_path: Path, counts: dict[tuple[str, str, str], int], reason: str
) -> None:
    (gap,) = elicit(_study(tmp_path, counts)).gaps
    assert (gap.gap, gap.lower, gap.upper, gap.limit) == (None, None, None, None)
    assert gap.reason is not None
    assert reason in gap.reason


def test_a_jump_is_given_with_a_doubt(tmp_path: Path) -> None:
    jump = zip(EFFORTS, (10, 10, 80, 80), strict=True)
    (gap,) = elicit(_study(tmp_path, {("add", "1", f"n@{e}"): k for e, k in jump})).gaps
    assert gap.gap is not None
    assert gap.reason is not None
    assert "do not follow the law" in gap.reason


def test_a_study_without_efforts_has_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="no-efforts"):
        elicit(_study(tmp_path, {("add", "1", "greedy"): 40, ("add", "1", "n@0"): 2, ("add", "1", "n@x"): 2}))


def test_controls_are_read(tmp_path: Path) -> None:
    study = _study(tmp_path, COUNTS)
    told = [{"name": "locked", "ok": True, "detail": "found"}, {"name": "b", "ok": None, "detail": "-"}]
    (study / "controls.json").write_text(json.dumps(told))
    assert elicit(study).document()["controls"] == told


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "3",
        '{"name": 1}',
        '[{"name": "a", "ok": 1, "detail": "b"}]',
        '[{"name": "a", "ok": true}]',
        "[1]",
    ],
)
def test_bad_controls_are_refused(tmp_path: Path, text: str) -> None:
    study = _study(tmp_path, COUNTS)
    (study / "controls.json").write_text(text)
    with pytest.raises(BadInput, match="controls"):
        elicit(study)


def test_the_verb_words_curves_gaps_and_controls(tmp_path: Path) -> None:
    study = _study(tmp_path, {**COUNTS, ("sort", "1", "n@1"): 5})
    told = [{"name": "locked", "ok": False, "detail": "not found"}]
    (study / "controls.json").write_text(json.dumps(told))
    shown = CliRunner().invoke(command, [str(study)], standalone_mode=False).output
    assert "best_of_n@8" in shown
    assert "1 of the 4 efforts" in shown
    assert "control locked: failed; not found" in shown
    document = json.loads(CliRunner().invoke(command, [str(study), "--json"], standalone_mode=False).stdout)
    assert {"rows", "gaps", "controls"} <= set(document)
