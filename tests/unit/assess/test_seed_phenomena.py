"""What a study shows of the seeds, on made-up attempts whose phenomena are planted or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.studies import constant, make, sized

from tasklaws.assess.seed_phenomena import Phenomenon, SeedPhenomena, seed_phenomena
from tasklaws.core.errors import NoAnswer
from tasklaws.core.provenance import sha256_hex
from tasklaws.core.tables import RUNS, validate
from tasklaws.run.arrivals import parquet_bytes
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

WIDTHS = (8, 16, 32, 64)
SEEDS = (0, 1)
N = 40
MIX = [
    {
        "family": "sum_range",
        "sizes": [10, 1000],
        "paths": [["loop", [0.75, 0.5]], ["closed_form", [0.25, 0.5]]],
    }
]


@dataclass(frozen=True)
class Cell:
    """The attempts of one model at one task."""

    family: str
    size: int
    width: int
    seed: int
    right: int
    similarity: float = 0.5
    path: str = "loop"
    tool: str | None = "ok"
    metrics: tuple[tuple[str, float, float], ...] = ()
    """Further metrics: name, score of a wrong answer, and of a right one."""

    def rows(self) -> Iterable[dict[str, Any]]:
        """Return one row per attempt and metric."""
        for i in range(N):
            ok = i < self.right
            for metric, low, high in (("exact", 0.0, 1.0), *self.metrics):
                yield {
                    "model": f"d{self.width}_s{self.seed}",
                    "task_family": self.family,
                    "task_id": f"{self.family}/{self.size}",
                    "instance_id": f"{self.family}/{self.size}/0/{i}",
                    "elicitation": "greedy",
                    "metric": metric,
                    "score": high if ok else low,
                    "path": self.path,
                    "tool_outcome": self.tool,
                    "solution_similarity": self.similarity,
                }


def study_of(folder: Path, cells: Iterable[Cell]) -> Path:
    """Write a study with these attempts."""
    (folder / "runs").mkdir(parents=True)
    rungs = "".join(
        f'[[rung]]\nmodel = "d{w}_s{s}"\nlineage = "demo"\nn_params = {w**2}.0\nseed = {s}\n'
        for w in WIDTHS
        for s in SEEDS
    )
    (folder / "ladder.toml").write_text(f'axis = "n_params"\n{rungs}')
    (folder / "study.toml").write_text(
        'name = "made up"\nmetric = "exact"\nelicitation = "greedy"\nseed = 0\n'
    )
    rows = [row for cell in cells for row in cell.rows()]
    content = parquet_bytes(validate(pl.DataFrame(rows, infer_schema_length=None), RUNS, "made up"))
    (folder / "runs" / "a.parquet").write_bytes(content)
    models = sorted({row["model"] for row in rows})
    said = {"import_id": "a", "format": "made up", "rows": len(rows), "quarantined": 0, "models": models}
    parts = {"runs/a.parquet": sha256_hex(content)}
    Log(folder / "log.jsonl").append("run_part", {**said, "parts": parts, "rungs": []})
    return folder


def every(make_cell: Callable[[int, int], Iterable[Cell]]) -> list[Cell]:
    """Return the cells of every width and seed."""
    return [cell for width in WIDTHS for seed in SEEDS for cell in make_cell(width, seed)]


def found(tmp_path: Path, cells: Iterable[Cell], name: str) -> Phenomenon:
    result = seed_phenomena(study_of(tmp_path / "study", cells), MIX)
    return next(one for one in result.phenomena if one.name == name)


def value(phenomenon: Phenomenon, name: str) -> float:
    return next(one.value for one in phenomenon.figures if one.name == name)


def chain(width: int, seed: int, *, top: int = N) -> list[Cell]:
    """Return sha_chain: nothing below width 32; then all of two sizes, `top` of one, and one cut."""
    able = width >= 32
    return [
        Cell("sha_chain", 10, width, seed, N * able, 0.95),
        Cell("sha_chain", 100, width, seed, N * able, 0.95),
        Cell("sha_chain", 1000, width, seed, top * able, 0.95),
        Cell("sha_chain", 10_000, width, seed, 0, 0.95, tool="timeout"),
    ]


def test_all_models_above_the_threshold_score_what_the_limits_allow(tmp_path: Path) -> None:
    said = found(tmp_path, every(chain), "same_share")
    assert said.found is True
    assert value(said, "allowed by the limits") == 0.75
    assert [one.value for one in said.figures[1:]] == [0.75] * 4
    assert "4 of 8 models" in said.text
    assert "out of time: 10000 of 10, 100, 1000, 10000" in said.text


def test_models_that_fall_short_of_the_limits_are_said_to(tmp_path: Path) -> None:
    assert found(tmp_path, every(lambda w, s: chain(w, s, top=0)), "same_share").found is False


def test_without_a_model_above_the_threshold_the_share_is_undefined(tmp_path: Path) -> None:
    weak = [cell for cell in every(chain) if cell.width < 32]
    said = found(tmp_path, weak, "same_share")
    assert said.found is None
    assert said.reason is not None
    assert said.reason in said.text


def gated(similarity: float, wrong: float, right: float) -> list[Cell]:
    """Return sha_of: none right at three widths, half at the last."""
    scores = (("token_accuracy", wrong, right),)
    return every(
        lambda w, s: [Cell("sha_of", 5, w, s, N // 2 * (w == 64), similarity, "call", metrics=scores)]
    )


@pytest.mark.parametrize(
    ("similarity", "scores", "expected", "binarity"),
    [
        (0.96, (0.0, 1.0), True, 1.0),
        (0.6, (0.0, 1.0), False, 1.0),
        (0.96, (0.4, 0.6), True, 0.04),
    ],
)
def test_close_programs_with_wrong_answers_are_all_or_nothing(
    tmp_path: Path, similarity: float, scores: tuple[float, float], *, expected: bool, binarity: float
) -> None:
    said = found(tmp_path, gated(similarity, *scores), "all_or_nothing")
    assert said.found is expected
    assert value(said, "binarity on sha_of (d64_s0)") == pytest.approx(binarity)
    assert f"{100 * similarity:.0f} %" in said.text


def sums(jump: int) -> list[Cell]:
    """Return sum_range: loops up to 10, the formula beyond; `jump` right at the last width."""
    return every(
        lambda w, s: [
            Cell("sum_range", 10, w, s, N, path="loop"),
            Cell("sum_range", 1000, w, s, jump if w == 64 else 0, path="closed_form"),
            Cell("sum_range", 2000, w, s, 0, path="loop", tool="timeout"),
        ]
    )


def test_the_shortcut_is_seen_beyond_the_loop_and_said_to_be_taught(tmp_path: Path) -> None:
    said = found(tmp_path, sums(N), "shortcut")
    assert said.found is True
    assert "The corpus taught the formula" in said.text
    assert "25 % at 10, 50 % at 1000" in said.text
    assert "from 0 % at d32 to 50 % at d64" in said.text
    assert "320 of 640 attempts there were loops, and 320 of these ran out of time" in said.text
    assert value(said, "share of the formula at d8") == pytest.approx(1 / 3)


def test_no_shortcut_where_nothing_beyond_the_loop_is_right(tmp_path: Path) -> None:
    said = found(tmp_path, sums(0), "shortcut")
    assert said.found is False
    assert "accuracy never rose" in said.text


def test_without_the_mix_nothing_is_said_of_what_was_taught(tmp_path: Path) -> None:
    result = seed_phenomena(study_of(tmp_path / "study", sums(N)))
    said = next(one for one in result.phenomena if one.name == "shortcut")
    assert "not on record" in said.text


def calls(rates: dict[int, float]) -> list[Cell]:
    return every(
        lambda w, s: [Cell("nested_calls", size, w, s, round(N * rate)) for size, rate in rates.items()]
    )


def test_a_geometric_fall_is_found_with_its_factor(tmp_path: Path) -> None:
    said = found(tmp_path, calls({size: 0.75**size for size in (1, 2, 3, 4, 6)}), "geometric")
    assert said.found is True
    assert value(said, "factor per call of d8_s0") == pytest.approx(0.75, abs=0.02)
    assert value(said, "R^2 of d8_s0") > 0.98


def test_a_cliff_is_not_geometric(tmp_path: Path) -> None:
    said = found(tmp_path, calls({1: 0.95, 2: 0.95, 3: 0.95, 4: 0.1, 6: 0.1}), "geometric")
    assert said.found is False
    assert value(said, "p of the lines") < 0.001


def test_two_sizes_are_no_line(tmp_path: Path) -> None:
    assert found(tmp_path, calls({1: 0.5, 2: 0.25, 3: 0.0}), "geometric").found is None


@pytest.mark.parametrize(("rise", "expected"), [(0.05, True), (0.0, False)])
def test_likeness_that_rises_while_nothing_is_right(tmp_path: Path, rise: float, expected: bool) -> None:
    cells = every(
        lambda w, s: [
            Cell(
                "transform",
                size,
                w,
                s,
                0,
                tool=None,
                metrics=(("edit_similarity", 0.1 * size + rise * w / 8, 1),),
            )
            for size in (2, 4)
        ]
    )
    said = found(tmp_path, cells, "smooth_text")
    assert said.found is expected
    assert said.figures[-1].value == pytest.approx(7 * rise)
    assert "0 of 160 answers" in said.text


def test_right_answers_are_no_part_of_the_rise(tmp_path: Path) -> None:
    likeness = (("edit_similarity", 0.3, 1.0),)
    cells = every(lambda w, s: [Cell("transform", 4, w, s, 2 * (w == 64), metrics=likeness)])
    said = found(tmp_path, cells, "smooth_text")
    assert said.found is False
    assert said.figures[-1].value == pytest.approx(0)
    assert said.figures[-1].n == N - 2


def crossing(family: str, at: dict[int, int]) -> list[Cell]:
    """Return a family whose sizes become right at the given widths."""
    return every(lambda w, s: [Cell(family, size, w, s, N * (w >= first)) for size, first in at.items()])


@pytest.mark.parametrize(
    ("at", "verdict", "rungs"),
    [
        ({1: 16, 2: 16, 3: 16}, "one step", 1),
        ({1: 16, 2: 16, 3: 32}, "two steps", 2),
        ({1: 16, 2: 32, 3: 64}, "spread", 3),
        ({1: 8, 2: 8}, "not enough data", 1),
        ({1: 64, 2: 64}, "not enough data", 1),
        ({1: 16, 2: 999}, "not enough data", 1),
    ],
)
def test_thresholds_coincide_or_lie_apart(
    tmp_path: Path, at: dict[int, int], verdict: str, rungs: int
) -> None:
    result = seed_phenomena(study_of(tmp_path / "study", crossing("addition", at)))
    (row,) = result.thresholds
    assert (row.verdict, row.rungs, row.sizes) == (verdict, rungs, len(at))
    said = next(one for one in result.phenomena if one.name == "coinciding")
    assert said.found is {"one step": True, "not enough data": None}.get(verdict, False)


@pytest.mark.parametrize(("gap", "expected"), [(10, True), (0, False), (-10, False)])
def test_order_is_compared_at_equal_work(tmp_path: Path, gap: int, expected: bool) -> None:
    def pair(width: int, seed: int) -> list[Cell]:
        right = 18 + seed + width // 16
        return [
            *(Cell("work_any_order", size, width, seed, right, tool=None) for size in (1, 2)),
            *(
                Cell("work_in_order", size, width, seed, right - gap + 2 * seed - 1, tool=None)
                for size in (1, 2)
            ),
            Cell("work_in_order", 5, width, seed, 0, tool=None),
        ]

    said = found(tmp_path, every(pair), "order")
    assert said.found is expected
    assert said.figures[0].value == pytest.approx(-gap / N)


@pytest.mark.parametrize(("apart", "expected"), [(0, False), (12, True)])
def test_seeds_that_differ_by_more_than_chance(tmp_path: Path, apart: int, expected: bool) -> None:
    rng = np.random.default_rng(3)
    cells = every(
        lambda w, s: [
            Cell("addition", size, w, s, int(rng.binomial(N, 0.5)) + apart * (s * 2 - 1) // 2)
            for size in range(1, 7)
        ]
    )
    said = found(tmp_path, cells, "rung_shock")
    assert said.found is expected
    ratio = value(said, "SD between seeds in units of chance")
    assert ratio > 3 if expected else ratio < 2


def test_curves_hold_every_model_and_family_and_the_result_repeats(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", [*every(chain), *sums(N)])
    first, second = (seed_phenomena(study, MIX) for _ in range(2))
    assert isinstance(first, SeedPhenomena)
    assert first == second
    assert {(one.family, one.model) for one in first.curves} == {
        (family, f"d{w}_s{s}") for family in ("sha_chain", "sum_range") for w in WIDTHS for s in SEEDS
    }
    assert all(one.lower <= one.accuracy <= one.upper for one in first.curves)
    assert set(first.document()) == {"phenomena", "curves", "thresholds"}


def test_a_study_without_programs_has_no_answer(tmp_path: Path) -> None:
    study = make(tmp_path, constant(sized(3), [0.1, 0.2, 0.3]), sized(3))
    with pytest.raises(NoAnswer, match="no-programs-of-models"):
        seed_phenomena(study)
