"""Intervals of parameters and of the quantities that are read off a law, by profiling.

An end that the data do not set is NaN: the profile did not rise enough before the search ended. An end
at a natural bound (a rate of 0) is that bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri, stdtrit

from tasklaws.core.errors import BadInput
from tasklaws.infer.curves.bootstrap import quantiles
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.covariance import covariance, dispersion
from tasklaws.infer.curves.descent import SETTLED
from tasklaws.infer.curves.fit import deepened, memory_weights, shapes
from tasklaws.infer.curves.layout import between, box
from tasklaws.infer.curves.objectives import OBJECTIVES
from tasklaws.infer.curves.profiles import LOWER_FOUND, OPEN, profile_ends

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.fit import Fits
    from tasklaws.spec.form import Form, Reading

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
    open: Floats
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
    form, used = fits.form, fits.fitted.any(axis=0)
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
    ends = (np.where(undefined, np.nan, end) for end in (lower, upper))
    return Intervals(fits, names, values(fits), *ends, is_open)


Part = tuple[str, "Floats", "Floats", "Floats"]


def _profiled(fits: Fits, shock_sd: float, level: float) -> tuple[Fits, list[Part]]:
    """Return (fits, parts); once more with every start followed where a profile met a better fit."""
    parts, better = _parts(fits, shock_sd, level)
    if better.any():
        fits = deepened(fits, better)
        parts, _ = _parts(fits, shock_sd, level)
    return fits, parts


def _parts(fits: Fits, shock_sd: float, level: float) -> tuple[list[Part], Floats]:
    parts, better = [], np.zeros(len(fits.params), dtype=bool)
    for name in fits.form.names:
        j = fits.form.names.index(name)
        if fits.held[j]:
            parts.append(_searched(fits, j, shock_sd, level))
        elif fits.fitted[:, j].any():
            part, lower_found = _parameter(fits, j, name, shock_sd, level)
            parts.append(part)
            better |= lower_found
    for reading in fits.form.readings:
        if fits.fitted[:, fits.form.names.index(reading.holding)].any():
            part, lower_found = _read(fits, reading, shock_sd, level)
            parts.append(part)
            better |= lower_found
    return parts, better


def _rise(fits: Fits, inflation: Floats, level: float) -> Floats:
    """Return by how much a profile may rise, of shape (problems,)."""
    if fits.options.objective == "gaussian":
        free = fits.n_points - fits.n_fitted
        quantile = np.where(free > 0, stdtrit(np.maximum(free, 1), (1 + level) / 2) ** 2, np.nan)
        usual = dispersion(fits)
    else:
        quantile, usual = np.full(len(fits.params), chdtri(1, 1 - level)), np.ones(len(fits.params))
    return np.asarray(0.5 * quantile * np.where(np.isfinite(inflation) & (inflation > 0), inflation, usual))


def _parameter(fits: Fits, j: int, name: str, shock_sd: float, level: float) -> tuple[Part, Floats]:
    errors = covariance(fits, shock_sd)
    step = np.where(errors.sd[:, j] > 0, errors.sd[:, j], 0.02 * (fits.upper - fits.lower)[:, j])
    rise = np.where(fits.fitted[:, j], _rise(fits, errors.inflation[:, j], level), np.nan)
    ends, how = _ends(fits, j, rise, step)
    natural = np.array(fits.form.parameters[j].natural)
    part = _part(name, fits.params[:, j], ends, (how == OPEN) & ~natural)
    return part, (how == LOWER_FOUND).any(axis=1)


def _read(fits: Fits, reading: Reading, shock_sd: float, level: float) -> tuple[Part, Floats]:
    """Return the interval of a reading: the same curve with another parameter held."""
    names, points = fits.form.names, fits.points
    j, held = names.index(reading.parameter), names.index(reading.holding)
    y = np.where(points.known, points.y, 0.5)
    fixed = {
        name: fits.params[:, i] for i, name in enumerate(names) if not fits.fitted[:, i].any() and i != j
    } | {reading.holding: reading.at}
    options, freed = fits.options, (*fits.options.freed, reading.parameter)
    edge = box(fits.form, points.x, y, points.known, fixed, freed, options.bounds, rates=options.of_rates)
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
    """Return what is read off laws with these parameters (problems, parameters); NaN where they do not rise."""
    j, held, slope = (form.names.index(n) for n in (reading.parameter, reading.holding, reading.slope))
    steep = params[:, slope]
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = (reading.at - params[:, held]) / np.where(steep > 0, steep, np.nan)
    return np.asarray(params[:, j] + reading.sign * shift)


def _ends(fits: Fits, j: int, rise: Floats, step: Floats) -> tuple[Floats, Floats]:
    points, curve = fits.points, compiled(fits.form.curve)
    problems = len(fits.params)
    ends, how = np.empty((problems, 2)), np.empty((problems, 2), dtype=np.int64)
    y, n = np.where(points.known, points.y, 0.5), np.where(points.known, points.n, 1.0)
    profile_ends(
        curve.real, curve.complex, np.ascontiguousarray(points.x), y, n, memory_weights(fits.form, points),
        OBJECTIVES[fits.options.objective], shapes(fits.options, problems), fits.params, fits.objective,
        fits.lower, fits.upper, fits.held, j, rise, np.ascontiguousarray(step), SETTLED, ends, how,
    )  # fmt: skip
    return ends, how


def _part(name: str, value: Floats, ends: Floats, is_open: Floats) -> Part:
    return name, value, np.where(is_open, np.nan, ends), is_open


def _searched(fits: Fits, j: int, shock_sd: float, level: float) -> Part:
    """Return the set of places of a searched parameter whose profile rises little, as its outer rungs."""
    places = np.unique(fits.points.x[fits.form.parameters[j].of])
    inflation = np.nanmean(
        np.where(fits.fitted & ~fits.held, covariance(fits, shock_sd).inflation, np.nan), axis=1
    )
    limit = fits.objective + _rise(fits, inflation, level)
    heights = np.stack([_held_at(fits, j, place) for place in between(places)], axis=1)
    inside = heights <= limit[:, None]
    first = np.argmax(inside, axis=1)
    last = inside.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    ends = np.stack([places[first], places[last + 1]], axis=1)
    known = np.isfinite(fits.objective)[:, None]
    return _part(
        fits.form.names[j], fits.params[:, j], np.where(known, ends, np.nan), np.zeros(ends.shape, dtype=bool)
    )


def _held_at(fits: Fits, j: int, place: float) -> Floats:
    lower, upper = fits.lower.copy(), fits.upper.copy()
    lower[:, j] = upper[:, j] = place
    return deepened(
        replace(fits, lower=lower, upper=upper), np.ones(len(lower), dtype=bool), keep=False
    ).objective
