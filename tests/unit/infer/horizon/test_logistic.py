from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from tests.unit.infer.horizon.made_up import AGENTS, drawn, usual

from tasklaws.core.errors import BadPlan
from tasklaws.infer.horizon import kernel
from tasklaws.infer.horizon.cells import Floats, HorizonCells
from tasklaws.infer.horizon.logistic import ALL_FAIL, ALL_PASS, FEW, OK, RISING, SEPARATED, LogisticFits, fit

EXACT = Decimal("1e-6")
"""Error of a log-odds."""


def cells(x: list[float], k: list[float], n: list[float], weight: float = 1.0) -> HorizonCells:
    """Return the cells of one agent."""
    names = tuple(f"task{t}" for t in range(len(x)))
    asked = np.array([n])
    return HorizonCells(
        ("agent",),
        names,
        np.zeros(len(x), int),
        np.array(x),
        np.array([k]),
        asked,
        weight * np.ones_like(asked),
    )


def way_to_go(x: Floats, passed: Floats, failed: Floats, penalty: float, at: tuple[float, float]) -> Decimal:
    """Return the largest relative change of a log-odds by one more Newton step, worked out to 60 digits.

    The objective is convex, so it is 0 at its only lowest point and nowhere else.
    """
    with localcontext(prec=60):
        level, slope = map(Decimal, map(float, at))
        used = [
            tuple(map(Decimal, map(float, one)))
            for one in zip(x, passed, failed, strict=True)
            if sum(one[1:])
        ]
        a, b, c = Decimal(0), Decimal(0), Decimal(float(penalty))
        up, along = Decimal(0), -Decimal(float(penalty)) * slope
        for place, won, lost in used:
            p = 1 / (1 + (-level - slope * place).exp())
            pull, bend = won * (1 - p) - lost * p, (won + lost) * p * (1 - p)
            up, along = up + pull, along + pull * place
            a, b, c = a + bend, b + bend * place, c + bend * place**2
        lift, turn = (c * up - b * along) / (a * c - b * b), (a * along - b * up) / (a * c - b * b)
        return max(abs(lift + turn * one[0]) / (1 + abs(level + slope * one[0])) for one in used)


@pytest.mark.parametrize("part", range(8))
def test_every_cell_is_fitted_exactly(part: int) -> None:
    searched = 0
    for seed in range(100 * part, 100 * (part + 1)):
        made, penalty = drawn(seed)
        found = fit(made, penalty)
        for a in range(AGENTS):
            if found.state[a] in (OK, RISING) and abs(found.slope[a]) < kernel.STEEP:
                won, lost = made.weight[a] * made.k[a], made.weight[a] * (made.n[a] - made.k[a])
                at = found.level[a], found.slope[a]
                assert way_to_go(made.doublings, won, lost, penalty, at) < EXACT, (seed, a)
                searched += 1
    assert searched > 100


@pytest.mark.parametrize("seed", range(60))
def test_a_general_optimiser_finds_the_same(seed: int) -> None:
    made, penalty = drawn(seed)
    found, x = fit(made, penalty), made.doublings - made.doublings.mean()
    for a in np.flatnonzero((found.state == OK) | (found.state == RISING)):
        won, lost = made.weight[a] * made.k[a], made.weight[a] * (made.n[a] - made.k[a])
        total = (won + lost).sum()

        def loss(
            at: Floats, won: Floats = won / total, lost: Floats = lost / total, over: float = total
        ) -> float:
            eta = at[0] + at[1] * x
            return float(-won @ log_expit(eta) - lost @ log_expit(-eta) + penalty / over / 2 * at[1] ** 2)

        other = minimize(
            loss, [0, 0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15, "maxiter": 900}
        )
        ours = loss(np.array([found.level[a] + found.slope[a] * made.doublings.mean(), found.slope[a]]))
        assert ours < other.fun + 1e-12


def state_by_definition(x: Floats, k: Floats, n: Floats, penalty: float) -> int:
    """Return the state, as the words of `LogisticFits` say it; slopes by SciPy's covariance are not used."""
    asked = n > 0
    x, k, n = x[asked], k[asked], n[asked]
    if not x.size:
        return FEW
    if not k.any():
        return ALL_FAIL
    if (k == n).all():
        return ALL_PASS
    if np.ptp(x) == 0:
        return FEW
    if penalty == 0 and x[k > 0].max() <= x[k < n].min():
        return SEPARATED
    return OK


