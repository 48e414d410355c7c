"""Metrics. ONE FILE = ONE METRIC: how attempts are scored, and what theory says the score does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.metric import Metric

METRICS: Catalogue[Metric] = Catalogue("metric", "tasklaws.metrics", "METRIC")
"""All metrics by name; a module is imported when its entry is read."""
