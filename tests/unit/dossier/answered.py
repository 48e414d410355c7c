"""The made-up document with everything granted and answered: what the best dossier would hold."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from tests.unit.dossier.made_up import made_up

from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.rating.access_levels import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = ("evidence/study/runs/part.parquet", "evidence/study/logs/one.eval", "evidence/study/notes/probes.md")
HUMAN = "evidence/study/human/part.parquet"
Place = tuple[str | int, ...]


def granted(value: Any) -> Any:
    """Return a value in which whatever is absent is there."""
    if is_absent(value):
        return "told"
    if isinstance(value, dict):
        return {key: granted(one) for key, one in value.items()}
    return [granted(one) for one in value] if isinstance(value, list) else value


def answered(*, people: bool = False) -> dict[str, Any]:
    """Return a document that answers every criterion that it can; of `people` where people were tested."""
    document: dict[str, Any] = granted(made_up())
    reached = {"level": "modify", "evidence": ["notes/probes.md"], "note": "on site", "amount": "20 days"}
    for task in document["tasks"]:
        task["hardness_locked_at"] = "2026-01-01T00:00:00+00:00"
    document["harness"][0] |= {"time_limit": 60, "message_limit": 10}
    document["elicitation"] |= {"person_hours": 8.0, "best_of": 4}
    rater = document["roles"]["rater"]
    document["roles"] = {role: {**rater, "name": role.title()} for role in document["roles"]}
    document["access"] = {kind: deepcopy(reached) for kind in KINDS}
    paths = (*PATHS, HUMAN) if people else PATHS
    document["evidence"] = [{**document["evidence"][0], "path": path, "bytes": 10} for path in paths]
    document["review"] = {"name": "S. Econd", "date": "2026-01-05", "note": "looked at all"}
    document["rating"] |= {"dissent": "One rater would have given C."}
    document["limits"] = ["There is no human baseline: experts were not to be had."]
    document["preregistration"][0]["anchor"] = "rfc3161 2026-01-01T00:00:01Z"
    document["elicitation"]["gap_estimate"] |= {"gap": 0.02, "lower": 0.01, "upper": 0.04}
    document["stress_tests"] = [dict(document["stress_tests"][0], scenario=f"s{i}") for i in range(3)]
    document["red_lines"] = [red_line()]
    document["withheld"] = [withheld()]
    document["incidents"] = [{"date": "2026-01-03", "text": "Twelve attempts stopped."}]
    document["standards"] = [{"name": "ISO/IEC 42001", "note": "not claimed"}]
    return document


def red_line() -> dict[str, Any]:
    return {
        "line": "first sign", "family": "add", "threshold": 0.5, "margin": 0.1, "definition": "half of all",
        "target": "larger", "p_cross": 0.31, "verdict": "alarm", "lead": 1, "score": 0.45,
        "score_lower": 0.39, "score_upper": 0.51, "text": "The next model may cross it.",
    }  # fmt: skip


def withheld() -> dict[str, Any]:
    return {
        "path": "evidence/study/secret.txt", "commitment": sha256_hex(b"salted"), "bytes": 7,
        "media_type": "text/plain", "reason": "holds hazards", "confidentiality": "secret",
    }  # fmt: skip


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the places of all single values of a document."""
    if isinstance(value, dict | list) and value:
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*place, key))
    elif not isinstance(value, dict | list):
        yield place


def at(value: Any, place: Place) -> Any:
    """Return what lies at a place."""
    for key in place:
        value = value[key]
    return value


def put(value: Any, place: Place, new: Any) -> None:
    """Set what lies at a place."""
    at(value, place[:-1])[place[-1]] = new
