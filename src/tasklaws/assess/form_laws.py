"""Laws that can be read: every form that suits, fitted to all subjects of a lineage, weighed and worded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from tasklaws.core.errors import BadInput, NoAnswer, TasklawsError
from tasklaws.forms import FORMS
from tasklaws.infer.curves.bootstrap import bootstrap
from tasklaws.infer.curves.covariance import rung_shock
from tasklaws.infer.curves.fit import Fits, fit_batch, refuse_short
from tasklaws.infer.curves.intervals import intervals, resampled
from tasklaws.infer.curves.overdispersion import fit_overdispersed
from tasklaws.infer.curves.problem import Options
from tasklaws.infer.curves.two_stage import bootstrap_two_stage, fit_two_stage
from tasklaws.infer.curves.weights import aic_weights, corrected_aic, held_out_scores, stacked_weights
from tasklaws.infer.stacking import MIN_INNER_RUNGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasklaws.assess.law_points import Better, LawPoints
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.intervals import Intervals
    from tasklaws.spec.form import Form

TWO_STAGE, LOSS_FORM, REFERENCE = "two_stage", "power_floor", "logistic"
"""The form with a loss law in it, that loss law, and the form whose residuals tell the rung shock."""

COUNTS, VALUES = ("binomial", "beta_binomial"), ("gaussian", "log_huber")


@dataclass(frozen=True)
class Request:
    """Which laws are asked for, and how they are fitted and weighed."""

    forms: tuple[str, ...] = ()
    """Forms to fit; none for all that suit."""
    free: tuple[str, ...] = ()
    """Parameters to fit that are known by default: `floor`, `reach`."""
    objective: str | None = None
    """For counts one of COUNTS, for values one of VALUES; None for the first of each."""
    weights: Literal["aic", "held_out"] = "aic"
    bootstrap: bool = False
    """Bootstrap intervals instead of profile intervals."""
    replicates: int = 400
    seed: int = 0


@dataclass(frozen=True)
class FormLaws:
    """All laws of one kind of subjects of a lineage, with their weights."""

    points: LawPoints
    laws: tuple[Intervals, ...]
    """One form's laws of all subjects each, with their intervals."""
    weights: Floats
    """Of shape (subjects, laws); NaN where a form cannot be weighed."""
    shock_sd: float
    refused: tuple[str, ...] = field(default=())
    """Forms that suit but cannot be fitted, one sentence each."""


def fit_laws(points: LawPoints, how: Request, losses: LawPoints | None = None) -> FormLaws:
    """Return the laws of the subjects of `points`, which all have the same better direction.

    Args:
        points: what to fit.
        how: which forms, and how.
        losses: losses of the models, for the two-stage form.

    Raises:
        UnknownName: there is no form or parameter of that name.
        BadInput: a form that was asked for runs against the metric, or needs covariates that are missing.
        NoAnswer: a form that was asked for needs more points.
    """
    forms, refused = _forms(points, how, losses)
    shock_sd = _shock(points, how)
    laws = tuple(_law(form, points, how, losses, shock_sd) for form in forms)
    return FormLaws(points, laws, _weights(laws, points, how, shock_sd), shock_sd, refused)


def refuse_wrong_way(form: Form, metric: str, better: Better) -> None:
    """Refuse a form that can only run against the metric.

    Raises:
        BadInput: the form falls where higher is better, or rises where lower is.
    """
    if form.direction == _wrong_way(better):
        raise BadInput(
            f"cannot fit {form.name!r} to metric {metric!r}: the form is {form.direction} along the ladder,"
            f" and {better} values of this metric are better.",
            f"A law of it needs a form that is {'rising' if better == 'higher' else 'falling'}.",
            f"Use one of: {', '.join(_suitable(better))}; or say with --of which laws you mean.",
        )


def _wrong_way(better: Better) -> str:
    return "falling" if better == "higher" else "rising"


def _suitable(better: Better) -> list[str]:
    """Return the forms that run the metric's way; of what falls, those that take losses too."""
    ways = {name: form for name, form in FORMS.items() if form.direction != _wrong_way(better)}
    return [name for name, form in ways.items() if better == "higher" or form.outcome != "rate"]


def _forms(points: LawPoints, how: Request, losses: LawPoints | None) -> tuple[list[Form], tuple[str, ...]]:
    """Return the forms to fit and, of those nobody asked for by name, why some were not fitted."""
    better = points.subjects[0].better
    chosen, refused = [], []
    for name in how.forms or FORMS:
        form = FORMS[name]
        try:
            refuse_wrong_way(form, points.subjects[0].metric, better)
            _refuse_unsuited(form, points, losses)
            refuse_short(form, len(points.sizes), _freed(form, how))
        except TasklawsError as error:
            if how.forms:
                raise
            if isinstance(error, NoAnswer):
                refused.append(str(error))
        else:
            chosen.append(form)
    return chosen, tuple(refused)


