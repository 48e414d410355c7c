from __future__ import annotations

import pytest

from tasklaws.assess.checkpoints import KEPT, SPAN, late_checkpoints
from tasklaws.spec.ladder import Rung


def run(name: str, steps: list[int], tokens_per_step: float | None = 1e6, **more: object) -> list[Rung]:
    return [
        Rung(
            f"{name}@{step}",
            n_params=1e6,
            n_tokens=None if tokens_per_step is None else tokens_per_step * step,
            step=step,
            replicate=name,
            **more,  # type: ignore[arg-type]
        )
        for step in steps
    ]


def test_finished_models_are_all_kept() -> None:
    rungs = [Rung("a", n_params=1.0), Rung("b", n_params=2.0)]
    assert late_checkpoints(rungs) == {"a", "b"}


@pytest.mark.parametrize("tokens", [1e6, None])
def test_early_checkpoints_are_left_out(tokens: float | None) -> None:
    kept = late_checkpoints(run("a", [0, 1, 100, 1000], tokens))
    assert kept == {"a@1000"}


def test_late_checkpoints_are_few_and_hold_the_first_and_the_last_of_their_span() -> None:
    steps = list(range(10, 1001, 10))
    kept = {int(name.split("@")[1]) for name in late_checkpoints(run("a", steps))}
    assert len(kept) == KEPT
    assert max(kept) == 1000
    assert min(kept) == min(step for step in steps if step * SPAN >= 1000)


def test_runs_are_thinned_each_on_its_own() -> None:
    steps = list(range(100, 1001, 100))
    kept = late_checkpoints([*run("a", steps), *run("b", steps)])
    assert sum(name.startswith("a@") for name in kept) == sum(name.startswith("b@") for name in kept) == KEPT


def test_a_run_without_progress_has_no_rung() -> None:
    assert late_checkpoints(run("a", [0])) == set()
