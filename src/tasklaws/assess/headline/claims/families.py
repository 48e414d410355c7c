"""Which families of tasks can carry a forecast at all."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.words import count, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.assess.diagnosis import Diagnosed
    from tasklaws.assess.headline.known import Known

SHORT = {
    "not_enough_data": ("lacks data", "lack data"),
    "only_detectable": ("shows a change only once it came", "show changes only once they came"),
    "invalid": (
        "is set by limits, edits or weak elicitation",
        "are set by limits, edits or weak elicitation",
    ),
}
"""Verdict -> the end of a sentence that begins with a number of families: of one, of several."""
ALPHA, WORTH_TELLING = 0.05, 0.5
"""p below which a check fails, and below which one that was passed is worth telling."""


def make(known: Known) -> Claim | None:
    """Return how many families pass all checks, and why the others do not."""
    if not known.diagnosed:
        return None
    by_verdict: defaultdict[str, list[Diagnosed]] = defaultdict(list)
    for one in known.diagnosed:
        by_verdict["can" if one.certificate.can_carry else one.certificate.verdict].append(one)
    can = [one.certificate.family for one in by_verdict["can"]]
    named = f": {listed(can)}" if can else ""
    others = [
        f"{len(by_verdict[name])} {words[len(by_verdict[name]) > 1]}"
        for name, words in SHORT.items()
        if by_verdict[name]
    ]
    rest = f" The rest: {', '.join(others)}." if others else ""
    total = count(len(known.diagnosed), "family", "families")
    return Claim(
        "families",
        f"{len(can) or 'None'} of {total} of tasks passed every check that a forecast needs{named}.{rest}",
        "derived",
        (Rest("certificates", known.verb("diagnose"), len(known.diagnosed)),),
        _change(by_verdict["can"], by_verdict["not_enough_data"]),
    )


def _change(can: Sequence[Diagnosed], short: Sequence[Diagnosed]) -> str | None:
    """Return the check that was passed most narrowly, and what the first undecided family lacks."""
    told = [text for text in (_narrowest(can), _lacking(short)) if text]
    return " ".join(told) or None


def _narrowest(can: Sequence[Diagnosed]) -> str | None:
    tests = [
        (found.p_holm, one.certificate.family, found.check.label)
        for one in can
        for found in one.certificate.listed
        if found.decides and found.ok and found.p_holm is not None
    ]
    p, family, check = min(tests, default=(1.0, "", ""))
    if p > WORTH_TELLING:
        return None
    return f"{family} came nearest to failing, in {check} (p = {p:.2g}; it fails at {ALPHA})."


def _lacking(short: Sequence[Diagnosed]) -> str | None:
    """Return what the undecided family lacks that lacks least, where all that it lacks can be said."""
    found = {one.certificate.family: _reasons(one) for one in short}
    told = sorted((len(reasons), family, reasons) for family, reasons in found.items() if reasons)
    if not told:
        return None
    _, family, reasons = told[0]
    needs = " and ".join(reasons).replace("1 more tasks", "1 more task")
    return f"To judge {family} takes {needs}."


def _reasons(one: Diagnosed) -> list[str]:
    """Return what is missing in words; nothing where something failed, or has only a code as its reason."""
    deciding = [found for found in one.certificate.listed if found.missing]
    reasons = list(dict.fromkeys(found.finding.reason or "" for found in deciding))
    whole = len(deciding) == len(one.certificate.because) and all(" " in reason for reason in reasons)
    return reasons if whole else []


CLAIM = Maker("families", 60, make)
