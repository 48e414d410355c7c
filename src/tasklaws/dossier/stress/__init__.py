"""Stress tests. ONE FILE = ONE SCENARIO: a change of circumstance, and what it would do to scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.dossier.stress._scenario import Scenario
    from tasklaws.study.folder import Study

SCENARIOS: Catalogue[Scenario] = Catalogue("scenario", "tasklaws.dossier.stress", "SCENARIO")
"""All scenarios by name; a module is imported when its entry is read."""


def stress_tests(study: Study, subject: str | None = None) -> list[dict[str, Any]]:
    """Return what each scenario would do to the mean score of a model, one row per scenario, by name.

    Args:
        study: the study.
        subject: the model; by default that of the study where it names one, else the last one evaluated.

    Raises:
        UnknownName: no results are of that model.
    """
    from tasklaws.dossier.stress._rated import rated

    model = rated(study, subject)
    return [SCENARIOS[name].row(model) for name in SCENARIOS]
