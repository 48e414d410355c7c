"""The verb on METR's public runs, skipped where ../shared/data is absent."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tasklaws.assess.horizons import HorizonResult, horizon

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.horizons.rows import Row

EXACT = {
    "Claude 3 Opus": (4.04712, 0.245035),
    "Claude 3.5 Sonnet (New)": (60.5234, 3.5057),
    "Claude 3.5 Sonnet (Old)": (22.0676, 1.43269),
    "GPT-4 0314": (3.65705, 0.294799),
    "GPT-4 Turbo": (3.4424, 0.198155),
    "GPT-4o": (6.98101, 0.347859),
    "gpt-3.5-turbo-instruct": (1.84216e-06, 1.0052e-08),
    "human": (1161.13, 88.1911),
    "o1": (42.4514, 0.793246),
    "o1-preview": (37.8965, 1.90208),
}
"""Minutes at 50 and at 80 % by an independent Newton fit of METR's objective."""


@pytest.fixture(scope="module")
def told(shared_data: Path) -> HorizonResult:
    """Return everything that the verb tells of the file, in well under a minute of CPU time."""
    begun = time.process_time()
    found = horizon(shared_data / "metr", draws=200, multiverse=True)
    assert time.process_time() - begun < 60
    return found


def row(told: HorizonResult, alias: str, success: int, curve: str = "log_logistic") -> Row:
    return next(one for one in told.rows if (one.alias, one.success, one.curve) == (alias, success, curve))


def test_the_replica_is_the_exact_optimum_of_every_agent(told: HorizonResult) -> None:
    for alias, expected in EXACT.items():
        found = [row(told, alias, success, "metr_2026_01").minutes for success in (50, 80)]
        assert found == pytest.approx(expected, rel=1e-4)


def test_what_lies_outside_the_tasks_and_what_never_succeeded_is_no_bare_number(told: HorizonResult) -> None:
    for curve in ("metr_2026_01", "log_logistic"):
        assert row(told, "gpt-3.5-turbo-instruct", 50, curve).status == "extrapolation"
        assert "1 to 1,393 min" in str(row(told, "gpt-3.5-turbo-instruct", 50, curve).reason)
        failed = row(told, "davinci-002", 50, curve)
        assert (failed.status, failed.minutes, failed.lower) == ("bound", None, None)
        assert failed.upper == pytest.approx(65)


def test_dropping_limits_moves_o1_from_43_to_99_minutes(told: HorizonResult) -> None:
    ways = row(told, "o1", 50).sensitivity
    assert ways is not None
    assert ways["limits"]["failure"] == pytest.approx(43.3, abs=0.1)
    assert ways["limits"]["drop"] == pytest.approx(98.7, abs=0.1)
    assert {one.split(":")[0] for one in told.warnings} >= {"o1", "GPT-4 0314", "Claude 3.5 Sonnet (New)"}


def test_the_penalty_shortens_the_80_percent_time_horizons_of_models_by_a_fifth_to_a_third(
    told: HorizonResult,
) -> None:
    for alias in set(EXACT) - {"human", "gpt-3.5-turbo-instruct"}:
        short, long = row(told, alias, 80, "metr_2026_01").minutes, row(told, alias, 80).minutes
        assert short is not None
        assert long is not None
        assert 0.64 < short / long < 0.82


def test_the_document_holds_no_nan_and_the_trend_is_told(told: HorizonResult) -> None:
    document = told.document()
    json.dumps(document, allow_nan=False)
    assert document["trend"]["agents"][0] == "GPT-4 0314"
    assert (
        60
        < document["trend"]["lower"]
        < document["trend"]["doubling_days"]
        < document["trend"]["upper"]
        < 500
    )
    assert set(document["trend"]["left_out"]) == {"davinci-002", "gpt-3.5-turbo-instruct"}
    assert document["multiverse"]["combinations"] == 432
