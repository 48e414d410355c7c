"""Every form of the catalogue is held to the contract of a form."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.forms import FORMS
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.layout import Box, box
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.form import Form

NAMES = sorted(FORMS)
READ = [name for name in NAMES if FORMS[name].readings]
STEP = 1e-100


def _places(form: Form) -> Floats:
    """Return twelve places over three decades, the same for every covariate but for a turn."""
    line = np.linspace(19.0, 22.0, 12)
    return np.ascontiguousarray(np.stack([np.roll(line, 5 * c) for c in range(len(form.covariates))]))


def _values(form: Form) -> Floats:
    return np.linspace(3.6, 1.9, 12)[None] if form.outcome == "loss" else np.linspace(0.15, 0.85, 12)[None]


def _box(form: Form, freed: tuple[str, ...] = ()) -> Box:
    y = _values(form)
    objective = "gaussian" if form.outcome == "loss" else "binomial"
    return box(form, Points(_places(form), y, np.ones_like(y)), Options(objective, freed=freed))


def _inside(form: Form, count: int, seed: int = 0) -> Floats:
    """Return random parameters inside the box, with random floors and ceilings."""
    rng = np.random.default_rng(seed)
    edge = _box(form, tuple(name for name in ("floor", "reach") if name in form.names))
    return rng.uniform(edge.lower[0], edge.upper[0], (count, len(form.names)))


def _corners(edge: Box) -> Floats:
    ends = [sorted({low, high}) for low, high in zip(edge.lower[0], edge.upper[0], strict=True)]
    return np.array(list(product(*ends)))


def _slopes(form: Form, x: Floats, p: Floats) -> Floats:
    """Return derivatives of the compiled curve by complex steps, of shape (parameters, points)."""
    rows = []
    for j in range(p.size):
        at = p.astype(complex)
        at[j] += 1j * STEP
        rows.append(compiled(form.curve).complex(x, at).imag / STEP)
    return np.stack(rows)


def _computed(form: Form, x: Floats, p: Floats) -> Floats:
    """Return what the formula, as printed, says: signs of multiplication are left out in it."""
    text = re.sub(r"(?<=[})\]]) (?=[{(\[]|exp|10)", " * ", form.formula).replace("^", "**")
    text = text.replace("[", "(").replace("]", ")").replace("{", "p_").replace("}", "")
    names = {f"p_{name}": value for name, value in zip(form.names, p, strict=True)}
    names |= dict(zip(form.covariates, x, strict=True))
    return np.broadcast_to(eval(text, {"exp": np.exp}, names), x[0].shape)  # noqa: S307  our own text


def test_catalogue_holds_the_forms_of_the_design() -> None:
    assert set(NAMES) >= {
        "broken_power", "constant", "gumbel", "joint_loss", "log_power", "logistic", "mirrored_gumbel",
        "persistence_drift", "power_floor", "step", "two_stage",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_and_sourced(name: str) -> None:
    form = FORMS[name]
    assert form.name == name
    assert form.curve.__module__ == f"tasklaws.forms.{name}"
    assert form.summary
    assert form.source
    assert form.status in {"published", "emerging"}
    assert all(parameter.meaning for parameter in form.parameters)


@pytest.mark.parametrize("name", NAMES)
def test_entry_pickles_and_compares_equal(name: str) -> None:
    form = FORMS[name]
    assert pickle.loads(pickle.dumps(form)) == form  # noqa: S301  our own bytes
    assert replace(form, summary="another") != form


@pytest.mark.parametrize("name", NAMES)
def test_formula_names_every_parameter_and_nothing_else_but_covariates(name: str) -> None:
    form = FORMS[name]
    assert set(re.findall(r"{(\w+)}", form.formula)) == set(form.names)
    words = set(re.findall(r"[a-z_]+", re.sub(r"{\w+}", "", form.formula)))
    assert words <= {*form.covariates, "exp"}


@pytest.mark.parametrize("name", NAMES)
def test_formula_is_what_the_curve_computes(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    for p in _inside(form, 20):
        np.testing.assert_allclose(form.curve(x, p), _computed(form, x, p), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_parameters_differ_and_all_that_is_named_exists(name: str) -> None:
    form = FORMS[name]
    assert len(set(form.names)) == len(form.names)
    assert set(form.searched) | set(form.linear) <= set(form.names)
    assert all(parameter.of < len(form.covariates) for parameter in form.parameters)
    for reading in form.readings:
        assert {reading.parameter, reading.holding, reading.slope} <= set(form.names)
        assert reading.name not in form.names
        assert reading.meaning


@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_ordered_and_fixed_values_lie_between_them(name: str) -> None:
    for parameter in FORMS[name].parameters:
        assert parameter.lower < parameter.upper
        assert parameter.fixed is None or parameter.lower <= parameter.fixed <= parameter.upper
        if parameter.unit in {"x", "width", "per_x", "number"}:
            assert all(parameter.lower <= start <= parameter.upper for start in parameter.starts)


@pytest.mark.parametrize("name", NAMES)
def test_starts_lie_in_the_box_and_differ(name: str) -> None:
    form = FORMS[name]
    edge = _box(form)
    starts = edge.starts[0]
    assert (edge.lower <= edge.upper).all()
    assert ((starts >= edge.lower) & (starts <= edge.upper)).all()
    assert len(np.unique(starts, axis=0)) == len(starts)
    assert np.isfinite([form.curve(_places(form), p) for p in starts]).all()
    assert edge.held.tolist() == [name in form.searched for name in form.names]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_free_unless_they_are_fixed(name: str) -> None:
    form, edge = FORMS[name], _box(FORMS[name])
    free = tuple(n for n, wide in zip(form.names, (edge.upper > edge.lower)[0], strict=True) if wide)
    assert free == form.free()
    everything = _box(form, form.names)
    assert (everything.upper > everything.lower).all()
    assert form.free(form.names) == form.names


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_needs_a_point_more_than_it_has_free_parameters(name: str) -> None:
    form = FORMS[name]
    assert form.least_points() >= len(form.free()) + 1
    assert form.least_points(form.names) >= len(form.names) + 1


@pytest.mark.parametrize("name", [name for name in NAMES if FORMS[name].direction != "either"])
def test_curve_goes_the_declared_way_along_every_covariate(name: str) -> None:
    form = FORMS[name]
    sign = 1 if form.direction == "rising" else -1
    middle = _places(form).mean(axis=1, keepdims=True)
    for c in range(len(form.covariates)):
        x = np.repeat(middle, 40, axis=1)
        x[c] = np.linspace(19.0, 22.0, 40)
        steps = np.array([np.diff(form.curve(x, p)) for p in _inside(form, 200)]) * sign
        assert steps.min() >= -1e-12
        assert steps.max() > 1e-3


def test_persistence_with_drift_goes_either_way() -> None:
    form = FORMS["persistence_drift"]
    steps = np.array([np.diff(form.curve(_places(form), p)).sum() for p in _inside(form, 50)])
    assert steps.min() < -0.1
    assert steps.max() > 0.1


@pytest.mark.parametrize("name", [name for name in NAMES if FORMS[name].outcome == "rate"])
def test_rates_lie_between_floor_and_ceiling(name: str) -> None:
    form = FORMS[name]
    for p in _inside(form, 200):
        rates = form.curve(_places(form), p)
        floor = p[form.names.index("floor")] if "floor" in form.names else 0.0
        ceiling = floor + (1 - floor) * p[form.names.index("reach")] if "reach" in form.names else 1.0
        assert rates.min() >= floor - 1e-12
        assert rates.max() <= ceiling + 1e-12


@pytest.mark.parametrize("name", [name for name in NAMES if FORMS[name].outcome == "loss"])
def test_losses_are_never_negative(name: str) -> None:
    form = FORMS[name]
    assert min(form.curve(_places(form), p).min() for p in _inside(form, 200)) >= 0


@pytest.mark.parametrize("name", NAMES)
def test_curve_and_slopes_are_finite_in_the_whole_box(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    for p in np.concatenate([_corners(_box(form)), _inside(form, 100)]):
        assert np.isfinite(compiled(form.curve).real(x, p)).all()
        assert np.isfinite(_slopes(form, x, p)).all()


@pytest.mark.parametrize("name", ["gumbel", "logistic", "mirrored_gumbel"])
def test_slopes_are_finite_in_the_box_of_a_reading(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    for p in _corners(_box(form, ("origin",))):
        assert np.isfinite(compiled(form.curve).real(x, p)).all()
        assert np.isfinite(_slopes(form, x, p)).all()


@pytest.mark.parametrize("name", [name for name in NAMES if FORMS[name].linear])
def test_curve_or_hazard_is_linear_in_the_parameters_that_are_said_to_be(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    linear = [form.names.index(n) for n in form.linear]
    one = _inside(form, 20)
    one[:, [j for j, n in enumerate(form.names) if n == "floor"]] = 0.0
    other, middle = one.copy(), one.copy()
    other[:, linear] *= 0.2
    middle[:, linear] *= 0.6
    for p in zip(one, middle, other, strict=True):
        f = [form.curve(x, q) for q in p]
        f = [-np.log(h) for h in f] if form.outcome == "rate" else f
        np.testing.assert_allclose(f[1], (f[0] + f[2]) / 2, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_compiled_curve_is_the_plain_one(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    for p in _inside(form, 50):
        plain = form.curve(x, p)
        np.testing.assert_allclose(compiled(form.curve).real(x, p), plain, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(
            compiled(form.curve).complex(x, p + 0j).real, plain, rtol=1e-11, atol=1e-15
        )


@pytest.mark.parametrize("name", NAMES)
def test_complex_steps_are_the_slopes(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    smooth = [j for j, n in enumerate(form.names) if n not in form.searched]
    for p in _inside(form, 30):
        slopes = _slopes(form, x, p)[smooth]
        differences = []
        for j in smooth:
            away = np.zeros(p.size)
            away[j] = 1e-6
            rise = form.curve(x, p + away) - form.curve(x, p - away)
            differences.append(rise / 2e-6)
        np.testing.assert_allclose(slopes, differences, rtol=0, atol=1e-5 * np.abs(slopes).max())


@pytest.mark.parametrize("name", READ)
def test_reading_is_where_the_same_curve_has_the_level_held(name: str) -> None:
    form, x = FORMS[name], _places(FORMS[name])
    for reading in form.readings:
        j, held, slope = (form.names.index(n) for n in (reading.parameter, reading.holding, reading.slope))
        for p in _inside(form, 50):
            moved = p.copy()
            moved[held] = reading.at
            moved[j] += reading.sign * (reading.at - p[held]) / p[slope]
            np.testing.assert_allclose(form.curve(x, moved), form.curve(x, p), rtol=1e-7, atol=1e-9)
