"""What could not be checked, in sentences: from access, from what is withheld, and from tests not made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.rating.access_levels import level, stands_below
from tasklaws.dossier.rating.readings import computed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.dossier.rating.procedure import Procedure


def unchecked(document: Mapping[str, Any], procedure: Procedure) -> list[str]:
    """Return what nobody could check, as plain sentences."""
    return [
        *_access(document, procedure),
        *_withheld(document),
        *_stress(document, procedure),
        *_people(document),
    ]


def _access(document: Mapping[str, Any], procedure: Procedure) -> Iterator[str]:
    for rule in procedure.access:
        if stands_below(document, rule.below, procedure.unproven_access):
            has = ", ".join(
                f"{kind.replace('_', ' ')} {level(document, kind, procedure.unproven_access)}"
                for kind in rule.below
            )
            yield f"{rule.unchecked} Access: {has}."


def _withheld(document: Mapping[str, Any]) -> Iterator[str]:
    for reason, n in sorted(Counter(str(row["reason"]) for row in document["withheld"]).items()):
        yield f"The content of {n} withheld file{'s' if n > 1 else ''} ({reason})."


def _stress(document: Mapping[str, Any], procedure: Procedure) -> Iterator[str]:
    """Yield the stress tests that came to no figure."""
    done = {row["scenario"] for row in computed(document)}
    tests = document["stress_tests"]
    rows = {} if is_absent(tests) else {row["scenario"]: row for row in tests}
    for name in dict.fromkeys([*(rule.scenario for rule in procedure.stress), *rows]):
        if name not in done:
            why = f"{rows[name]['status']}, {rows[name]['reason']}" if name in rows else "not tried"
            yield f"What the stress test {name} would show ({why})."


def _people(document: Mapping[str, Any]) -> Iterator[str]:
    roles = document["roles"]
    if is_absent(roles["rater"]):
        yield "Who rates: no key stands behind the rating."
        return
    for role in ("builder", "runner"):
        if is_absent(roles[role]):
            yield f"Whether the rater is somebody else than the {role}: no key stands for the {role}."
