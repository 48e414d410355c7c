"""Which criteria of other people's standards a dossier answers: decided by its fields and nothing else."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.coverage.need import Need, read_needs

if TYPE_CHECKING:
    from collections.abc import Mapping

MAPS = ("stream", "eu_code")
NOTE = (
    "The project's own reading of STREAM (ChemBio) version 1 and of the EU Code of Practice for "
    "general-purpose AI, decided by the fields of this document. It is not conformance, and the words are "
    "the project's too."
)
FULL, MINIMUM, ABSENT, NOT_APPLICABLE = "full", "minimum", "absent", "not applicable"
NOWHERE = "nowhere"


@dataclass(frozen=True)
class Criterion:
    """One thing that a standard asks, and what of a dossier is taken for an answer."""

    id: str
    group: str
    criterion: str
    minimum: tuple[Need, ...] = ()
    full: tuple[Need, ...] = ()
    applies: tuple[Need, ...] = ()
    otherwise: str = ""
    """Why the criterion is not applicable where `applies` fails."""
    never: str = ""
    """Why no dossier can answer it."""

    @property
    def where(self) -> str:
        """Return the fields that answer it."""
        paths = dict.fromkeys(path for need in (*self.minimum, *self.full) for path in need.paths)
        return ", ".join(paths) or NOWHERE

    def status(self, document: Mapping[str, Any]) -> tuple[str, str]:
        """Return how far a document answers it, and why."""
        if not _met(self.applies, document):
            return NOT_APPLICABLE, self.otherwise
        if self.never:
            return ABSENT, self.never
        if lacking := _lacking(self.minimum, document):
            return ABSENT, f"minimum would need {lacking}"
        if lacking := _lacking(self.full, document):
            return MINIMUM, f"full would need {lacking}"
        return FULL, "every field that this map asks for is there"


def _met(needs: tuple[Need, ...], document: Mapping[str, Any]) -> bool:
    return all(need.met(document) for need in needs)


def _lacking(needs: tuple[Need, ...], document: Mapping[str, Any]) -> str:
    """Return in words what is needed and not there."""
    return "; ".join(str(need) for need in needs if not need.met(document))


@cache
def criteria(name: str) -> tuple[Criterion, ...]:
    """Return the criteria of a map, in its order."""
    content = files("tasklaws.dossier.coverage").joinpath(f"{name}.toml").read_text("utf-8")
    return tuple(_read(row) for row in tomllib.loads(content)["criterion"])


def _read(row: dict[str, Any]) -> Criterion:
    needs = {key: read_needs(row.get(key, ())) for key in ("minimum", "full", "applies")}
    return Criterion(**{**row, **needs})


def coverage_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the block `coverage` of a document: what it answers of each map, and the note on both.

    Args:
        document: of a dossier; its own block `coverage` is not read.
    """
    stream = [
        {"id": one.id, "group": one.group, "criterion": one.criterion, **_answer(one, document)}
        for one in criteria("stream")
    ]
    eu_code = [
        {"id": one.id, "measure": f"{one.group}: {one.criterion}", **_answer(one, document)}
        for one in criteria("eu_code")
    ]
    return {"stream": stream, "eu_code": eu_code, "note": NOTE}


def _answer(criterion: Criterion, document: Mapping[str, Any]) -> dict[str, str]:
    status, reason = criterion.status(document)
    return {"status": status, "where": criterion.where, "reason": reason}
