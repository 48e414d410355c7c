"""Intervals of parameters and of the quantities that are read off a law, by profiling.

An end that the data do not set is NaN: the profile did not rise enough before the search ended. An end
at a natural bound (a rate of 0) is that bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtri, stdtrit

from tasklaws.core.errors import BadInput
from tasklaws.infer.curves.bootstrap import quantiles
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.covariance import covariance, dispersion
from tasklaws.infer.curves.descent import SETTLED
from tasklaws.infer.curves.fit import better, deepened, kernel_batch
from tasklaws.infer.curves.kernel_types import Sides
from tasklaws.infer.curves.layout import between, box
from tasklaws.infer.curves.profiles import LOWER_FOUND, OPEN, profile_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.covariance import Covariance
    from tasklaws.infer.curves.fit import Fits
    from tasklaws.spec.form import Form, Reading

    Bools = NDArray[np.bool_]

LEVEL = 0.9


@dataclass(frozen=True)
class Intervals:
    """Values and intervals of what was fitted and what is read off, by name; NaN is undefined or open."""

    fits: Fits
    """The laws; refitted where a profile found a better one."""
    names: tuple[str, ...]
    value: Floats
    """Of shape (problems, names)."""
    lower: Floats
    upper: Floats
    open: Bools
    """Whether the (lower, upper) end is not set by the data, of shape (problems, names, 2), boolean."""

    def weak(self, problem: int) -> tuple[str, ...]:
        """Return the names of which an end is open: the data do not identify them."""
        return tuple(name for name, ends in zip(self.names, self.open[problem], strict=True) if ends.any())


def intervals(fits: Fits, shock_sd: float = 0.0, level: float = LEVEL) -> Intervals:
    """Return profile intervals of all fitted parameters and readings.

    Args:
        fits: the laws.
        shock_sd: standard deviation of the shock that a rung gives the log-odds of all its tasks.
        level: coverage of the intervals.

    Raises:
        BadInput: the objective has no likelihood (log-Huber): use `bootstrap`.
    """
    if fits.options.objective == "log_huber":
        raise BadInput(
            "the log-Huber objective has no likelihood to profile.",
            "A profile interval needs one.",
            "Use bootstrap intervals.",
        )
    fits, parts = _profiled(fits, shock_sd, level)
    names = tuple(name for name, *_ in parts)
    value, ends, is_open = (np.stack([part[i] for part in parts], axis=1) for i in (1, 2, 3))
    return Intervals(fits, names, value, ends[:, :, 0], ends[:, :, 1], is_open)


def resampled(fits: Fits, replicates: Fits, level: float = LEVEL) -> Intervals:
    """Return bootstrap intervals of all fitted parameters and readings.

    Args:
        fits: the laws.
        replicates: their refits, those of a problem together; see `bootstrap`.
        level: coverage of the intervals.
    """
    form, used = fits.form, np.asarray(fits.fitted.any(axis=0))
    readings = [reading for reading in form.readings if used[form.names.index(reading.holding)]]
    fitted = (name for name, fits_it in zip(form.names, used, strict=True) if fits_it)
    names = (*fitted, *(reading.name for reading in readings))

    def values(of: Fits) -> Floats:
        return np.column_stack(
            [of.params[:, used], *(read(form, reading, of.params) for reading in readings)]
        )

    lower, upper = quantiles(replicates, len(fits.params), level, values(replicates))
    undefined = (
        np.isnan(values(replicates)).reshape(len(fits.params), -1, len(names)).mean(axis=1) > 1 - level
    )
    is_open = np.repeat(undefined[:, :, None], 2, axis=2)
    low, high = (np.where(undefined, np.nan, end) for end in (lower, upper))
    return Intervals(fits, names, values(fits), low, high, is_open)


Part = tuple[str, "Floats", "Floats", "Bools"]


def _profiled(fits: Fits, shock_sd: float, level: float) -> tuple[Fits, list[Part]]:
    """Return (fits, parts); once more with every start followed where a profile met a better fit."""
    parts, beaten = _parts(fits, shock_sd, level)
    if beaten.any():
        fits = better(fits, beaten)
        parts, _ = _parts(fits, shock_sd, level)
    return fits, parts


def _parts(fits: Fits, shock_sd: float, level: float) -> tuple[list[Part], Bools]:
    parts, beaten = [], np.zeros(len(fits.params), dtype=bool)
    errors = covariance(fits, shock_sd)
    places = _everywhere(fits) if fits.held.any() else []
    for j in range(len(fits.form.names)):
        if fits.held[j]:
            parts.append(_searched(fits, j, errors, places, level))
        elif fits.fitted[:, j].any():
            part, lower_found = _parameter(fits, j, errors, places, level)
            parts.append(part)
            beaten |= lower_found
    for reading in fits.form.readings:
        if fits.fitted[:, fits.form.names.index(reading.holding)].any():
            part, lower_found = _read(fits, reading, shock_sd, level)
            parts.append(part)
            beaten |= lower_found
    return parts, beaten


def _rise(fits: Fits, inflation: Floats, level: float) -> Floats:
    """Return by how much a profile may rise, of shape (problems,)."""
    usual = dispersion(fits)
    if fits.options.objective == "gaussian" or fits.options.shape_estimated:
        free = fits.n_points - fits.n_fitted
        quantile = np.where(free > 0, stdtrit(np.maximum(free, 1), (1 + level) / 2) ** 2, np.nan)
    else:
        quantile = np.full(len(fits.params), chdtri(1, 1 - level))
    return np.asarray(0.5 * quantile * np.where(np.isfinite(inflation) & (inflation > 0), inflation, usual))


def _parameter(
    fits: Fits, j: int, errors: Covariance, places: list[Fits], level: float
) -> tuple[Part, Bools]:
    step = np.where(errors.sd[:, j] > 0, errors.sd[:, j], 0.02 * (fits.upper - fits.lower)[:, j])
    rise = np.where(fits.fitted[:, j], _rise(fits, errors.inflation[:, j], level), np.nan)
    ends, how = _widest(fits, j, rise, step, places) if places else _ends(fits, j, rise, step)
    natural = np.array(fits.form.parameters[j].natural)
    part = _part(fits.form.names[j], fits.params[:, j], ends, (how == OPEN) & ~natural)
    return part, (how == LOWER_FOUND).any(axis=1)


def _read(fits: Fits, reading: Reading, shock_sd: float, level: float) -> tuple[Part, Bools]:
    """Return the interval of a reading: the same curve with another parameter held."""
    names, points = fits.form.names, fits.points
    j, held = names.index(reading.parameter), names.index(reading.holding)
    fixed: dict[str, Floats | float] = {
        name: fits.params[:, i] for i, name in enumerate(names) if not fits.fitted[:, i].any() and i != j
    } | {reading.holding: reading.at}
    freed = (*fits.options.freed, reading.parameter)
    edge = box(fits.form, points.filled(), replace(fits.options, fixed=fixed, freed=freed))
    place = read(fits.form, reading, fits.params)
    inside = (place > edge.lower[:, j]) & (place < edge.upper[:, j])
    params = fits.params.copy()
    params[:, held], params[:, j] = reading.at, np.where(inside, place, 0.5 * (edge.lower + edge.upper)[:, j])
    same = replace(fits, params=params, lower=edge.lower, upper=edge.upper)
    errors = covariance(same, shock_sd)
    span = np.ptp(points.x[fits.form.parameters[j].of])
    step = np.where(errors.sd[:, j] > 0, errors.sd[:, j], 0.1 * span)
    rise = np.where(inside, _rise(same, errors.inflation[:, j], level), np.nan)
    ends, how = _ends(same, j, rise, step)
    return _part(reading.name, place, ends, how == OPEN), (how == LOWER_FOUND).any(axis=1) & inside


def read(form: Form, reading: Reading, params: Floats) -> Floats:
    """Return what is read off at parameters (problems, parameters); NaN where the law does not rise."""
    j, held, slope = (form.names.index(n) for n in (reading.parameter, reading.holding, reading.slope))
    steep = params[:, slope]
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = (reading.at - params[:, held]) / np.where(steep > 0, steep, np.nan)
    return np.asarray(params[:, j] + reading.sign * shift)


def _widest(
    fits: Fits, j: int, rise: Floats, step: Floats, laws: list[Fits]
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the outermost ends over `laws`, one per searched place, that the rise allows."""
    room = [fits.objective + rise - law.objective for law in laws]
    found = [_ends(law, j, np.where(r > 0, r, np.nan), step) for law, r in zip(laws, room, strict=True)]
    ends, how = (np.stack(part) for part in zip(*found, strict=True))
    lowest = np.where(np.isnan(ends), np.inf, ends)[:, :, 0].argmin(axis=0)
    highest = np.where(np.isnan(ends), -np.inf, ends)[:, :, 1].argmax(axis=0)
    problem = np.arange(len(rise))
    chosen = [(lowest, problem, 0), (highest, problem, 1)]
    return np.stack([ends[at] for at in chosen], axis=1), np.stack([how[at] for at in chosen], axis=1)


