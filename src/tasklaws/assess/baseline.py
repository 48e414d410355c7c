"""What a baseline is: a named forecaster that a law must beat, and the catalogue of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Forecaster


@dataclass(frozen=True)
class Baseline:
    """One baseline; its module's name is its name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    forecast: Forecaster


BASELINES: Catalogue[Baseline] = Catalogue("baseline", "tasklaws.assess.baselines", "BASELINE")
"""All baselines by name; a module is imported when its entry is read."""

LAW = "law"
"""Name of the law among the forecasters of a backtest or a sealed file; baselines have their own names."""

FIRST_CHOICE = "b1_persistence"
"""The reference of a fold that has no earlier folds to choose on."""
