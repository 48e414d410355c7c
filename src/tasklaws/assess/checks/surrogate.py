"""D8, C6: does another metric tell the target: on its scale earlier, smooth, sufficient, and better ahead?

The answer is made of several tests, so the finding has no p of its own; theirs stand in the details.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasklaws.assess.check import Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.checks._all_or_nothing import BAR
from tasklaws.assess.checks._surrogates import BLOCKS, Candidate, on_ladder
from tasklaws.assess.checks.binarity import binarity_of
from tasklaws.assess.metric_table import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.metric_table import Measured

QUESTIONS = (
    "says no more where the target is on its floor",
    "is not smooth along the ladder",
    "does not tell all that size tells",
    "told held-out sizes worse",
)
UNTOLD = (
    "attempts at each size",
    "more sizes, to see whether it is smooth",
    "more tasks or models that solve some, to see whether it tells all",
)
RECORD = "the NLL of a reference solution, unit tests or milestones of each attempt"


def candidates_of(evidence: Evidence) -> list[Measured]:
    """Return the metrics that could stand in for the target, in the order in which they are tried."""
    found = measured(evidence).values()
    return [one for one in found if one.graded and one.name != evidence.suite.metric]


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether some metric can stand in for the target, and which."""
    if not evidence.counts.tasks:
        return does_not_apply("The target is graded itself.")
    tried = [_tried(evidence, one, rng) for one in candidates_of(evidence)]
    told = [one for one in tried if one is not None]
    if not told:
        return unknown(RECORD, f"Nothing but right or wrong is recorded of {evidence.family}.")
    offered = next((one for one in told if all(one.answers)), None)
    if offered is not None:
        return _finding(evidence, told, offered, ok=True)
    failed = all(False in one.answers for one in told)
    process = any(one.kind == "process" for one in told)
    nearest = next((one for one in told if False not in one.answers), told[0])
    return _finding(evidence, told, nearest, ok=False if failed and process else None)


def _tried(evidence: Evidence, one: Measured, rng: np.random.Generator) -> Candidate | None:
    """Return a candidate; a score of answers that are all or nothing says no more than right or wrong."""
    found = on_ladder(evidence, one)
    if found is None or one.kind == "process":
        return found
    told = binarity_of(evidence, one, rng)
    return replace(found, more=False) if told is not None and told.lower > BAR else found


def _finding(evidence: Evidence, told: Sequence[Candidate], one: Candidate, *, ok: bool | None) -> Finding:
    gain = float(one.gains.mean()) if len(one.gains) else None
    return Finding(
        ok,
        _text(evidence.family, one, ok),
        gain,
        reason=_missing(one) if ok is None else None,
        details={
            "offered": one.name if ok else None,
            "candidates": {other.name: other.facts() for other in told},
        },
        chart=_chart(evidence.family, one, ok) if len(one.gains) else None,
    )


def _missing(one: Candidate) -> str:
    """Return what would have to be known for an answer."""
    if False in one.answers:
        return RECORD
    missing = max(BLOCKS - len(one.gains), 0)
    last = (
        f"{missing} more sizes to hold out" if missing else "more sizes to hold out, which so far are a draw"
    )
    words = (*UNTOLD, last)
    return "; ".join(said for said, answer in zip(words, one.answers, strict=True) if answer is None)


def _text(family: str, one: Candidate, ok: bool | None) -> str:
    if ok:
        links = "of independent tokens" if (one.independent_p or 0) >= (one.learnt_p or 0) else "learnt"
        return (
            f"{one.name} tells the target of {family}: it is on its scale at {one.informative} sizes, size "
            f"adds nothing to it (link {links}, p = {one.sufficient_p:.2g}), and it told {len(one.gains)} "
            f"held-out sizes better by {one.gains.mean():.2g} nats for each answer."
        )
    wrong = [words for words, answer in zip(QUESTIONS, one.answers, strict=True) if answer is False]
    if wrong:
        return f"No metric recorded of {family} stands in for the target: {one.name} {' and '.join(wrong)}."
    return f"{one.name} may stand in for the target of {family}; {len(one.gains)} sizes could be held out."


def _chart(family: str, one: Candidate, ok: bool | None) -> Chart:
    says = {True: "tells", False: "does not tell", None: "may tell"}[ok]
    rows = [{"size": i + 1, "gain": float(gain)} for i, gain in enumerate(one.gains)]
    return Chart(
        f"{one.name} {says} the next size of {family}",
        "Log score of each held-out size through the metric less that of the target alone: more is better.",
        tuple(rows),
        Column("size", "held-out size, smallest first"),
        Column("gain", "gain (nats for each answer)"),
        reference=0.0,
    )


CHECK = Check(
    "surrogate",
    "D8",
    "C6",
    "whether another metric, of the process if need be, tells the target before the target shows",
    "formal model, D8 and P7",
    "emerging",
    judge,
)
