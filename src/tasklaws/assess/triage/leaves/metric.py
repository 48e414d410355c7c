"""The metric: it lies on its floor or ceiling, or all is right or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasklaws.assess.check import ALPHA
from tasklaws.assess.checks.linearity import sizes_of
from tasklaws.assess.triage.leaf import Answer, Leaf, reads
from tasklaws.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence

CLOSE = 0.05
"""Scores as near as this to chance, or to all, leave a law nothing to go by."""

_CHECKS = reads("linearity", "binarity", besides=("surrogate",))


def look(evidence: Evidence, certificate: Certificate) -> Answer:
    """Return whether the metric tells too little, by its checks or because no model moves it off an end."""
    told, end = _CHECKS(evidence, certificate), stuck(evidence)
    if end is None:
        return replace(told, hit=False) if told.hit and crosses(evidence, certificate) else told
    text = (
        f"Models of all sizes score within {100 * CLOSE:.0f} points of {end}, where the metric says nothing."
    )
    return Answer(hit=True, text=text, figures={**told.figures, "stuck_at": end})


def crosses(evidence: Evidence, certificate: Certificate) -> bool:
    """Return whether scores go from one end to the other, which is a step and no fault of the metric."""
    sizes = sizes_of(evidence)
    if sizes is None or any(one.ok is False for one in certificate.listed if one.check.name == "binarity"):
        return False
    rate, (low, high) = sizes.k / sizes.n, sizes.span
    return bool((rate < low).any() and (rate > high).any())


def stuck(evidence: Evidence) -> str | None:
    """Return the end that all sizes surely lie at: ``chance`` or ``all right``; None for neither."""
    sizes = sizes_of(evidence) if evidence.counts.tasks else None
    if sizes is None:
        return None
    counted = [(int(k), int(n)) for k, n in zip(sizes.k, sizes.n, strict=True)]
    ends = [clopper_pearson(k, n, 1 - 2 * ALPHA) for k, n in counted]
    if all(high <= sizes.floor + CLOSE for _, high in ends):
        return "chance"
    return "all right" if all(low >= 1 - CLOSE for low, _ in ends) else None


LEAF = Leaf(
    "metric",
    6,
    "does the metric say nothing at most sizes, or only all or nothing?",
    source="formal model, F8 and D7, D8, D11; Clopper & Pearson 1934",
    status="emerging",
    look=look,
)
