"""What a leaf of the triage is: one kind of fault, looked for in what was measured and what checks found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasklaws.assess.certificate import Certificate, Listed
    from tasklaws.assess.evidence import Evidence


LEVEL = 0.01
"""Of the tests that a leaf makes by itself: a false hit would hide all leaves behind it."""


@dataclass(frozen=True)
class Answer:
    """What a leaf found in one family."""

    hit: bool | None
    """None where the study does not let it be tested."""
    text: str
    """One plain sentence with its figures."""
    reason: str | None = None
    """Why it cannot be tested: what is missing."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """JSON."""


@dataclass(frozen=True)
class Leaf:
    """One kind of fault; its module's name is its name."""

    name: str
    number: int
    """Its place: of several faults, the one that explains the others comes first."""
    summary: str
    """What is broken, as a question."""
    source: str
    status: Literal["published", "emerging"]
    look: Callable[[Evidence, Certificate], Answer]


LEAVES: Catalogue[Leaf] = Catalogue("leaf", "tasklaws.assess.triage.leaves", "LEAF")
"""All leaves by name; a module is imported when its entry is read."""


def untested(reason: str, text: str, **figures: Any) -> Answer:  # noqa: ANN401
    """Return that a leaf cannot be tested; `reason` says what is missing."""
    return Answer(None, text, reason, figures)


def reads(*checks: str, besides: tuple[str, ...] = ()) -> Callable[[Evidence, Certificate], Answer]:
    """Return how to look where checks of the certificate did: a leaf is hit where one of them failed.

    Args:
        checks: names of the checks that decide.
        besides: names of checks whose findings are told beside a hit and do not make one.
    """

    def look(evidence: Evidence, certificate: Certificate) -> Answer:  # noqa: ARG001
        found = [one for one in certificate.listed if one.check.name in checks]
        if not found:
            return untested(f"the check {' or '.join(checks)}", "No check looked for it.")
        failed = [one for one in found if one.ok is False]
        open_ = [one for one in found if one.ok is None and one.finding.applies]
        told = [one for one in found if one.ok]
        figures = {one.check.name: _figures(one) for one in found}
        if failed:
            beside = [one for one in certificate.listed if one.check.name in besides and one.finding.applies]
            figures |= {one.check.name: _figures(one) for one in beside}
            return Answer(hit=True, text=_joined([*failed, *beside]), figures=figures)
        if open_ or not told:
            why = "; ".join(one.finding.reason or one.finding.text for one in open_ or found)
            return Answer(None, _joined(open_ or found), why, figures)
        return Answer(hit=False, text=_joined(told), figures=figures)

    return look


def _joined(listed: list[Listed]) -> str:
    return " ".join(one.finding.text for one in listed)


def _figures(one: Listed) -> dict[str, Any]:
    return {"ok": one.ok, "statistic": one.finding.statistic, "p": one.finding.p, "p_holm": one.p_holm}
