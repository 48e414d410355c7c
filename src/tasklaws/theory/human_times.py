"""Human time: its law for a plan and a population, and what baselines of it can tell.

A population is an `Agent`: of it only `knows`, which decides the way taken, and `slowness` of its programs
count. People work until they succeed: instead of failing they lose time in blow-ups. Whoever knows no way
never finishes. Everything is in minutes unless a name says otherwise.

Source: formal model, section 3.3, P7b, P14 and P14b.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.optimize import linprog, minimize
from scipy.special import log_ndtr, ndtr, ndtri, stdtrit

from tasklaws.core.errors import BadInput, BadPlan, NoAnswer
from tasklaws.spec.cost import Cost, Fixed, Geometric, LogNormal, share
from tasklaws.spec.plan import KofN, Maybe, OneOf, Plan, Repeat, children
from tasklaws.spec.step import Step
from tasklaws.spec.structure import knowledge
from tasklaws.theory.costs import draw as draw_costs
from tasklaws.theory.frailty import inner_rate, positive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from tasklaws.spec.agent import Agent

Floats = NDArray[np.float64]

MOST_UNCERTAIN = 12
"""Pieces of knowledge of which a population may be unsure: 2^12 combinations are worked out."""
TILT = 12.0
"""Tilting by e^-12 over the table keeps what lies beyond its end from wrapping around, to about 1e-10."""
SMALLEST_PEAK = 0.02
"""Peaks count as modes where they stand out by this share of the highest."""


@dataclass(frozen=True)
class Piece:
    """`times` independent stretches of time, each there with probability `chance`."""

    cost: Cost
    minutes: float = 1.0
    """Minutes per unit of the cost."""
    chance: float = 1.0
    times: int = 1
    blow_up: bool = False

    @property
    def mean(self) -> float:
        """Return the mean in minutes."""
        return self.times * self.chance * self.minutes * self.cost.mean

    @property
    def variance(self) -> float:
        """Return the variance in square minutes."""
        one = self.chance * _mean_square(self.cost) - (self.chance * self.cost.mean) ** 2
        return self.times * self.minutes**2 * max(one, 0.0)


def _mean_square(cost: Cost) -> float:
    match cost:
        case Fixed():
            return cost.value**2
        case LogNormal():
            return cost.mean**2 * math.exp(cost.sigma**2)
        case Geometric():
            return 2 * cost.mean**2 - cost.mean


@dataclass(frozen=True)
class Route:
    """What a share of the population does."""

    share: float
    pieces: tuple[Piece, ...]

    @property
    def mean(self) -> float:
        """Return the mean in minutes."""
        return sum(piece.mean for piece in self.pieces)

    @property
    def variance(self) -> float:
        """Return the variance in square minutes."""
        return sum(piece.variance for piece in self.pieces)

    @property
    def no_blow_up(self) -> float:
        """Return the probability that nothing blows up."""
        return math.prod((1 - piece.chance) ** piece.times for piece in self.pieces if piece.blow_up)


@dataclass(frozen=True)
class TimeLaw:
    """The law of a population's time: one route for each combination of what may be known."""

    routes: tuple[Route, ...]
    """Their shares add up to 1 - `never`."""
    never: float = 0.0
    """Share that knows no way, and so never finishes."""

    @property
    def mean(self) -> float:
        """Return the mean of those who ever finish, in minutes."""
        return sum(route.share * route.mean for route in self.routes) / (1 - self.never)

    @property
    def variance(self) -> float:
        """Return the variance of those who ever finish, in square minutes: within routes and between them."""
        square = sum(route.share * (route.variance + route.mean**2) for route in self.routes)
        return max(square / (1 - self.never) - self.mean**2, 0.0)

    @property
    def no_blow_up(self) -> float:
        """Return the share of those who ever finish that has no blow-up: (1 - b)^n for n equal steps."""
        return sum(route.share * route.no_blow_up for route in self.routes) / (1 - self.never)


