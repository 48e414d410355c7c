"""Forecast, seal and score what the next model of a ladder will do on families of tasks.

Names are loaded when first used, so that ``import tasklaws`` costs next to nothing. A verb keeps
its name although a sub-package has it too: ``tasklaws.report`` and ``tasklaws.study`` are the
functions; take modules from their package (``from tasklaws.report import page``).
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasklaws.anchoring.verb import dossier_anchor
    from tasklaws.assess.axes import axes
    from tasklaws.assess.backtesting import backtest
    from tasklaws.assess.budget.verb import budget
    from tasklaws.assess.census import census
    from tasklaws.assess.comparison.verb import compare
    from tasklaws.assess.diagnosis import diagnose
    from tasklaws.assess.elicit import elicit
    from tasklaws.assess.forecast import predict, predict_covariates
    from tasklaws.assess.horizon_forecast import predict_horizon
    from tasklaws.assess.horizons import horizon
    from tasklaws.assess.human_times import human_times
    from tasklaws.assess.laws import fit
    from tasklaws.assess.metric_choice import metrics
    from tasklaws.assess.observation.agreed import agreement
    from tasklaws.assess.observation.labelling import label
    from tasklaws.assess.observation.marking import apply_labels
    from tasklaws.assess.observation.observed import flags
    from tasklaws.assess.opening import open_forecast
    from tasklaws.assess.planner import plan, plan_baselines
    from tasklaws.assess.red_lines.verb import redline
    from tasklaws.assess.strictness import strictness
    from tasklaws.assess.task_check import tasks_check
    from tasklaws.assess.track_record import forecasts
    from tasklaws.core.doctor import doctor
    from tasklaws.core.entries import catalogue
    from tasklaws.core.errors import (
        BadInput,
        BadLadder,
        BadPlan,
        BadTable,
        NoAnswer,
        StudyLocked,
        TasklawsError,
        UnknownName,
        VerificationFailed,
    )
    from tasklaws.core.progress import Advance, Progress
    from tasklaws.dossier.build import dossier_build
    from tasklaws.dossier.rerate import dossier_rate
    from tasklaws.dossier.signing import dossier_key, dossier_sign
    from tasklaws.dossier.verify import dossier_verify
    from tasklaws.report.headline_page import headline
    from tasklaws.report.ladder_study import study
    from tasklaws.report.preview import preview
    from tasklaws.report.study_report import report
    from tasklaws.run.exports import export
    from tasklaws.run.held_out_loss import loss
    from tasklaws.run.imports import import_runs, remove
    from tasklaws.run.run_study import run
    from tasklaws.run.scoring import score
    from tasklaws.run.simulation import simulate
    from tasklaws.run.task_changes import tasks_adjust, tasks_freeze, tasks_log, tasks_retire
    from tasklaws.spec.ladder import Ladder, Rung
    from tasklaws.spec.ladder_file import read_ladder, write_ladder
    from tasklaws.study.folder import Study
    from tasklaws.viewer.verb import view

__version__ = "0.1.0"

__all__ = [
    "Advance",
    "BadInput",
    "BadLadder",
    "BadPlan",
    "BadTable",
    "Ladder",
    "NoAnswer",
    "Progress",
    "Rung",
    "Study",
    "StudyLocked",
    "TasklawsError",
    "UnknownName",
    "VerificationFailed",
    "agreement",
    "apply_labels",
    "axes",
    "backtest",
    "budget",
    "catalogue",
    "census",
    "compare",
    "diagnose",
    "doctor",
    "dossier_anchor",
    "dossier_build",
    "dossier_key",
    "dossier_rate",
    "dossier_sign",
    "dossier_verify",
    "elicit",
    "export",
    "fit",
    "flags",
    "forecasts",
    "headline",
    "horizon",
    "human_times",
    "import_runs",
    "label",
    "loss",
    "metrics",
    "open_forecast",
    "plan",
    "plan_baselines",
    "predict",
    "predict_covariates",
    "predict_horizon",
    "preview",
    "read_ladder",
    "redline",
    "remove",
    "report",
    "run",
    "score",
    "simulate",
    "strictness",
    "study",
    "tasks_adjust",
    "tasks_check",
    "tasks_freeze",
    "tasks_log",
    "tasks_retire",
    "view",
    "write_ladder",
]

_PLACES = {
    "anchoring.verb": ("dossier_anchor",),
    "assess.axes": ("axes",),
    "assess.backtesting": ("backtest",),
    "assess.budget.verb": ("budget",),
    "assess.census": ("census",),
    "assess.comparison.verb": ("compare",),
    "assess.diagnosis": ("diagnose",),
    "assess.elicit": ("elicit",),
    "assess.forecast": ("predict", "predict_covariates"),
    "assess.horizon_forecast": ("predict_horizon",),
    "assess.horizons": ("horizon",),
    "assess.human_times": ("human_times",),
    "assess.laws": ("fit",),
    "assess.metric_choice": ("metrics",),
    "assess.observation.agreed": ("agreement",),
    "assess.observation.labelling": ("label",),
    "assess.observation.marking": ("apply_labels",),
    "assess.observation.observed": ("flags",),
    "assess.opening": ("open_forecast",),
    "assess.planner": ("plan", "plan_baselines"),
    "assess.red_lines.verb": ("redline",),
    "assess.strictness": ("strictness",),
    "assess.task_check": ("tasks_check",),
    "assess.track_record": ("forecasts",),
    "core.doctor": ("doctor",),
    "core.entries": ("catalogue",),
    "core.errors": (
        "BadInput",
        "BadLadder",
        "BadPlan",
        "BadTable",
        "NoAnswer",
        "StudyLocked",
        "TasklawsError",
        "UnknownName",
        "VerificationFailed",
    ),
    "core.progress": ("Advance", "Progress"),
    "dossier.build": ("dossier_build",),
    "dossier.rerate": ("dossier_rate",),
    "dossier.signing": ("dossier_key", "dossier_sign"),
    "dossier.verify": ("dossier_verify",),
    "report.headline_page": ("headline",),
    "report.ladder_study": ("study",),
    "report.preview": ("preview",),
    "report.study_report": ("report",),
    "run.exports": ("export",),
    "run.held_out_loss": ("loss",),
    "run.imports": ("import_runs", "remove"),
    "run.run_study": ("run",),
    "run.scoring": ("score",),
    "run.simulation": ("simulate",),
    "run.task_changes": ("tasks_adjust", "tasks_freeze", "tasks_log", "tasks_retire"),
    "spec.ladder": ("Ladder", "Rung"),
    "spec.ladder_file": ("read_ladder", "write_ladder"),
    "study.folder": ("Study",),
    "viewer.verb": ("view",),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}

_DRAWN = {
    "assess.backtesting": "Backtest",
    "assess.budget.verb": "BudgetResult",
    "assess.comparison.verb": "Comparison",
    "assess.diagnosis": "Diagnosis",
    "assess.elicit": "ElicitResult",
    "assess.horizons.verb": "HorizonResult",
    "assess.human_times.study": "HumanTimes",
    "assess.laws": "StudyLaws",
    "assess.observation.observed": "FlagsResult",
    "assess.opening": "Opened",
    "assess.prediction": "Prediction",
    "assess.red_lines.verb": "RedLines",
    "assess.track_record": "TrackRecord",
    "report.headline_page": "HeadlinePage",
    "report.study_report": "ReportResult",
    "study.folder": "Study",
}
"""Module -> its class that notebooks draw. The layers below know nothing of notebooks."""


class _Package(ModuleType):
    """This package; importing a sub-package does not take the place of the verb of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PLACE_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name not in _PLACE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_PLACE_OF[name]}"), name)
    globals()[name] = value
    _draw_in_notebooks()
    return value


def _draw_in_notebooks() -> None:
    """Give `_repr_html_` to the classes that are loaded; what draws is loaded when something is drawn."""
    for place, name in _DRAWN.items():
        drawn = getattr(sys.modules.get(f"{__name__}.{place}"), name, None)
        if drawn is not None:
            drawn._repr_html_ = _html


def _html(result: object) -> str:
    from tasklaws.report.notebook import html

    return html(result)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
