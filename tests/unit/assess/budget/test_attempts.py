"""What an attempt used, and how it ended; what is left out is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.unit.assess.budget.made import run, table

from tasklaws.assess.budget.attempts import attempts_of
from tasklaws.assess.budget.prices import read_prices
from tasklaws.assess.budget.survival import CUT, FAILURE, SUCCESS
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (run(1.0, 5), SUCCESS),
        (run(0.0, 5), FAILURE),
        (run(0.0, 5, "limit_tokens"), CUT),
        (run(None, 5, "limit"), CUT),
        (run(1.0, 5, "limit_tokens"), SUCCESS),
        (run(None, 5, "error"), CUT),
        (run(0.0, 5, "error"), CUT),
        (run(0.0, 5, "limit_time", tool_outcome="timeout"), FAILURE),
        (run(0.0, 5, "limit_time", tool_outcome="ok"), CUT),
        (run(0.0, 5, "limit_tokens", tool_outcome="timeout"), CUT),
        (run(0.5, 5), FAILURE),
    ],
)
def test_how_an_attempt_ends(row: dict[str, object], kind: int) -> None:
    assert attempts_of(table(row)).table["kind"].to_list() == [kind]


def test_what_is_left_out_is_counted() -> None:
    found = attempts_of(table(run(1.0, 5), run(1.0, None), run(None, 3), run(None, 0, "limit_tokens")))
    assert found.table.height == 1
    assert found.notes == (
        "1 of 4 attempts do not say their tokens and are left out",
        "1 attempts were cut before they began and are left out",
        "1 attempts ended by themselves without a score and are left out",
    )


def test_the_threshold_of_a_graded_metric_is_said() -> None:
    rows = table(run(0.5, 5), run(0.9, 5), run(1.0, 5))
    found = attempts_of(rows, success=0.9)
    assert found.table["kind"].to_list() == [FAILURE, SUCCESS, SUCCESS]
    assert found.notes == (
        "metric exact is graded: a success is a score of at least 0.9 (2 lie between 0 and 1)",
    )


def test_one_metric_and_one_elicitation_are_chosen_and_said() -> None:
    rows = table(
        run(1.0, 5), run(0.0, 5), run(0.4, 5, metric="grade"), run(0.3, 5, metric="grade"),
        run(1.0, 7, elicitation="other"),
    )  # fmt: skip
    found = attempts_of(rows)
    assert (found.metric, found.elicitation, found.table.height) == ("exact", "default", 2)
    assert found.notes == (
        "metric exact of exact, grade; name another with --metric",
        "elicitation default of default, other; name another with --elicitation",
    )
    assert attempts_of(rows, elicitation="other").table["amount"].to_list() == [7.0]


def test_seconds_are_working_time_or_from_start_to_end() -> None:
    span = {"started_at": START, "completed_at": START + timedelta(seconds=90)}
    rows = table(run(1.0, 5, **span), run(1.0, 5, **span, working_seconds=30.0))
    assert attempts_of(rows, "seconds").table["amount"].to_list() == [90.0, 30.0]


def test_dollars_are_as_stated_or_by_price(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('["m"]\ninput = 1.0\noutput = 10.0\n')
    rows = table(run(1.0, 2000, input_tokens=50_000), run(1.0, 2000, input_tokens=0, dollars=0.5))
    found = attempts_of(rows, "dollars", prices=read_prices(tmp_path / "prices.toml"))
    assert found.table["amount"].to_list() == pytest.approx([0.07, 0.5])


@pytest.mark.parametrize("text", ["m = 3", '["m"]\ninput = 1', '["m"]\ninput = -1\noutput = 1', "]"])
def test_prices_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(BadInput):
        read_prices(tmp_path / "prices.toml")


def test_without_amounts_there_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="no-tokens"):
        attempts_of(table(run(1.0, None)))
    with pytest.raises(NoAnswer, match="no-dollars"):
        attempts_of(table(run(1.0, 5)), "dollars")


def test_what_there_is_not_is_refused() -> None:
    rows = table(run(1.0, 5))
    with pytest.raises(UnknownName):
        attempts_of(rows, "hours")  # type: ignore[arg-type]
    with pytest.raises(UnknownName):
        attempts_of(rows, metric="exect")
    with pytest.raises(BadInput, match="nats"):
        attempts_of(table(run(3.0, 5, metric="nll", unit="nats")))


def test_an_invalid_success_counts_as_it_was_scored_and_is_said() -> None:
    found = attempts_of(table(run(1.0, 5, "invalid_success")))
    assert found.table.select(pl.col("kind")).item() == SUCCESS
    assert found.notes == ("1 successes are said to be invalid; they count as they were scored",)