def time_law(plan: Plan, person: Agent) -> TimeLaw:
    """Return the law of the time that people like `person` take for `plan`.

    Order does not matter to one person; strictness, retries and shared artefacts count for nothing. Of
    `KofN` the first k parts that can be done at all are done. Of `Repeat` by a tool the part is done once
    and the loop then runs. A piece of knowledge is there for the whole task or not at all.

    Raises:
        BadPlan: a step has no human time; nobody can finish; or more than 12 pieces of knowledge are unsure.
    """
    routes: dict[tuple[Piece, ...], float] = defaultdict(float)
    never = 0.0
    for known, probability in _knowledge(plan, person.knows):
        pieces = _pieces(plan, known, person.slowness)
        if pieces is None:
            never += probability
        else:
            routes[_gathered(pieces)] += probability
    if not routes:
        raise BadPlan(
            f"nobody like {person.name!r} knows a way through the plan.",
            "A law of times needs somebody who finishes.",
            f"Let the population know one of: {', '.join(knowledge(plan))}.",
        )
    return TimeLaw(tuple(Route(probability, pieces) for pieces, probability in routes.items()), never)


def _knowledge(plan: Plan, knows: Mapping[str, float]) -> Iterable[tuple[frozenset[str], float]]:
    """Yield (what is known, probability) for each combination that can occur."""
    chances = {bit: knows.get(bit, 0.0) for bit in knowledge(plan)}
    sure = frozenset(bit for bit, chance in chances.items() if chance == 1)
    unsure = [bit for bit, chance in chances.items() if 0 < chance < 1]
    if len(unsure) > MOST_UNCERTAIN:
        raise BadPlan(
            f"a population is unsure of {len(unsure)} pieces of knowledge: {', '.join(unsure)}.",
            f"{MOST_UNCERTAIN} can be mixed exactly.",
            "Set some to 0 or 1.",
        )
    for held in product((True, False), repeat=len(unsure)):
        odds = (chances[bit] if has else 1 - chances[bit] for bit, has in zip(unsure, held, strict=True))
        yield sure.union(bit for bit, has in zip(unsure, held, strict=True) if has), math.prod(odds)


def _pieces(plan: Plan, known: frozenset[str], slowness: float) -> list[Piece] | None:
    """Return the pieces of time of somebody who has `known`; None where no way is open."""
    match plan:
        case Step():
            return _of_step(plan, slowness)
        case OneOf():
            open_ways = (way.plan for way in plan.ways if way.knows is None or way.knows in known)
            taken = next(open_ways, None)
            return None if taken is None else _pieces(taken, known, slowness)
        case Maybe() if plan.skip in known:
            return []
        case Repeat():
            return _of_loop(plan, _pieces(plan.part, known, slowness), slowness)
        case _:
            parts = [_pieces(part, known, slowness) for part in children(plan)]
            done = [part for part in parts if part is not None]
            needed = plan.k if isinstance(plan, KofN) else len(parts)
            return None if len(done) < needed else [piece for part in done[:needed] for piece in part]


def _of_step(step: Step, slowness: float) -> list[Piece]:
    human = step.human
    if human is None:
        raise BadPlan(
            f"step {step.name!r} has no human time.",
            "The time of a plan is made of the times of its steps.",
            "State it: human=HumanTime(...); HumanTime(0) where it takes no time.",
        )
    work = Piece(LogNormal(human.median_minutes, human.sigma))
    trouble = LogNormal(human.blow_up_minutes, human.blow_up_sigma)
    return [work, Piece(trouble, chance=human.blow_up, blow_up=True), Piece(step.seconds, slowness / 60)]


def _of_loop(loop: Repeat, once: list[Piece] | None, slowness: float) -> list[Piece] | None:
    if once is None:
        return None
    if loop.by == "tool":
        return [*once, Piece(loop.seconds, slowness / 60, times=loop.times)]
    return [replace(piece, times=piece.times * loop.times) for piece in once]


