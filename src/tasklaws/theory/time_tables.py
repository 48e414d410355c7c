"""Tables of human time: the distribution of a law of times on an even grid.

Everything is in minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import ndtr

from tasklaws.core.errors import BadInput
from tasklaws.spec.bounds import inner_rate, positive
from tasklaws.spec.cost import Cost, Geometric, LogNormal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from tasklaws.theory.human_times import Piece, Route, TimeLaw

Floats = NDArray[np.float64]

TILT = 12.0
"""Tilting by e^-12 over the table keeps what lies beyond its end from wrapping around, to about 1e-10."""
SMALLEST_PEAK = 0.02
"""Peaks count as modes where they stand out by this share of the highest."""


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
