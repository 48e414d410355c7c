"""Conditions on which a procedure may set a cap, each read from fields of the document."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import NOT_GRANTED, is_absent
from tasklaws.dossier.rating.readings import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIME = re.compile(r"\d{4}-\d\d-\d\dT[^\s,]+")
"""The time in the words of an anchor; one that is self-attested has none."""
NO = ("no", "none", "nobody", "never")
"""First words by which a field says that there is no such thing."""
CONTINGENT = ("contingent", "success")
"""First words of a fee that depends on the result."""


def _no_sealed_forecast(document: Mapping[str, Any]) -> str | None:
    return None if sealed(document) else "No forecast was sealed before its outcome was known."


def sealed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the forecasts that the log says were sealed before anything of their outcome was there."""
    rows = document["preregistration"]
    return [] if is_absent(rows) else [row for row in rows if row["label"] in COUNTED]


def _unsigned(document: Mapping[str, Any]) -> str | None:
    return "Nobody signs as rater." if is_absent(document["roles"]["rater"]) else None


def _unanchored(document: Mapping[str, Any]) -> str | None:
    loose = [row["target"] for row in sealed(document) if not is_anchored(row)]
    if not loose:
        return None
    n = len(loose)
    return f"{n} sealed forecast{'s have' if n > 1 else ' has'} no outside anchor before the outcome."


def is_anchored(row: Mapping[str, Any]) -> bool:
    """Return whether something outside says that a forecast was there before its outcome.

    Whether that something is to be trusted is for whoever verifies.
    """
    found = TIME.search(str(row["anchor"]))
    at = _time(found[0]) if found else None
    came = _time(row["outcome_at"])
    return at is not None and (came is None or at <= came)


def _time(said: str | None) -> datetime | None:
    """Return a time with its zone; None where that is not what is said."""
    try:
        at = datetime.fromisoformat(said) if said else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def _unreviewed(document: Mapping[str, Any]) -> str | None:
    if is_absent(document["review"]):
        return "No second person looked the rating over."
    return "Nobody signs as reviewer." if is_absent(document["roles"]["reviewer"]) else None


def _withheld(document: Mapping[str, Any]) -> str | None:
    from tasklaws.dossier.figures import blocks_resting_on

    paths = [row["path"] for row in document["withheld"]]
    blocks = sorted(blocks_resting_on(paths)) if paths else []
    return f"These figures rest on withheld files: {', '.join(blocks)}." if blocks else None


def _undeclared(document: Mapping[str, Any]) -> str | None:
    said = sorted(document["independence"].items())
    silent = [name for name, one in said if is_absent(one) and one["status"] == NOT_GRANTED]
    return f"Not declared: {', '.join(silent)}." if silent else None


def _developer_pays(document: Mapping[str, Any]) -> str | None:
    payer, developer = document["independence"]["payer"], document["subject"]["developer"]
    names = [_plain(payer), _plain(developer)]
    is_developer = names[0] in ("developer", "the developer") or (names[0] and names[0] == names[1])
    return f"The developer pays: {payer}." if is_developer else None


def _developer_vetoes(document: Mapping[str, Any]) -> str | None:
    said = document["independence"]["publication_veto"]
    if is_absent(said) or said is False or _plain(said).partition(" ")[0].strip(".,;:") in NO:
        return None
    words = "yes" if said is True else str(said).rstrip(".")
    return f"There is a veto over publication: {words}."


def _contingent_fee(document: Mapping[str, Any]) -> str | None:
    said = document["independence"]["fee_basis"]
    first = _plain(said).partition(" ")[0].strip(".,;:")
    return f"The fee depends on the result: {said}." if first in CONTINGENT else None


def _deviations(document: Mapping[str, Any]) -> str | None:
    said = document["procedure"]["deviations"]
    return f"It was deviated from: {'; '.join(map(str, said))}." if said else None


def _plain(said: Any) -> str:  # noqa: ANN401 - a field of dossier.toml, or why it is absent
    return "" if is_absent(said) else " ".join(str(said).casefold().split())


CONDITIONS: dict[str, Callable[[Mapping[str, Any]], str | None]] = {
    "no_sealed_forecast": _no_sealed_forecast,
    "unsigned": _unsigned,
    "untrusted": lambda _: None,
    "unanchored": _unanchored,
    "unreviewed": _unreviewed,
    "withheld": _withheld,
    "undeclared": _undeclared,
    "developer_pays": _developer_pays,
    "developer_vetoes": _developer_vetoes,
    "contingent_fee": _contingent_fee,
    "deviations": _deviations,
}
"""Kinds of caps that a procedure may set -> what is said where they apply; `untrusted` is of `trust_caps`."""
