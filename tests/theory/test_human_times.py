"""Human times: closed forms and tables against simulations that know nothing of them; P14 and P14b.

The simulations share the assumptions of the laws. They check the algebra, not people.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from tasklaws.core.errors import BadInput, BadPlan, NoAnswer
from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed, Geometric, LogNormal
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import HumanTime, Step
from tasklaws.theory.baselines import (
    baseline_factor,
    baselines_needed,
    censored_fit,
    geometric_mean,
    has_two_modes,
    log_sd_with_blow_up,
    success_only_factor,
)
from tasklaws.theory.human_times import draw, time_law
from tasklaws.theory.run_times import linear_rows, per_operation
from tasklaws.theory.time_tables import gives_up, tabulate

if TYPE_CHECKING:
    from tasklaws.theory.human_times import Floats

N = 40_000

MIXED = {"trick": 0.3, "habit": 0.6, "map": 0.8}


def _step(minutes: float, sigma: float = 0.4, *, blow_up: float = 0.0, extra: float = 0.0) -> Step:
    return Step(f"{minutes:g}", human=HumanTime(minutes, sigma, blow_up, extra, 0.5))


def _trick(short: Plan, long: Plan) -> OneOf:
    return OneOf((Way("trick", short), Way(None, long)))


TOOL = Step("run", seconds=Geometric(30.0), human=HumanTime(2.0, 0.3))
PLANS: dict[str, Plan] = {
    "step": _step(20, 0.8),
    "blow-ups": InOrder(tuple(_step(5, blow_up=0.06, extra=20) for _ in range(12))),
    "any order": AnyOrder((_step(3), _step(4), _step(5))),
    "choice": _trick(_step(1, 0.2), _step(56, 0.2)),
    "choice twice": InOrder((_trick(_step(1), _step(10)), _step(3), _trick(_step(2), _step(30)))),
    "skipped": InOrder((_step(4), Maybe(_step(9), skip="habit"))),
    "loop by tool": Repeat(TOOL, 40, "tool", seconds=LogNormal(20.0, 0.7)),
    "turns": Repeat(_step(0.02), 20, "tool", seconds=Geometric(3.0)),
    "loop by hand": Repeat(_trick(_step(0.5), _step(3, blow_up=0.1, extra=8)), 15, "hand"),
    "some of many": KofN(2, (OneOf((Way("map", _step(5)),)), _step(7), _step(11))),
    "graph": Graph((("a", _step(2)), ("b", Maybe(_step(9), skip="habit")), ("c", _step(1))), (("a", "b"),)),
    "never": InOrder((OneOf((Way("map", _step(5)),)), _step(30, 0.9))),
}


class Crowd:
    """People walking through a plan, all at once; written without a look at the law under test."""

    def __init__(self, plan: Plan, person: Agent, n: int, rng: np.random.Generator) -> None:
        self.n, self.rng, self.slowness = n, rng, person.slowness
        self.knows = {bit: rng.random(n) < chance for bit, chance in person.knows.items()}
        self.minutes = self.walk(plan)

    def walk(self, plan: Plan) -> Floats:  # noqa: PLR0911  one case per node
        match plan:
            case Step():
                return self.work(plan)
            case OneOf():
                left = np.full(self.n, np.inf)
                for way in reversed(plan.ways):
                    here = np.full(self.n, way.knows is None) if way.knows is None else self.knows[way.knows]
                    left = np.where(here, self.walk(way.plan), left)
                return left
            case Maybe():
                return np.where(self.knows[plan.skip], 0.0, self.walk(plan.part))
            case Repeat() if plan.by == "tool":
                return self.walk(plan.part) + plan.times * self.seconds(plan.seconds)
            case Repeat():
                return np.sum([self.walk(plan.part) for _ in range(plan.times)], axis=0)
            case KofN():
                parts = np.array([self.walk(part) for part in plan.parts])
                reached = np.cumsum(np.isfinite(parts), axis=0)
                taken = np.where(np.isfinite(parts) & (reached <= plan.k), parts, 0).sum(axis=0)
                return np.where(reached[-1] >= plan.k, taken, np.inf)
            case Graph():
                return np.sum([self.walk(part) for _, part in plan.parts], axis=0)
        return np.sum([self.walk(part) for part in plan.parts], axis=0)

    def work(self, step: Step) -> Floats:
        human = step.human
        assert human is not None
        minutes = human.median_minutes * np.exp(human.sigma * self.rng.standard_normal(self.n))
        dug = human.blow_up_minutes * np.exp(human.blow_up_sigma * self.rng.standard_normal(self.n))
        return (
            minutes + np.where(self.rng.random(self.n) < human.blow_up, dug, 0) + self.seconds(step.seconds)
        )

    def seconds(self, cost: Fixed | LogNormal | Geometric) -> Floats:
        match cost:
            case Fixed():
                drawn = np.full(self.n, cost.value)
            case LogNormal():
                drawn = cost.median * np.exp(cost.sigma * self.rng.standard_normal(self.n))
            case Geometric():
                drawn = 1 + np.floor(np.log(self.rng.random(self.n)) / np.log(1 - 1 / cost.mean))
        return drawn * self.slowness / 60


def _person(**knows: float) -> Agent:
    return Agent("people", {}, knows or MIXED, slowness=1.5)


def _crowd(name: str) -> Floats:
    return Crowd(PLANS[name], _person(), N, np.random.default_rng(len(name))).minutes


def _agrees(sample: Floats, truth: float) -> bool:
    return abs(sample.mean() - truth) <= 4 * sample.std() / math.sqrt(sample.size) + 1e-9


# --- the law of a plan ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANS)
def test_mean_and_variance_are_those_of_simulated_people(name: str) -> None:
    law, minutes = time_law(PLANS[name], _person()), _crowd(name)
    finished = minutes[np.isfinite(minutes)]
    assert _agrees(np.isinf(minutes).astype(float), law.never)
    assert _agrees(finished, law.mean)
    assert _agrees((finished - law.mean) ** 2, law.variance)


@pytest.mark.parametrize("name", PLANS)
def test_table_is_the_distribution_of_simulated_people(name: str) -> None:
    law, minutes = time_law(PLANS[name], _person()), _crowd(name)
    table = tabulate(law)
    for at in np.quantile(minutes[np.isfinite(minutes)], [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]):
        left = float(table.survival(at))
        smeared = float(table.survival(max(at - 3 * table.blur, 0)) - table.survival(at + 3 * table.blur))
        assert abs((minutes > at).mean() - left) < 4 * math.sqrt(left * (1 - left) / N) + smeared
        assert table.quantile(1 - left) == pytest.approx(at, abs=3 * table.blur, rel=1e-6)


@pytest.mark.parametrize("name", PLANS)
def test_table_keeps_the_mean_and_adds_no_more_variance_than_its_blur(name: str) -> None:
    law = time_law(PLANS[name], _person())
    table = tabulate(law, until=law.mean + 60 * math.sqrt(law.variance))
    middles, weights = (table.minutes[1:] + table.minutes[:-1]) / 2, np.diff(table.done) / (1 - law.never)
    middles[0] = 0.0  # the first cell is the upper half of one about 0
    mean = weights @ middles
    added = weights @ (middles - mean) ** 2 - law.variance
    assert mean == pytest.approx(law.mean, rel=2e-4)
    assert -2e-2 * law.variance < added < table.blur**2


def test_table_of_one_log_normal_time_is_its_law() -> None:
    table = tabulate(time_law(_step(20, 0.8), _person()))
    at = np.array([2.0, 5, 10, 20, 50, 100, 200])
    np.testing.assert_allclose(table.survival(at), stats.lognorm.sf(at, 0.8, scale=20), atol=2e-6)
    for rate in (0.01, 0.5, 0.99):
        assert table.quantile(rate) == pytest.approx(stats.lognorm.ppf(rate, 0.8, scale=20), rel=1e-3)


def test_table_of_two_times_is_the_convolution_integral() -> None:
    table = tabulate(time_law(InOrder((_step(10, 0.5), _step(30, 0.7))), _person()))
    first = np.linspace(0, 1, 20_001)[1:-1] ** 3 * 400
    for at in (15.0, 40.0, 90.0):
        x = first[first < at]
        inner = stats.lognorm.pdf(x, 0.5, scale=10) * stats.lognorm.cdf(at - x, 0.7, scale=30)
        assert 1 - float(table.survival(at)) == pytest.approx(np.trapezoid(inner, x), abs=1e-4)


def test_finer_tables_converge() -> None:
    law = time_law(PLANS["blow-ups"], _person())
    tables = [tabulate(law, until=600, cells=2**c) for c in (10, 12, 16)]
    left = [float(table.survival(70)) for table in tables]
    assert abs(left[1] - left[2]) < abs(left[0] - left[2]) / 4
    assert tables[2].blur < tables[1].blur < tables[0].blur


@pytest.mark.parametrize("name", PLANS)
def test_draws_have_the_moments_of_the_law(name: str) -> None:
    law = time_law(PLANS[name], _person())
    minutes = draw(law, N, np.random.default_rng(1))
    finished = minutes[np.isfinite(minutes)]
    assert _agrees(np.isinf(minutes).astype(float), law.never)
    assert _agrees(finished, law.mean)
    assert _agrees((finished - law.mean) ** 2, law.variance)


def test_knowledge_holds_for_the_whole_task() -> None:
    sure = {"trick": 1.0, "habit": 0.0, "map": 0.0}
    quick = time_law(PLANS["choice twice"], _person(**sure)).mean
    slow = time_law(PLANS["choice twice"], _person(**sure | {"trick": 0.0})).mean
    law = time_law(PLANS["choice twice"], _person(**sure | {"trick": 0.5}))
    assert len(law.routes) == 2
    assert law.mean == pytest.approx((quick + slow) / 2)
    assert law.variance > ((slow - quick) / 2) ** 2


def test_certain_times_have_no_spread() -> None:
    plan = InOrder((Step("write", human=HumanTime(5)), Step("run", seconds=Fixed(120), human=HumanTime(0))))
    law = time_law(plan, Agent("people", {}))
    table = tabulate(law)
    assert (law.mean, law.variance) == (7, 0)
    assert table.quantile(0.5) == pytest.approx(7, abs=3 * table.blur)
    assert gives_up(law, 6.9) == pytest.approx(1, abs=1e-9)
    assert gives_up(law, 7.1) == pytest.approx(0, abs=1e-9)


def test_a_long_loop_by_hand_is_nearly_normal() -> None:
    law = time_law(Repeat(_step(0.1, 1.0), 5000, "hand"), _person())
    table = tabulate(law, until=2 * law.mean)
    spread = math.hypot(math.sqrt(law.variance), table.blur)
    for z in (-1.5, 0.0, 1.5):
        left = float(table.survival(law.mean + z * math.sqrt(law.variance)))
        assert left == pytest.approx(stats.norm.sf(z), abs=0.02)
    assert table.blur < spread / 2


def test_share_that_gives_up_counts_those_who_never_finish() -> None:
    law, minutes = time_law(PLANS["never"], _person()), _crowd("never")
    for limit in (20.0, 60.0, 200.0):
        lost = gives_up(law, limit)
        assert abs((minutes > limit).mean() - lost) < 4 * math.sqrt(lost * (1 - lost) / N)
    assert gives_up(law, 1e5) == pytest.approx(law.never, abs=1e-6)


def test_a_step_without_human_time_is_refused() -> None:
    with pytest.raises(BadPlan, match=r"step 'x' has no human time\. The time .* State it: human="):
        time_law(InOrder((_step(1), Step("x"))), _person())


def test_a_plan_that_nobody_can_finish_is_refused() -> None:
    with pytest.raises(
        BadPlan, match=r"nobody like 'people' .* A law .* Let the population know one of: map"
    ):
        time_law(PLANS["never"], _person(trick=1.0))


def test_a_plan_with_too_much_unsure_knowledge_is_refused() -> None:
    plan = InOrder(tuple(Maybe(_step(1), skip=f"s{i}") for i in range(13)))
    with pytest.raises(BadPlan, match=r"unsure of 13 .* 12 can be mixed exactly\. Set some to 0 or 1\."):
        time_law(plan, Agent("people", {}, {f"s{i}": 0.5 for i in range(13)}))
    sure = Agent("people", {}, {f"s{i}": float(i < 6) for i in range(13)})
    assert time_law(plan, sure).mean == pytest.approx(7 * _one_minute())


def _one_minute() -> float:
    return LogNormal(1, 0.4).mean


def test_a_table_refuses_what_lies_beyond_it() -> None:
    table = tabulate(time_law(PLANS["never"], _person()), until=100)
    assert table.survival(100) > 0.2
    with pytest.raises(BadInput, match=r"101 min were asked of a table of 0 to 100 .* Tabulate further"):
        table.survival([50, 101])
    with pytest.raises(BadInput, match=r"0\.9 is not done by 100 min.* may never finish\. Ask for a smaller"):
        table.quantile(0.9)
    with pytest.raises(BadInput, match=r"the end of a table of times is -1"):
        tabulate(time_law(PLANS["step"], _person()), until=-1)


# --- P14: blow-ups, modes, baselines ----------------------------------------------------------------------


def test_share_without_blow_up_is_geometric_in_the_steps() -> None:
    law = time_law(PLANS["blow-ups"], _person())
    rng = np.random.default_rng(3)
    clean = rng.binomial(12, 0.06, N) == 0
    assert law.no_blow_up == pytest.approx(0.94**12)
    assert law.no_blow_up == pytest.approx(0.4759, abs=5e-5)
    assert _agrees(clean.astype(float), law.no_blow_up)


@pytest.mark.parametrize(("chance", "minutes", "clean"), [(1.0, 8, 0), (0.25, 0, 0.5625), (0.0, 8, 1)])
def test_share_without_blow_up_at_the_ends(chance: float, minutes: float, clean: float) -> None:
    law = time_law(Repeat(_step(5, blow_up=chance, extra=minutes), 2, "hand"), _person())
    assert law.no_blow_up == pytest.approx(clean)
    assert tabulate(law).quantile(0.5) > 5


def test_a_certain_blow_up_is_a_blow_up_and_a_certain_time() -> None:
    law = time_law(Step("x", human=HumanTime(5, 0, 1.0, 8)), _person())
    assert (law.no_blow_up, law.mean, law.variance) == (0, 13, 0)


def _slowed(n: int, rng: np.random.Generator) -> Floats:
    """Return log times of which a share .3 is slowed down by 4."""
    return 0.4 * rng.standard_normal(n) + math.log(4) * (rng.random(n) < 0.3)


def test_spread_of_log_time_with_blow_ups() -> None:
    sd = log_sd_with_blow_up(0.4, 0.3, 4)
    logs = _slowed(400_000, np.random.default_rng(4))
    assert _agrees((logs - 0.3 * math.log(4)) ** 2, sd**2)


def test_four_baselines_give_a_factor_of_2_09() -> None:
    factor = baseline_factor(log_sd_with_blow_up(0.4, 0.3, 4), 4)
    means = _slowed(400_000, np.random.default_rng(5)).reshape(-1, 4).mean(axis=1)
    within = np.abs(means - 0.3 * math.log(4)) < math.log(factor)
    assert factor == pytest.approx(2.09, abs=0.005)
    # the normal law is not that of four times from two modes, but near
    assert within.mean() == pytest.approx(0.95, abs=0.01)


def test_baselines_needed_are_the_fewest_that_suffice() -> None:
    sd = log_sd_with_blow_up(0.4, 0.3, 4)
    needed = baselines_needed(sd, 1.25)
    assert baseline_factor(sd, needed) <= 1.25 < baseline_factor(sd, needed - 1)
    # the formal model says 43: 43.48 rounded down, which gives 1.2516
    assert needed == 44
    assert baseline_factor(sd, 43) == pytest.approx(1.25, abs=0.005)
    assert baselines_needed(0.0, 1.25) == 1


def test_log_moments_of_a_table_are_those_of_log_time() -> None:
    mean, sd = tabulate(time_law(_step(20, 0.8), _person()), until=4000).log_moments
    assert (mean, sd) == pytest.approx((math.log(20), 0.8), abs=2e-4)


@pytest.mark.parametrize("weight", [0.5, 0.3, 0.1, 0.02, 0.98])
def test_two_modes_are_where_the_density_has_two_peaks(weight: float) -> None:
    x = np.linspace(-6, 14, 200_001)
    seen = 0
    for separation in (0.5, 1.9, 2.1, 2.4, 2.7, 3.1, 3.5, 4.0, 6.0):
        density = weight * np.exp(-(x**2) / 2) + (1 - weight) * np.exp(-((x - separation) ** 2) / 2)
        falls = np.diff(np.sign(np.diff(density)))
        assert has_two_modes(weight, separation) == ((falls < 0).sum() == 2)
        seen += has_two_modes(weight, separation)
    assert 0 < seen < 9


def test_a_shortcut_makes_two_modes_and_a_step_one() -> None:
    law = time_law(PLANS["choice"], _person(trick=0.5))
    quick, slow = tabulate(law, until=200).modes
    # the density of log time peaks at the medians
    assert (quick, slow) == pytest.approx((1, 56), rel=0.03)
    assert tabulate(time_law(PLANS["step"], _person())).modes == pytest.approx([20], rel=0.03)
    assert tabulate(time_law(PLANS["choice"], _person(trick=0.0))).modes == pytest.approx([56], rel=0.03)


def test_factor_of_a_sample_holds_its_level() -> None:
    rng = np.random.default_rng(6)
    held = []
    for _ in range(2000):
        found = geometric_mean(30 * np.exp(0.9 * rng.standard_normal(4)))
        held.append(found.minutes / found.factor < 30 < found.minutes * found.factor)
    assert abs(np.mean(held) - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


def test_baselines_that_say_nothing_are_refused() -> None:
    with pytest.raises(NoAnswer, match=r"too-few-baselines: there are 1 baselines\. A spread needs 2"):
        geometric_mean([5])
    with pytest.raises(BadInput, match=r"a baseline took 0 min\. Times are finite and above 0\. Correct it"):
        geometric_mean([5, 0])
    with pytest.raises(BadInput, match=r"x/÷ 1 .* must be above 1\. Ask for"):
        baselines_needed(1, 1)
    with pytest.raises(BadInput, match="the number of baselines is 0"):
        baseline_factor(1, 0)


# --- P14b: those who give up ------------------------------------------------------------------------------


def test_successes_alone_understate_the_time() -> None:
    factor = success_only_factor(LogNormal(240, 0.9), 480)
    logs = 0.9 * np.random.default_rng(7).standard_normal(N)
    kept = logs[logs < math.log(2)]
    assert factor == pytest.approx(0.71, abs=0.005)
    assert kept.size / N == pytest.approx(0.78, abs=0.01)
    assert _agrees(kept, math.log(factor))


@pytest.mark.parametrize(("limit", "low", "high"), [(1e-3, 0, 1e-5), (240, 0.3, 0.6), (1e9, 0.999, 1)])
def test_success_only_factor_at_the_ends(limit: float, low: float, high: float) -> None:
    assert low <= success_only_factor(LogNormal(240, 0.9), limit) <= high
    assert success_only_factor(LogNormal(240, 0), 300) == 1


def test_censored_fit_is_the_one_of_scipy() -> None:
    minutes = 240 * np.exp(0.9 * np.random.default_rng(8).standard_normal(60))
    done, lost = minutes[minutes < 480], np.full((minutes >= 480).sum(), 480.0)
    law = censored_fit(done, lost)
    mean, sigma = stats.norm.fit(stats.CensoredData(np.log(done), right=np.log(lost)))
    assert (math.log(law.median), law.sigma) == pytest.approx((mean, sigma), abs=1e-3)


def test_censored_fit_is_nearly_unbiased_where_successes_are_not() -> None:
    rng = np.random.default_rng(9)
    fitted, naive = [], []
    for _ in range(300):
        logs = 0.9 * rng.standard_normal(40)
        done, lost = np.exp(logs[logs < math.log(2)]), np.full((logs >= math.log(2)).sum(), 2.0)
        fitted.append(math.log(censored_fit(done, lost).median))
        naive.append(np.log(done).mean())
    # the formal model found a bias of +.03 with its own design; it shrinks as 1 / n
    assert abs(np.mean(fitted)) < 0.03 + 4 * np.std(fitted) / math.sqrt(300)
    assert np.mean(naive) < math.log(0.75)


def test_censored_fit_without_anybody_who_gave_up_is_the_plain_one() -> None:
    times = np.array([3.0, 5.0, 11.0, 40.0])
    law = censored_fit(times, [])
    assert law.median == pytest.approx(math.exp(np.log(times).mean()), rel=1e-5)
    assert law.sigma == pytest.approx(np.log(times).std(), rel=1e-5)


@pytest.mark.parametrize("done", [[], [5.0], [5.0, 5.0]])
def test_censored_fit_needs_two_times(done: list[float]) -> None:
    with pytest.raises(NoAnswer, match=r"too-few-baselines: .* need two different finished times\. Add"):
        censored_fit(done, [9.0])


# --- one operation ----------------------------------------------------------------------------------------


def test_time_linear_in_size_has_one_price() -> None:
    found = per_operation([10, 1000, 10**6], [0.02, 2, 2000])
    assert found.factor == pytest.approx(1)
    assert found.slope == pytest.approx(1)
    np.testing.assert_allclose(found.seconds, 0.002)


def test_one_row_with_time_has_no_slope() -> None:
    with pytest.raises(NoAnswer, match=r"too-few-rows: 1 of 3 rows take any time\. .* Add rows"):
        per_operation([1, 10, 100], [0, 0, 4])


def test_rows_on_a_line_are_found() -> None:
    sizes, times = [1, 10, 100, 1000], [5.1, 6.0, 15.0, 105.0]
    low, high = [t - 0.01 for t in times], [t + 0.01 for t in times]
    assert linear_rows(sizes, low, high) == [(0, 1, 2, 3)]
    low[2] = high[2] = 40.0
    assert linear_rows(sizes, low, high) == [(0, 1, 3)]
    assert linear_rows([1, 10], [9, 1], [9, 1]) == [(0,), (1,)]  # no operation takes less than no time
