"""What people say of a dossier that no study can know: the `dossier.toml` in the study's folder.

What it does not say is ``not-granted``; a value may be ``{status = "not-applicable", reason = ".."}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.dossier.absent import NOT_GRANTED, absent, is_absent
from tasklaws.dossier.facts_file import FACTS, filled, read_file
from tasklaws.dossier.folder import STUDY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

NO_FILE = "there is no dossier.toml"
NOT_SAID = "dossier.toml does not say"
PROVEN = ("query", "read", "modify")
"""Levels of access that something must show."""
ALONE = ("subject", "auditor", "independence", "limits", "incidents", "standards", "review")
"""Blocks of the document that are as the file says."""
BESIDE = ("elicitation", "procedure", "rating")
"""Blocks to which the file adds."""


@dataclass(frozen=True)
class RoleFact:
    """Who stands for one duty."""

    name: str | None
    key: Path | None
    """Their public key, as a path in the study."""


@dataclass(frozen=True)
class EvidenceRule:
    """Files of the study that are packed beside those that always are."""

    path: str
    """A path in the study, or a pattern."""
    title: str
    confidentiality: str


@dataclass(frozen=True)
class WithheldRule:
    """Files of the study that are not shown."""

    path: str
    """A path in the study, or a pattern."""
    reason: str
    confidentiality: str


@dataclass(frozen=True)
class Facts:
    """What `dossier.toml` says."""

    blocks: dict[str, Any]
    """Parts of the document; of `harness` only what is said, as the study may know the rest."""
    roles: Mapping[str, RoleFact]
    evidence: tuple[EvidenceRule, ...]
    withheld: tuple[WithheldRule, ...]


def read_facts(study_path: Path, *, absent_evidence: Collection[str] = ()) -> Facts:
    """Return what the `dossier.toml` of a study says; without that file, that nothing was granted.

    Args:
        study_path: folder of the study.
        absent_evidence: paths in the study that are known to be missing, because they are withheld.

    Raises:
        BadInput: a key is unknown, a value is not of its kind, or a file that is named is not in the study.
    """
    path = study_path / FACTS
    there = path.exists() or path.is_symlink()
    unsaid = absent(NOT_GRANTED, NOT_SAID if there else NO_FILE)
    said = filled(read_file(path) if there else {}, unsaid)
    for place, name in (*_keys(said), *_shown_access(said)):
        if name not in absent_evidence:
            _refuse_elsewhere(study_path, place, name)
    blocks = {name: said[name] for name in (*ALONE, *BESIDE)} | {
        "access": {kind: _from_dossier(one) for kind, one in said["access"].items()},
        "harness": {name: value for name, value in said["harness"].items() if value != unsaid},
    }
    return Facts(
        blocks,
        {role: _role(one) for role, one in said["roles"].items()},
        tuple(EvidenceRule(**row) for row in said["evidence"]),
        tuple(WithheldRule(**row) for row in said["withheld"]),
    )


def _role(said: Mapping[str, str | None]) -> RoleFact:
    key = said["key"]
    return RoleFact(said["name"], None if key is None else Path(key))


def _from_dossier(granted: dict[str, Any]) -> dict[str, Any]:
    """Return access with its evidence at the paths that it has in the dossier."""
    if is_absent(granted):
        return granted
    return granted | {"evidence": [f"{STUDY}/{name}" for name in granted["evidence"]]}


def _keys(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for role, one in said["roles"].items():
        if one["key"] is not None:
            yield f"[roles.{role}] key", one["key"]


def _shown_access(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each file that shows access.

    Raises:
        BadInput: access is claimed that nothing shows.
    """
    for kind, granted in said["access"].items():
        if is_absent(granted):
            continue
        if granted["level"] in PROVEN and not granted["evidence"]:
            raise BadInput(
                f"{FACTS}, [access.{kind}]: level {granted['level']!r} without evidence.",
                f"The levels {', '.join(PROVEN)} name the files of the study that show it.",
                'Add evidence = ["notes/FILE.md"], or say level = "described".',
            )
        for name in granted["evidence"]:
            yield f"[access.{kind}] evidence", name


def _refuse_elsewhere(root: Path, place: str, name: str) -> None:
    """Refuse a path that is no file of the study."""
    try:
        path = (root / name).resolve()
        inside, there = path.is_relative_to(root.resolve()), path.is_file()
    except (OSError, RuntimeError):
        inside, there = True, False
    if not inside:
        raise BadInput(
            f"{FACTS}, {place}: {shown(name)!r} leads out of the study.",
            "A dossier packs what lies in the study's own folder.",
            "Put a copy of the file into the study.",
        )
    if not there:
        raise BadInput(
            f"{FACTS}, {place}: {shown(name)!r} is no file of the study.",
            "What it names is packed with the dossier.",
            "Put the file into the study, or correct the path.",
        )
