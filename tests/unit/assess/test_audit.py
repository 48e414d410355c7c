from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.special import expit
from tests.characteristics.design import drawn_counts

from tasklaws.assess.audit import audit
from tasklaws.infer.irt import nuts, rasch

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts


def _counts(seed: int = 3) -> Counts:
    rng = np.random.default_rng(seed)
    return drawn_counts(expit(np.linspace(-2, 2, 6) - np.linspace(-2, 2, 12)[:, None]), 16, rng)


def _sampler(monkeypatch: pytest.MonkeyPatch, moved: float, **health: Any) -> None:
    """Replace the sampler by draws around the fit, the first model `moved` standard errors away."""

    def sampled(k: Any, n: Any, floor: Any, **options: Any) -> nuts.Sampled:
        fitted, rng = rasch.fit(k, n, floor), np.random.default_rng(options["seed"])
        ability = fitted.ability + fitted.ability_se * rng.standard_normal((4000, fitted.ability.size))
        ability[:, 0] += moved * fitted.ability_se[0]
        difficulty = fitted.difficulty + fitted.difficulty_se * rng.standard_normal((4000, k.shape[0]))
        told = {"divergences": 0, "r_hat": 1.0, "effective": 900.0} | health
        return nuts.Sampled(ability, difficulty, np.zeros_like(difficulty), **told)

    monkeypatch.setattr(nuts, "sampled", sampled)


@pytest.mark.parametrize(("moved", "ok"), [(0.0, True), (3.0, False)])
def test_a_fit_is_held_to_the_sampled_means(monkeypatch: pytest.MonkeyPatch, moved: float, ok: bool) -> None:
    _sampler(monkeypatch, moved)
    found = audit(_counts(), 1)
    assert found is not None
    assert found.ok is ok
    assert found.ability_off == pytest.approx(moved, abs=0.8)
    assert ("agrees" in found.text) is ok


@pytest.mark.parametrize("health", [{"r_hat": 1.2}, {"divergences": 3}, {"effective": 20.0}])
def test_a_sampler_that_did_not_settle_says_nothing(
    monkeypatch: pytest.MonkeyPatch, health: dict[str, Any]
) -> None:
    _sampler(monkeypatch, 0.0, **health)
    found = audit(_counts(), 1)
    assert found is not None
    assert found.ok is None


def test_one_task_is_not_audited() -> None:
    assert audit(_counts().tasks_at([0]), 1) is None


@pytest.mark.slow
def test_sampling_agrees_with_the_fit_of_a_sound_family() -> None:
    pytest.importorskip("numpyro")
    found = audit(_counts(), 1)
    assert found is not None
    assert found.ok
