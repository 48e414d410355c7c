"""What keeps a grade down, however good the figures are: access, signatures, time, secrecy and dependence.

A cap binds on what can be read in the document, never on a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.rating.access_levels import level, stands_below
from tasklaws.dossier.rating.cap_conditions import CONDITIONS, is_anchored, sealed
from tasklaws.dossier.rating.readings import computed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from tasklaws.dossier.rating.procedure import Procedure

UNTRUSTED = "untrusted"


@dataclass(frozen=True)
class Cap:
    """A grade that is not surpassed, and why."""

    kind: str
    grade: str
    reason: str

    def document(self) -> dict[str, str]:
        """Return the row of `dossier.json`."""
        return {"kind": self.kind, "grade": self.grade, "reason": self.reason}


def caps_of(document: Mapping[str, Any], procedure: Procedure) -> tuple[Cap, ...]:
    """Return every cap that the document meets, worst first, whether it binds or not."""
    found = (*_access(document, procedure), *_stress(document, procedure), *_others(document, procedure))
    return _worst_first(found, procedure)


def _worst_first(caps: Iterable[Cap], procedure: Procedure) -> tuple[Cap, ...]:
    """Return the caps below the best grade in order."""
    those = (cap for cap in caps if cap.grade != procedure.grades[0])
    return tuple(sorted(those, key=lambda cap: (-procedure.grades.index(cap.grade), cap.kind)))


def binding(caps: Iterable[Cap], indicated: str, procedure: Procedure) -> tuple[Cap, ...]:
    """Return the caps below what the drivers indicate: each of them holds the grade down by itself."""
    return tuple(cap for cap in caps if procedure.is_worse(cap.grade, indicated))


def trust_caps(
    document: Mapping[str, Any],
    procedure: Procedure,
    trusted: Collection[str],
    anchored: Collection[str] = (),
) -> tuple[Cap, ...]:
    """Return the caps that signatures and anchors add for whoever verifies.

    A rating that nobody signed is capped in the document already. One that somebody signed whose key the
    reader did not vouch for is capped here; so are a review and anchors, as though there were none.

    Args:
        document: the whole document.
        procedure: by which it was rated.
        trusted: roles whose key was given by whoever verifies.
        anchored: sha256 of the sealed forecasts whose anchor rests on something that was given as trusted.
    """
    rules = {rule.kind: rule for rule in procedure.cap}
    found = (
        Cap(name, rules[kind].grade, f"{what} {rules[kind].reason}")
        for name, kind, what in _doubts(document, trusted, anchored)
        if kind in rules
    )
    return _worst_first(found, procedure)


def _doubts(
    document: Mapping[str, Any], trusted: Collection[str], anchored: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """Yield what cannot be trusted: name, the kind of cap that it has, and what is said."""
    for role, kind in (("rater", UNTRUSTED), ("reviewer", "unreviewed")):
        if not is_absent(document["roles"][role]) and role not in trusted:
            yield UNTRUSTED, kind, f"The key of the {role} was not given with --key."
    loose = [row for row in sealed(document) if is_anchored(row) and row["sha256"] not in anchored]
    if loose:
        yield UNTRUSTED, "unanchored", f"{len(loose)} anchors rest on nothing that was given as trusted."


def _access(document: Mapping[str, Any], procedure: Procedure) -> Iterator[Cap]:
    for rule in procedure.access:
        if stands_below(document, rule.below, procedure.unproven_access):
            has = ", ".join(
                f"{kind} is {level(document, kind, procedure.unproven_access)}" for kind in rule.below
            )
            asked = ", ".join(rule.below.values())
            yield Cap(rule.name, rule.cap, f"Access: {has}; asked: {asked}. {rule.reason}")


def _stress(document: Mapping[str, Any], procedure: Procedure) -> Iterator[Cap]:
    done = {row["scenario"] for row in computed(document)} | set(_not_applicable(document))
    for rule in procedure.stress:
        if rule.scenario not in done:
            yield Cap(
                f"stress_{rule.scenario}",
                rule.cap,
                f"The stress test {rule.scenario} was not computed. {rule.reason}",
            )


def _not_applicable(document: Mapping[str, Any]) -> Iterator[str]:
    rows = document["stress_tests"]
    for row in [] if is_absent(rows) else rows:
        if row["status"] == "not-applicable":
            yield row["scenario"]


def _others(document: Mapping[str, Any], procedure: Procedure) -> Iterator[Cap]:
    for rule in procedure.cap:
        if what := CONDITIONS[rule.kind](document):
            yield Cap(rule.kind, rule.grade, f"{what} {rule.reason}")