def test_states_are_those_of_their_definitions() -> None:
    seen = set()
    for seed in range(400):
        made, penalty = drawn(seed)
        found = fit(made, penalty)
        for a in range(AGENTS):
            expected = state_by_definition(made.doublings, made.k[a], made.n[a], penalty)
            if expected == OK:  # success falls where its weighted covariance with time is negative
                weight = made.weight[a] * made.n[a] / (made.weight[a] * made.n[a]).sum()
                rate = np.divide(made.k[a], made.n[a], out=np.zeros(len(weight)), where=made.n[a] > 0)
                falls = weight @ ((rate - weight @ rate) * (made.doublings - weight @ made.doublings))
                if abs(falls) < 1e-12:
                    continue
                expected = OK if falls < 0 else RISING
            assert found.state[a] == expected, (seed, a)
            seen.add(expected)
    assert seen == {OK, ALL_FAIL, ALL_PASS, SEPARATED, RISING, FEW}


def test_time_horizons_of_every_state() -> None:
    states = np.array([OK, ALL_FAIL, ALL_PASS, SEPARATED, RISING, FEW], np.int8)
    level = np.array([2.0, -np.inf, np.inf, 5 * kernel.STEEP, 1.0, np.nan])
    slope = np.array([-0.5, 0.0, 0.0, -kernel.STEEP, 0.25, np.nan])
    found = LogisticFits(level, slope, states)
    nan = np.nan
    assert found.doublings_at(0.5) == pytest.approx([4, -np.inf, np.inf, 5, nan, nan], nan_ok=True)
    easier = (np.log(4) - 2) / -0.5
    assert found.doublings_at(0.8) == pytest.approx([easier, -np.inf, np.inf, 5, nan, nan], nan_ok=True)
    assert found.doublings_at(0.5, rising=True)[4] == -4


def test_the_middle_of_a_gap_is_the_limit_of_a_vanishing_penalty() -> None:
    parted = cells([1, 2, 6, 8], [3, 1, 0, 0], [3, 1, 2, 5])
    found = fit(parted)
    assert found.state == SEPARATED
    assert found.doublings_at(0.5) == found.doublings_at(0.99) == 4.0
    away = [abs(fit(parted, penalty).doublings_at(0.8)[0] - 4) for penalty in (1e-3, 1e-30, 1e-280)]
    assert away[0] > 5 * away[1] > 5 * away[2]
    assert away[2] < 0.01


def test_a_gap_may_be_closed_by_one_task_with_both() -> None:
    found = fit(cells([1, 4, 8], [3, 1, 0], [3, 4, 5]))
    assert found.state == SEPARATED
    assert found.doublings_at(0.5) == 4.0
    assert fit(cells([1, 4, 8], [3, 1, 1], [3, 4, 5])).state == OK


def test_only_products_of_weight_and_attempts_count() -> None:
    made = usual(0)
    found = fit(made)
    for other in (
        replace(made, weight=made.weight * 1e9),
        replace(made, weight=made.weight * 3, n=made.n / 3, k=made.k / 3),
    ):
        assert fit(other).level == pytest.approx(found.level, rel=1e-10)
        assert fit(other).slope == pytest.approx(found.slope, rel=1e-10)


def test_order_and_unit_of_time_do_not_matter() -> None:
    made = usual(1)
    found, order = fit(made), np.random.default_rng(0).permutation(len(made.tasks))
    turned = replace(
        made,
        doublings=made.doublings[order],
        k=made.k[:, order],
        n=made.n[:, order],
        weight=made.weight[:, order],
    )
    assert fit(turned).doublings_at(0.8) == pytest.approx(found.doublings_at(0.8), rel=1e-12)
    seconds = replace(made, doublings=made.doublings + np.log2(60))
    assert fit(seconds).doublings_at(0.8) - np.log2(60) == pytest.approx(found.doublings_at(0.8), rel=1e-10)


def test_a_known_logistic_is_recovered() -> None:
    x = np.linspace(0, 10, 21)
    rate = expit(2 - 0.4 * x)
    found = fit(cells(list(x), list(1000 * rate), [1000.0] * 21))
    assert (found.level[0], found.slope[0]) == pytest.approx((2, -0.4), rel=1e-12)


def test_a_penalty_flattens_and_must_not_be_negative() -> None:
    made = usual(2)
    assert (np.abs(fit(made, 0.1).slope) < np.abs(fit(made).slope)).all()
    with pytest.raises(BadPlan, match="penalty"):
        fit(made, -1.0)


def test_no_agents_and_no_tasks_are_nothing_to_fit() -> None:
    nobody = HorizonCells((), ("t",), np.zeros(1, int), np.zeros(1), *np.zeros((3, 0, 1)))
    assert fit(nobody).state.shape == (0,)
    nothing = HorizonCells(("a",), (), np.zeros(0, int), np.zeros(0), *np.zeros((3, 1, 0)))
    assert fit(nothing).state[0] == FEW