def _refuse_unsuited(form: Form, points: LawPoints, losses: LawPoints | None) -> None:
    """Raise BadInput where a form is not one of this kind of values, or lacks what it needs."""
    missing = [name for name in form.covariates if name not in points.covariates]
    if missing:
        raise BadInput(
            f"cannot fit {form.name!r}: not every rung of lineage {points.lineage!r} states its parameters"
            " and tokens.",
            f"The form needs {' and '.join('n_params' if name == 'n' else 'n_tokens' for name in missing)}.",
            "State them in ladder.toml, or use a form of the axis alone.",
        )
    spans = [np.ptp(points.covariates[name]) for name in form.covariates]
    if not all(span > 0 for span in spans):
        raise BadInput(
            f"cannot fit {form.name!r}: all rungs of lineage {points.lineage!r} stand at one place.",
            "A law needs rungs at two places of every axis.",
            "Add rungs of another size, or use a form of one axis.",
        )
    about_losses = points.subjects[0].level == "loss"
    if form.outcome == "rate" and about_losses:
        raise BadInput(
            f"cannot fit {form.name!r} to a loss: it is a law of success rates.",
            "A loss needs a form of losses.",
            f"Use one of: {', '.join(name for name, f in FORMS.items() if f.outcome != 'rate')}.",
        )
    if form.name == TWO_STAGE and (points.on_loss or losses is None or not _enough_losses(losses)):
        raise BadInput(
            f"cannot fit {form.name!r}: lineage {points.lineage!r} has no loss law along {points.axis}.",
            f"Its first stage needs the held-out loss of {FORMS[LOSS_FORM].least_points()} rungs or more.",
            "State loss_nats or bits_per_byte in ladder.toml.",
        )


def _enough_losses(losses: LawPoints) -> bool:
    enough = len(losses.sizes) >= FORMS[LOSS_FORM].least_points()
    return bool(losses.subjects and enough and np.ptp(losses.covariates["x"]) > 0)


def _freed(form: Form, how: Request) -> tuple[str, ...]:
    return tuple(name for name in how.free if name in form.names)


def _options(form: Form, points: LawPoints, how: Request) -> Options:
    kinds = COUNTS if points.counts else VALUES
    objective = how.objective if how.objective in kinds else kinds[0]
    known = {
        "floor": np.array([subject.floor for subject in points.subjects]),
        "reach": np.array([subject.reach for subject in points.subjects]),
    }
    fixed = {name: value for name, value in known.items() if name in form.names and name not in how.free}
    return Options(str(objective), fixed=fixed, freed=_freed(form, how))


def _fit(form: Form, points: LawPoints, how: Request, loss: Fits | None) -> Fits:
    options = _options(form, points, how)
    if loss is not None:
        return fit_two_stage(form, points.of(form.covariates), loss, options)
    if options.objective == "beta_binomial":
        return fit_overdispersed(form, points.of(form.covariates), options)
    return fit_batch(form, points.of(form.covariates), options)


def _loss_law(losses: LawPoints | None) -> Fits | None:
    return None if losses is None else fit_batch(FORMS[LOSS_FORM], losses.of(("x",)), Options("gaussian"))


def _law(form: Form, points: LawPoints, how: Request, losses: LawPoints | None, shock_sd: float) -> Intervals:
    rng = np.random.default_rng([how.seed, *form.name.encode()])
    loss = _loss_law(losses) if form.name == TWO_STAGE else None
    fits = _fit(form, points, how, loss)
    if loss is not None:
        return resampled(fits, bootstrap_two_stage(fits, loss, how.replicates, rng, shock_sd))
    if how.bootstrap or fits.options.objective == "log_huber":
        return resampled(fits, bootstrap(fits, how.replicates, rng, shock_sd))
    return intervals(fits, shock_sd)


def _shock(points: LawPoints, how: Request) -> float:
    """Return the rung shock of the tasks, from the residuals of the reference form; 0 for values."""
    if not points.counts or points.subjects[0].better == "lower":
        return 0.0
    tasks = np.array([subject.level == "task" for subject in points.subjects])
    form = FORMS[REFERENCE]
    if not tasks.any() or len(points.sizes) < form.least_points(_freed(form, how)):
        return 0.0
    fits = fit_batch(form, points.of(("x",)), _options(form, points, how))
    return rung_shock(fits.only(tasks & np.isfinite(fits.objective)))


def _weights(laws: Sequence[Intervals], points: LawPoints, how: Request, shock_sd: float) -> Floats:
    if not laws:
        return np.empty((len(points.subjects), 0))
    if how.weights == "aic" or not points.counts:
        criteria = np.stack([corrected_aic(law.fits, shock_sd) for law in laws], axis=1)
        return np.where(np.isnan(criteria), np.nan, aic_weights(criteria))
    held = _top_size(points)
    return stacked_weights([held_out_scores(law.fits, held, shock_sd) for law in laws])


def _top_size(points: LawPoints) -> NDArray[np.bool_]:
    """Return which points are of the largest size: they are held out."""
    x = points.covariates["x"]
    begins = {
        size: min(p for p, s in zip(x, points.sizes, strict=True) if s == size) for size in points.sizes
    }
    top = max(begins, key=begins.__getitem__)
    held = np.array([size == top for size in points.sizes])
    if (~held).sum() < MIN_INNER_RUNGS:
        raise BadInput(
            f"lineage {points.lineage!r} has {(~held).sum()} rungs below its largest size.",
            f"Weights by held-out score need {MIN_INNER_RUNGS} or more.",
            "Use weights by AIC.",
        )
    return held