def _gathered(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Return equal pieces as one, and all certain work as one; drop blow-ups that cannot happen."""
    certain = sum(piece.mean for piece in pieces if piece.variance == 0 and not piece.blow_up)
    counted: Counter[Piece] = Counter()
    for piece in pieces:
        if piece.chance > 0 and (piece.variance > 0 or piece.blow_up):
            counted[replace(piece, times=1)] += piece.times
    spread = [replace(piece, times=times) for piece, times in counted.items()]
    return (Piece(Fixed(certain)), *spread)


def draw(law: TimeLaw, n: int, rng: np.random.Generator) -> Floats:
    """Return the minutes of `n` people, inf for those who never finish; every stretch of time is drawn."""
    minutes: Floats = np.full(n, np.inf)
    shares = [*(route.share for route in law.routes), law.never]
    taken = rng.choice(len(shares), n, p=np.array(shares) / sum(shares))
    for index, route in enumerate(law.routes):
        people = np.flatnonzero(taken == index)
        minutes[people] = sum(_drawn(piece, people.size, rng) for piece in route.pieces)
    return minutes


def _drawn(piece: Piece, n: int, rng: np.random.Generator) -> Floats:
    stretches = rng.binomial(piece.times, piece.chance, n)
    if isinstance(piece.cost, Fixed):
        return np.asarray(piece.minutes * piece.cost.value * stretches, dtype=np.float64)
    owner = np.repeat(np.arange(n), stretches)
    total = np.bincount(owner, draw_costs(piece.cost, owner.size, rng), minlength=n)
    return np.asarray(piece.minutes * total, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class TimeTable:
    """The distribution function of a law of times, on an even grid."""

    minutes: Floats
    """From 0 to the end of the table, of shape (places,)."""
    done: Floats
    """Share of all people that is done by then, of the same shape; those who never finish are among all."""
    blur: float
    """Standard deviation, in minutes, of the rounding that tabulating added; it has mean 0 in every place."""

    def survival(self, minutes: ArrayLike) -> Floats:
        """Return the share that is not done by `minutes`: with a limit there, the share that gives up.

        Raises:
            BadInput: the table does not reach that far.
        """
        at = np.asarray(minutes, dtype=float)
        if not ((at >= 0) & (at <= self.minutes[-1])).all():
            raise BadInput(
                f"{float(np.max(at)):g} min were asked of a table of 0 to {self.minutes[-1]:g} min.",
                "It says nothing beyond its end.",
                "Tabulate further: tabulate(law, until=...).",
            )
        left: Floats = 1 - np.interp(at, self.minutes, self.done)
        return left

    def quantile(self, rate: float) -> float:
        """Return the least minutes by which a share `rate` of all people is done.

        Raises:
            BadInput: fewer are done by the end of the table.
        """
        inner_rate(rate, "the share that is done")
        if rate > self.done[-1]:
            raise BadInput(
                f"a share of {rate:g} is not done by {self.minutes[-1]:g} min; {self.done[-1]:.6g} is.",
                "The table ends there, and some may never finish.",
                "Ask for a smaller share, or tabulate further: tabulate(law, until=...).",
            )
        i = int(np.searchsorted(self.done, rate))
        return float(np.interp(rate, self.done[i - 1 : i + 1], self.minutes[i - 1 : i + 1]))

    @property
    def log_moments(self) -> tuple[float, float]:
        """Return mean and standard deviation of log minutes, of those who are done within the table."""
        weights = np.diff(self.done) / (self.done[-1] - self.done[0])
        logs = np.log((self.minutes[1:] + self.minutes[:-1]) / 2)
        mean = float(weights @ logs)
        return mean, math.sqrt(float(weights @ (logs - mean) ** 2))

    @property
    def modes(self) -> Floats:
        """Return the minutes at which the density of log time has a peak, growing."""
        from scipy.signal import find_peaks  # three quarters of a second, for this alone

        middles = (self.minutes[1:] + self.minutes[:-1]) / 2
        height = middles * np.diff(self.done) / np.diff(self.minutes)
        found, _ = find_peaks(np.pad(height, 1), prominence=SMALLEST_PEAK * float(height.max()))
        peaks: Floats = middles[found - 1]
        return peaks


def tabulate(law: TimeLaw, until: float | None = None, cells: int = 2**14) -> TimeTable:
    """Return the distribution of `law` from 0 to `until` minutes.

    Without `until` the table ends 12 standard deviations past the mean.

    Each stretch of time is shared between the two nearest points of the grid so that its mean is kept; what
    is tabulated is therefore exactly the law of the time plus a rounding of mean 0 (`blur`). Sums of
    stretches are convolutions, by tilted Fourier transforms.

    Raises:
        BadInput: `until` is not a positive number.

    Source: Gruebel & Hermesmeier, "Computation of compound distributions I", ASTIN Bulletin 1999 (tilting).
    """
    if until is None:
        until = law.mean + 12 * math.sqrt(law.variance) or 1.0
        until *= 1.01  # so that a certain time lies inside
    positive(until, "the end of a table of times")
    width = until / (cells - 0.5)
    pmf = sum(route.share * _route_pmf(route, width, cells) for route in law.routes)
    edges = np.concatenate([[0.0], (np.arange(cells - 1) + 0.5) * width, [until]])
    # tiny errors of the transforms must not make a distribution function fall
    done = np.maximum.accumulate(np.append(0.0, np.clip(np.cumsum(pmf), 0, 1 - law.never)))
    blur = math.sqrt(max(_rounding(route, width) for route in law.routes) + width**2 / 12)
    return TimeTable(edges, done, blur)


def _route_pmf(route: Route, width: float, cells: int) -> Floats:
    tilt = np.exp(-TILT * np.arange(cells) / cells)
    spectrum: NDArray[np.complex128] = np.ones(cells + 1, complex)
    for piece in route.pieces:
        spectrum = spectrum * fft.rfft(tilt * _piece_pmf(piece, width, cells), 2 * cells) ** piece.times
    pmf: Floats = fft.irfft(spectrum, 2 * cells)[:cells] / tilt
    return pmf


def _piece_pmf(piece: Piece, width: float, cells: int) -> Floats:
    """Return one stretch on the grid: E of the tent functions, from second differences of E min(X, x)."""
    places: Floats = np.arange(cells + 1, dtype=np.float64) * (width / piece.minutes)
    kept = piece.minutes * _mean_up_to(piece.cost, places)
    present = -np.diff(kept, 2, prepend=-width) / width
    pmf: Floats = piece.chance * present
    pmf[0] += 1 - piece.chance
    return pmf


def _mean_up_to(cost: Cost, at: Floats) -> Floats:
    """Return E min(X, x) for every x of `at`."""
    match cost:
        case LogNormal() if cost.sigma > 0 and cost.median > 0:
            with np.errstate(divide="ignore"):
                z = np.log(at / cost.median) / cost.sigma
            below: Floats = cost.mean * ndtr(z - cost.sigma) + at * ndtr(-z)
            return below
        case Geometric():
            whole, decay = np.floor(at), 1 - 1 / cost.mean
            return cost.mean * (1 - decay**whole) + (at - whole) * decay**whole
        case _:
            return np.minimum(cost.mean, at)


def _rounding(route: Route, width: float) -> float:
    """Return the most variance that rounding adds: of one stretch x (width - x) within its cell, at most."""
    return sum(
        piece.times * piece.chance * width * min(width / 4, piece.minutes * piece.cost.mean)
        for piece in route.pieces
    )


def gives_up(law: TimeLaw, limit: float) -> float:
    """Return the share of people that is not done, and gives up, at `limit` minutes."""
    return float(tabulate(law, until=limit).survival(limit))


def log_sd_with_blow_up(sigma: float, weight: float, slowdown: float) -> float:
    """Return the standard deviation of log time where a share `weight` takes `slowdown` times as long.

    Source: formal model P14: s^2 + w (1 - w) Delta^2.
    """
    share(weight, "the share that is slowed down")
    positive(slowdown, "the slowdown")
    return math.sqrt(sigma**2 + weight * (1 - weight) * math.log(slowdown) ** 2)


def has_two_modes(weight: float, separation: float) -> bool:
    """Return whether a mixture of two normals of one spread has two modes.

    Args:
        weight: share of either.
        separation: distance of the means in standard deviations within.

    Source: Behboodian, "On the modes of a mixture of two normal distributions", Technometrics 1970.
    """
    inner_rate(weight, "the weight of a mode")
    half = separation / 2
    if half <= 1:
        return False
    root = math.sqrt(half**2 - 1)
    return abs(math.log(weight / (1 - weight))) < 2 * half * root - 2 * math.log(half + root)


def baseline_factor(log_sd: float, n: int, level: float = 0.95) -> float:
    """Return to what factor, x/÷, the geometric mean of `n` baselines is known at `level`.

    Source: formal model P14; by the normal law, so nearly exact where log times are a mixture.
    """
    positive(n, "the number of baselines")
    inner_rate(level, "the level")
    return math.exp(float(ndtri((1 + level) / 2)) * log_sd / math.sqrt(n))


def baselines_needed(log_sd: float, factor: float, level: float = 0.95) -> int:
    """Return the least number of baselines whose geometric mean is known to x/÷ `factor`.

    Raises:
        BadInput: `factor` is 1 or less.
    """
    if not factor > 1:
        raise BadInput(
            f"baselines to x/÷ {factor!r} were asked for.",
            "The factor must be above 1.",
            "Ask for 1.25, say.",
        )
    inner_rate(level, "the level")
    return max(1, math.ceil((float(ndtri((1 + level) / 2)) * log_sd / math.log(factor)) ** 2))


class GeometricMean(NamedTuple):
    """A geometric mean and its error."""

    minutes: float
    factor: float
    """The truth lies within x/÷ this, at the level asked for."""


def geometric_mean(minutes: ArrayLike, level: float = 0.95) -> GeometricMean:
    """Return the geometric mean of finished baselines; its factor by Student's law.

    Raises:
        BadInput: a time is not positive.
        NoAnswer: there are fewer than two.
    """
    logs = np.log(_times(minutes))
    inner_rate(level, "the level")
    if logs.size < 2:  # noqa: PLR2004  a spread takes two
        raise NoAnswer(
            "too-few-baselines",
            f"there are {logs.size} baselines.",
            "A spread needs 2 or more.",
            "Add baselines.",
        )
    error = float(stdtrit(logs.size - 1, (1 + level) / 2)) * float(logs.std(ddof=1)) / math.sqrt(logs.size)
    return GeometricMean(math.exp(float(logs.mean())), math.exp(error))


def success_only_factor(time: LogNormal, limit: float) -> float:
    """Return the median of `time` as successes alone tell it, in units of the truth; below 1.

    Those who are not done by `limit` minutes give up, and the geometric mean leaves them out.

    Source: formal model P14b: exp(-s phi(z) / Phi(z)), z = log(limit / median) / s.
    """
    positive(limit, "the limit at which people give up")
    positive(time.median, "the median time")
    if time.sigma == 0:
        return 1.0
    z = math.log(limit / time.median) / time.sigma
    return math.exp(-time.sigma * math.exp(-(z**2) / 2 - math.log(2 * math.pi) / 2 - float(log_ndtr(z))))


def censored_fit(finished: ArrayLike, gave_up: ArrayLike) -> LogNormal:
    """Return the most likely log-normal law of baselines of which some were given up.

    Args:
        finished: minutes of those who finished, of shape (finished,).
        gave_up: minutes at which the others gave up, of shape (others,).

    Raises:
        BadInput: a time is not positive.
        NoAnswer: fewer than two different times were finished.
    """
    done, lost = np.log(_times(finished)), np.log(_times(gave_up))
    if np.unique(done).size < 2:  # noqa: PLR2004  a spread takes two
        raise NoAnswer(
            "too-few-baselines",
            f"{done.size} people finished and {lost.size} gave up.",
            "Median and spread need two different finished times.",
            "Add baselines, or give people longer.",
        )

    def loss(parameters: Floats) -> float:
        mean, sigma = parameters[0], math.exp(parameters[1])
        within = ((done - mean) ** 2).sum() / (2 * sigma**2) + done.size * parameters[1]
        return float(within - log_ndtr((mean - lost) / sigma).sum())

    both = np.concatenate([done, lost])
    best = minimize(
        loss,
        [both.mean(), math.log(both.std())],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10},
    )
    return LogNormal(math.exp(best.x[0]), math.exp(best.x[1]))


def _times(minutes: ArrayLike) -> Floats:
    times = np.asarray(minutes, dtype=float).ravel()
    if not ((times > 0) & np.isfinite(times)).all():
        raise BadInput(
            f"a baseline took {times[~((times > 0) & np.isfinite(times))][0]:g} min.",
            "Times are finite and above 0.",
            "Correct it, or leave it out and say so.",
        )
    return times


class PerOperation(NamedTuple):
    """What a table of run times implies about one operation."""

    seconds: Floats
    """Seconds per operation in each row, of shape (rows,)."""
    factor: float
    """Dearest operation in units of the cheapest, among rows that take time; 1 if time is linear in size."""
    slope: float
    """Slope of log time on log size between the smallest and the largest of these rows; 1 likewise."""


def per_operation(sizes: Sequence[float], seconds: Sequence[float]) -> PerOperation:
    """Return what run times of `seconds` for tasks of growing `sizes` imply about one operation.

    Raises:
        NoAnswer: fewer than two rows take any time.

    Source: formal model P7b.
    """
    n, taken = np.asarray(sizes, dtype=float), np.asarray(seconds, dtype=float)
    each, timed = taken / n, taken > 0
    if timed.sum() < 2:  # noqa: PLR2004  a slope takes two
        raise NoAnswer(
            "too-few-rows",
            f"{timed.sum()} of {n.size} rows take any time.",
            "A slope needs 2 or more.",
            "Add rows, or state times more finely.",
        )
    rise, run = np.log(taken[timed][[0, -1]]), np.log(n[timed][[0, -1]])
    slope = float((rise[1] - rise[0]) / (run[1] - run[0]))
    return PerOperation(each, float(each[timed].max() / each[timed].min()), slope)


def linear_rows(sizes: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[tuple[int, ...]]:
    """Return the largest sets of rows that one line, overhead + w x size, reproduces.

    Args:
        sizes: operations of each row.
        low: least time that a row's statement allows, by its rounding.
        high: greatest time that it allows.

    Returns:
        Indices of rows; several sets where equally many rows can be had in several ways. Overhead and w are
        0 or more.
    """
    rows = range(len(sizes))
    for count in range(len(sizes), 0, -1):
        found = [kept for kept in combinations(rows, count) if _on_a_line(sizes, low, high, kept)]
        if found:
            return found
    return []


def _on_a_line(
    sizes: Sequence[float], low: Sequence[float], high: Sequence[float], kept: tuple[int, ...]
) -> bool:
    most = max(sizes[i] for i in kept)
    line = np.array([[1.0, sizes[i] / most] for i in kept])
    least, greatest = np.array([low[i] for i in kept]), np.array([high[i] for i in kept])
    found = linprog([0, 0], A_ub=np.vstack([line, -line]), b_ub=np.concatenate([greatest, -least]))
    return bool(found.success)
