"""The verb `budget`: curves of studies and logs, the surface, and what is always said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.assess.budget.made import LIMIT, run, study, table

from tasklaws.assess.budget.attempts import attempts_of
from tasklaws.assess.budget.rows import MOST_POINTS, curves, points
from tasklaws.assess.budget.survival import CUT, FAILURE, SUCCESS
from tasklaws.assess.budget.verb import budget
from tasklaws.assess.budget.words import TOLD
from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("budget"))


def log(path: Path, *samples: dict[str, Any], **config: Any) -> Path:
    """Write a log of Inspect."""
    about = {
        "task": "maze", "model": "m", "created": "2026-01-01", "eval_id": path.stem, "config": config,
        "packages": {"inspect_ai": "0.3.285"}, "sandbox": ["docker", "compose.yaml"],
    }  # fmt: skip
    plan = {"steps": [{"solver": "react"}]}
    whole = {"version": 2, "status": "success", "eval": about, "plan": plan, "samples": list(samples)}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def sample(name: str, value: str, tokens: int | None, **more: Any) -> dict[str, Any]:
    usage = {} if tokens is None else {"m": {"output_tokens": tokens}}
    return {"id": name, "epoch": 1, "scores": {"match": {"value": value}}, "model_usage": usage, **more}


def test_under_one_limit_the_curve_ends_at_the_plain_success_rate(made: Path) -> None:
    found = budget(made)
    last = {row.model: row for row in found.rows}
    cells: pl.DataFrame = Study(made).cells()
    assert set(last) == {f"m{i}" for i in range(5)}
    for model, row in last.items():
        own = cells.filter(cells["model"] == model)
        assert row.success == own["k"].sum() / own["n"].sum()
        assert row.budget == LIMIT
        assert row.lower is not None
        assert row.upper is not None
        assert 0 < row.lower < row.success < row.upper < 1
        assert row.n == 160


def test_curves_grow_and_those_at_risk_grow_fewer(made: Path) -> None:
    for model in ("m0", "m4"):
        rows = [row for row in budget(made).rows if row.model == model]
        assert 10 < len(rows) <= MOST_POINTS + 1
        assert all(np.diff([row.success or 0.0 for row in rows]) >= 0)
        assert all(np.diff([row.budget for row in rows]) > 0)
        assert all(np.diff([row.at_risk for row in rows]) <= 0)


def test_it_always_says_what_a_cut_of_runs_cannot_tell(made: Path) -> None:
    assert TOLD in budget(made).document()["warnings"]


def test_points_are_amounts_of_successes_and_the_full_budget() -> None:
    amount = np.append(np.exp(np.linspace(2, 12, 500)), 10**6)
    kind = np.append(np.full(500, SUCCESS), CUT)
    chosen = points(amount, kind)
    assert len(chosen) == MOST_POINTS + 1
    assert set(chosen) <= set(amount)
    assert (chosen[0], chosen[-2], chosen[-1]) == (amount[0], amount[-2], 10**6)
    assert np.diff(np.log(chosen[:-1])).max() < 2 * 10 / MOST_POINTS
    assert points(np.array([4.0, 9.0]), np.array([FAILURE, CUT])).tolist() == [9.0]


def test_one_attempt_has_no_band_and_a_reason() -> None:
    (row,) = curves(attempts_of(table(run(1.0, 5))))
    assert (row.success, row.lower, row.upper, row.n) == (1.0, None, None, 1)
    assert row.reason == "one attempt shows no spread"


def test_logs_are_read_as_they_are(tmp_path: Path) -> None:
    cut = sample("d", "I", 900, limit={"type": "token", "limit": 900})
    log(
        tmp_path / "a.json",
        *(sample(f"s{i}", "C" if i % 2 else "I", 100 + i) for i in range(20)),
        cut,
        sample("e", "C", None),
        token_limit=900,
    )
    found = budget(tmp_path)
    last = found.rows[-1]
    assert (last.model, last.family, last.unit, last.budget) == ("m", "maze", "tokens", 900)
    assert last.success == 10 / 21
    assert last.at_risk == 11
    assert "1 of 22 attempts do not say their tokens and are left out" in found.warnings
    (card,) = found.harnesses
    assert card.limits == {"token_limit": 900}
    assert card.versions == {"inspect_ai": "0.3.285"}
    assert (card.sandbox, card.scaffold) == ("docker", "react")
    assert card.models[0].ended["limit_tokens"].count == 1
    json.dumps(found.document(), allow_nan=False)


def test_lower_limits_are_made_up_for_and_cuts_by_them_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    for place, limit in enumerate((200, 1000)):
        spent, wins = rng.integers(1, 1001, 400), rng.random(400) < 0.8
        log(
            tmp_path / f"{place}.json",
            *(
                sample(f"{place}.{i}", "C" if won and used <= limit else "I", min(int(used), limit))
                | ({"limit": {"type": "token"}} if used > limit else {})
                for i, (won, used) in enumerate(zip(wins, spent, strict=True))
            ),
            token_limit=limit,
        )
    found = budget(tmp_path)
    last = found.rows[-1]
    assert last.success == pytest.approx(0.8, abs=0.06)
    assert any("were cut below the full budget" in said for said in found.warnings)
    only = budget(tmp_path, harness="token_limit=200")
    assert only.rows[-1].success == pytest.approx(0.16, abs=0.05)


def test_what_is_neither_a_study_nor_a_log_is_refused(tmp_path: Path, made: Path) -> None:
    with pytest.raises(BadInput, match="neither a study nor a log"):
        budget(tmp_path / "nothing")
    with pytest.raises(UnknownName, match="harness"):
        budget(made, harness="defualt")


def test_numbers_do_not_hang_on_the_order_of_runs() -> None:
    rows = [run(float(i % 3 == 0), 3 + 7 * i % 50, task_id=f"f/{i % 4}") for i in range(60)]
    rows = [{**row, "instance_id": f"i{i}"} for i, row in enumerate(rows)]
    assert curves(attempts_of(table(*rows))) == curves(attempts_of(table(*rows[::-1])))


class TestSurface:
    """Success if the limits had been lower."""

    def test_counts_successes_within_both_limits_and_the_first_attempts(self, tmp_path: Path) -> None:
        rows = []
        for i in range(8):
            samples = [
                {"id": f"q{i}", "epoch": epoch + 1, "scores": {"match": {"value": "C" if won else "I"}},
                 "model_usage": {"m": {"output_tokens": tokens}},
                 "started_at": "2026-01-01T00:00:00+00:00",
                 "completed_at": f"2026-01-01T00:00:{seconds:02d}+00:00"}
                for epoch, (won, tokens, seconds) in enumerate([(i < 2, 100, 10), (i < 6, 300, 5)])
            ]  # fmt: skip
            rows += samples
        log(tmp_path / "a.json", *rows)
        told = budget(tmp_path, surface=True).surface
        found = {(row.seconds, row.tokens, row.attempts): (row.success, row.n) for row in told}
        assert found[10, 300, 1] == (2 / 8, 8)
        assert found[10, 300, 2] == (6 / 8, 8)
        assert found[5, 300, 2] == (6 / 8, 8)
        assert found[5, 300, 1] == (0, 8)
        assert found[10, 100, 2] == (2 / 8, 8)
        assert found[5, 100, 2] == (0, 8)

    def test_no_threshold_lies_above_the_least_limit_in_force(self, tmp_path: Path) -> None:
        cut = [sample(f"c{i}", "I", 250) | {"limit": {"type": "token"}} for i in range(3)]
        log(tmp_path / "a.json", *(sample(f"s{i}", "C", 100 * (i + 1)) for i in range(8)), *cut)
        found = budget(tmp_path, surface=True).surface
        assert max(row.tokens or 0 for row in found) == 250
        assert {row.seconds for row in found} == {None}
        (at,) = [row for row in found if row.tokens == 250]
        assert (at.success, at.n) == (2 / 11, 11)