def _everywhere(fits: Fits) -> list[Fits]:
    """Return the laws with the searched parameter held at each of its places in turn."""
    (j,) = np.flatnonzero(fits.held)
    return [_held_at(fits, j, place) for place in between(fits.points.x[fits.form.parameters[j].of])]


def _ends(fits: Fits, j: int, rise: Floats, step: Floats) -> tuple[Floats, NDArray[np.int64]]:
    curve: Any = compiled(fits.form.curve)
    problems = len(fits.params)
    ends, how = np.empty((problems, 2)), np.empty((problems, 2), dtype=np.int64)
    profile_ends(
        curve.real,
        curve.complex,
        kernel_batch(fits.form, fits.points, fits.options),
        Sides(fits.lower, fits.upper, fits.held),
        fits.params,
        fits.objective,
        j,
        np.array(rise),
        np.array(step),
        SETTLED,
        ends,
        how,
    )
    return ends, how


def _part(name: str, value: Floats, ends: Floats, is_open: Bools) -> Part:
    return name, value, np.where(is_open, np.nan, ends), is_open


def _searched(fits: Fits, j: int, errors: Covariance, laws: list[Fits], level: float) -> Part:
    """Return the set of places of a searched parameter whose profile rises little, as its outer rungs."""
    places = np.unique(fits.points.x[fits.form.parameters[j].of])
    inflation = np.nanmean(np.where(fits.fitted & ~fits.held, errors.inflation, np.nan), axis=1)
    limit = fits.objective + _rise(fits, inflation, level)
    heights = np.stack([law.objective for law in laws], axis=1)
    inside = heights <= limit[:, None]
    first = np.argmax(inside, axis=1)
    last = inside.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    ends = np.stack([places[first], places[last + 1]], axis=1)
    known = np.isfinite(fits.objective)[:, None]
    return _part(
        fits.form.names[j], fits.params[:, j], np.where(known, ends, np.nan), np.zeros(ends.shape, dtype=bool)
    )


def _held_at(fits: Fits, j: int | np.intp, place: float) -> Fits:
    lower, upper = fits.lower.copy(), fits.upper.copy()
    lower[:, j] = upper[:, j] = place
    return deepened(replace(fits, lower=lower, upper=upper))
