"""Claims on a small study: their kinds, their numbers against the verbs', and what is said where none are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.studies import make, of, planted, sized, take_in

from tasklaws.assess.backtesting import backtest
from tasklaws.assess.forecast import predict
from tasklaws.assess.headline.claim import KINDS
from tasklaws.assess.headline.headline import headline_of
from tasklaws.assess.headline.known import Known
from tasklaws.assess.headline.maker import in_order
from tasklaws.assess.headline.means import difference_of, mean_of, paired
from tasklaws.assess.headline.words import SCALE, estimate, likelihood, listed, minutes, outside
from tasklaws.assess.opening import open_forecast
from tasklaws.core.errors import NoAnswer
from tasklaws.core.provenance import sha256_hex
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.headline.claim import Claim

MODELS = sized(6)
CELLS = planted(MODELS)
LONGEST = 55
"""Words of a claim; names and numbers count."""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """Return a study of five models of which the last forecast was opened; that of a sixth waits."""
    folder = tmp_path_factory.mktemp("headline")
    study = make(folder, of(CELLS, *(f"m{i}" for i in range(4))), MODELS)
    predict(study, "m4", seal=True)
    take_in(folder, of(CELLS, "m4"), study)
    open_forecast(study)
    predict(study, "m5", seal=True)
    return Known(Study(study), made={"tested": backtest(study)})


@pytest.fixture(scope="module")
def claims(known: Known) -> dict[str, Claim]:
    return {claim.name: claim for claim in headline_of(known).claims}


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))]


def test_claims_stand_in_order_and_each_has_its_kind_and_evidence(claims: dict[str, Claim]) -> None:
    kinds = {name: claim.kind for name, claim in claims.items()}
    assert kinds == {
        "score": "observed", "change": "observed", "forecast": "guess", "past": "derived",
        "opened": "derived", "families": "derived", "elicitation": "observed", "unknown": "observed",
    }  # fmt: skip
    order = [maker.name for maker in in_order()]
    assert list(kinds) == [name for name in order if name in kinds]
    assert set(kinds.values()) == set(KINDS)
    for claim in claims.values():
        assert claim.rests_on
        assert len(claim.text.split()) <= LONGEST, claim.text


def test_the_score_is_that_of_the_counts(claims: dict[str, Claim], known: Known) -> None:
    rates = [k / n for (model, _, _), (k, n) in CELLS.items() if model == "m4"]
    assert f"scores {100 * np.mean(rates):.1f}" in claims["score"].text
    found = mean_of(known.of("m4"))
    assert estimate(found.value, found.lower, found.upper) in claims["score"].text
    assert found.attempts == sum(n for (model, _, _), (_, n) in CELLS.items() if model == "m4")


def test_the_change_is_that_of_the_counts_and_names_what_would_undo_it(claims: dict[str, Claim]) -> None:
    means = {m: np.mean([k / n for (name, _, _), (k, n) in CELLS.items() if name == m]) for m in ("m3", "m4")}
    assert f"{100 * abs(means['m4'] - means['m3']):.1f}" in claims["change"].text
    assert "more than m3" in claims["change"].text
    assert claims["change"].would_change is not None


def test_parts_are_named_with_the_hashes_of_their_bytes(claims: dict[str, Claim], known: Known) -> None:
    named = [rest for claim in claims.values() for rest in claim.rests_on if rest.sha256]
    assert {rest.where.split("/")[0] for rest in named} == {"cells", "forecasts"}
    for rest in named:
        assert sha256_hex((known.study.path / rest.where).read_bytes()) == rest.sha256


def test_the_forecast_is_the_sealed_one_and_its_chance_is_in_the_words_of_the_scale(
    claims: dict[str, Claim], known: Known
) -> None:
    text, waiting = claims["forecast"].text, known.waiting
    assert waiting is not None
    total = waiting.table.filter(pl.col("level") == "aggregate").row(0, named=True)
    assert estimate(total["mean"], total["q050"], total["q950"]) in text
    assert f"sealed on {waiting.sealed_at[:10]}" in text
    assert any(words in text for _, words in SCALE) or "given a chance" in text
    assert claims["forecast"].rests_on[0].sha256 == waiting.sha256
    assert outside(total["q050"], total["q950"]) in str(claims["forecast"].would_change)


def test_past_errors_are_those_of_the_backtest(claims: dict[str, Claim], known: Known) -> None:
    document = known.tested.document() if known.tested else {}
    assert f"{document['mae']:.1f}" in claims["past"].text
    assert f"{100 * abs(document['skill']):.0f}" in claims["past"].text
    assert "may be luck" in claims["past"].text  # so few folds carry no claim of significance
    assert claims["past"].rests_on[0].where == "tasklaws backtest study"


def test_the_opened_forecast_is_told_with_what_came(claims: dict[str, Claim], known: Known) -> None:
    opened = known.opened
    assert opened is not None
    assert opened.scored.mean is not None
    told = numbers(claims["opened"].text)
    assert any(abs(100 * opened.scored.mean.observed - number) < 1 for number in told)
    assert any(abs(100 * opened.scored.mean.mean - number) < 1 for number in told)


def test_without_a_ladder_what_is_missing_is_said(tmp_path: Path) -> None:
    study = take_in(tmp_path, of(CELLS, "m0", "m1"), tmp_path / "study")
    told = {claim.name: claim for claim in headline_of(Known(Study(study))).claims}
    assert "stand on no ladder" in told["forecast"].text
    assert "not known, as none was scored" in told["past"].text
    assert "no ladder orders the models" in told["unknown"].text
    assert not {"change", "opened", "families"} & set(told)
    assert {claim.kind for claim in told.values()} == {"observed"}


def test_a_study_without_results_has_no_claims(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('name = "empty"\n')
    with pytest.raises(NoAnswer, match="no-results"):
        headline_of(Known(Study(tmp_path)))


def test_intervals_of_means_hold_nine_times_in_ten() -> None:
    rng, runs, n = np.random.default_rng(1), 150, 20
    rates = np.array([0.02, 0.1, 0.4, 0.5, 0.8, 0.97])
    held = {"mean": 0, "difference": 0}
    for _ in range(runs):
        k = rng.binomial(n, rates, (2, len(rates)))
        cells = pl.DataFrame(
            {
                "model": ["a"] * len(rates) + ["b"] * len(rates), "task_family": "f",
                "task_id": [f"t{i}" for i in range(len(rates))] * 2, "n": n, "k": k.ravel().astype(float),
                "sum": None, "sum_sq": None,
            },
            schema_overrides={"sum": pl.Float64, "sum_sq": pl.Float64},
        )  # fmt: skip
        mean, apart = mean_of(cells.filter(pl.col("model") == "a")), difference_of(paired(cells, "a", "b"))
        held["mean"] += mean.lower <= rates.mean() <= mean.upper
        held["difference"] += apart.lower <= 0 <= apart.upper
    assert all(0.83 <= count / runs <= 0.97 for count in held.values()), held


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.03, "almost no chance"), (0.3, "unlikely"), (0.5, "roughly even chance"), (0.8, "likely"),
     (0.81, "very likely"), (0.97, "almost certain"), (0.995, "given a chance above 99")],
)  # fmt: skip
def test_probabilities_have_the_words_of_the_scale(p: float, words: str) -> None:
    assert likelihood(p).startswith(words)


def test_numbers_in_words() -> None:
    assert outside(0.0, 1.0) == "no score at all"
    assert outside(0.2, 1.0).replace("\u00a0", " ") == "below 20 %"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert [minutes(m).replace("\u00a0", " ") for m in (2.6, 43, 222, 4000)] == [
        "2.6 minutes", "43 minutes", "3.7 hours", "2.8 days",
    ]  # fmt: skip
