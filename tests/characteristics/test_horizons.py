"""Time horizons over a thousand worlds, and that the stored table keeps what it promises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.characteristics import horizons_page
from tests.characteristics.horizons import DESIGNS, cache_folder, code_hash, draw, limit, rows, run, truths

from tasklaws.infer.horizon import logistic

if TYPE_CHECKING:
    from pathlib import Path

BAND = (0.87, 0.93)
"""Where the coverage of 90 % intervals must lie."""
LEAST_WORLDS = 1000
STORED = horizons_page.stored()["rows"]


def _of(design: str, estimate: str, aim: str = "truth") -> dict[str, Any]:
    (found,) = [
        row for row in STORED if (row["design"], row["estimate"], row["aim"]) == (design, estimate, aim)
    ]
    return found


@pytest.mark.characteristics
def test_coverage_of_a_thousand_worlds_is_measured_and_stored(capsys: pytest.CaptureFixture[str]) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 - progress of a long run

    told = [
        row for one in DESIGNS for row in rows(one, run(one, one.worlds, cache_folder(), say))
    ]  # fmt: skip
    horizons_page.store(told, code_hash())


def test_the_stored_table_is_of_the_present_code() -> None:
    assert horizons_page.stored()["code"] == code_hash(), (
        "the mixed model has changed: python -m tests.characteristics.horizons --store"
    )


def test_the_page_is_that_of_the_table() -> None:
    path = horizons_page.TABLE.with_suffix(".md")
    assert path.read_text(encoding="utf-8") == horizons_page.page(horizons_page.stored())


@pytest.mark.parametrize(
    "row", [row for row in STORED if row["held"]], ids=lambda row: f"{row['design']}: {row['estimate']}"
)
def test_corrected_intervals_cover_as_often_as_they_say(row: dict[str, Any]) -> None:
    assert row["worlds"] >= LEAST_WORLDS
    assert BAND[0] <= row["coverage"] <= BAND[1]
    assert row["undefined"] == 0


def test_every_quantity_that_a_design_promises_is_held() -> None:
    promised = {(one.name, name) for one in DESIGNS for name in one.covered}
    assert {(row["design"], row["estimate"]) for row in STORED if row["held"]} == promised


@pytest.mark.parametrize(
    ("noise", "slope", "ahead"), [(0.5, 0.90, 0.87), (1.0, 0.70, 1.0), (1.5, 0.51, 1.26)]
)
def test_noise_in_times_biases_the_plain_fit_as_the_formal_model_says(
    noise: float, slope: float, ahead: float
) -> None:
    row = _of(f"noise {noise:g}, alike", "plain 50")
    by_chance = 4 * row["error"] / row["worlds"] ** 0.5 + 0.02
    assert row["slope"] == pytest.approx(slope, abs=0.03)
    assert row["bias"] * np.log(2) == pytest.approx(ahead - 0.81, abs=by_chance)


@pytest.mark.parametrize("noise", ["0.5", "1", "1.5"])
def test_the_mixed_model_takes_the_bias_away_and_simex_a_part_of_it(noise: str) -> None:
    plain, mended, mixed = (_of(f"noise {noise}", f"{kind} 50") for kind in ("plain", "simex", "typical"))
    assert abs(mixed["bias"]) < 0.25 * plain["bias"] + 0.02
    assert mixed["bias"] < mended["bias"] < plain["bias"]
    assert mixed["slope"] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("design", "ratio"), [("spread .5", 1.08), ("spread 1", 1.30), ("spread 2", 2.32)])
def test_typical_and_marginal_horizons_are_as_far_apart_as_p23_says(design: str, ratio: float) -> None:
    (one,) = [one for one in DESIGNS if one.name == design]
    true = truths(one)
    assert 2 ** (true["typical 80"] - true["marginal 80"]) == pytest.approx(ratio, abs=0.01)
    for name in ("typical 80", "marginal 80"):
        assert abs(_of(design, name)["bias"]) < 0.1


def test_padding_that_nobody_knows_lengthens_every_horizon_and_leaving_it_out_mends_it() -> None:
    for name in ("plain 50", "typical 50"):
        assert _of("padded, unknown", name)["bias"] > 1
        assert _of("padded, unknown", name)["coverage"] < 0.2
        assert abs(_of("padded, left out", name)["bias"]) < 0.15


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    design, said = replace(DESIGNS[0], families=6), []
    first = run(design, 2, tmp_path, said.append)
    again = run(design, 3, tmp_path, said.append)
    assert again[:2] == first
    assert said == ["spread .5: 2 of 2", "spread .5: 3 of 3"]
    assert run(design, 3, tmp_path, said.append) == again
    assert len(said) == 2


def test_the_limit_of_the_plain_fit_is_what_a_large_world_finds() -> None:
    design = replace(DESIGNS[2], families=4000, tasks=1)
    cells, _ = draw(design, np.random.default_rng(1))
    found = logistic.fit(cells, 0.1)
    for level, value in limit(design, 0.1).items():
        assert found.doublings_at(int(level) / 100)[0] == pytest.approx(value, abs=0.15)
