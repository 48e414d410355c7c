"""Which files of a study its dossier takes: those of every study, those that facts name, and patterns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tasklaws.assess.elicit import CONTROLS
from tasklaws.assess.internals import INTERNALS
from tasklaws.assess.observation.labels import FOLDER as LABELS
from tasklaws.core.errors import BadInput
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.facts_file import FACTS
from tasklaws.dossier.folder import STUDY
from tasklaws.dossier.packing.manifest import DROPPINGS, below
from tasklaws.run.grid import LOGS, MODELS
from tasklaws.spec.red_lines import RED_LINES
from tasklaws.study.folder import LADDER_FILE, LOG_FILE, SETTINGS, TASKS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasklaws.dossier.facts import Facts
    from tasklaws.study.folder import Study

OWN = (
    *(SETTINGS, LADDER_FILE, RED_LINES, "weights.toml", FACTS, LOG_FILE, TASKS_FILE),
    *(CONTROLS, INTERNALS, f"{MODELS}/*.json", f"{LABELS}/*.json", f"{LABELS}/*.jsonl"),
    *("forecasts/[!.]*.json", "anchors/*", f"{LOGS}/**/*.eval", f"{LOGS}/**/*.json"),
)
"""What is evidence in every study, beside the parts that its log tells of."""
ABOUT_LOGS = frozenset({"logs.json", "eval-set.json", "listing.json"})
"""Files beside logs that list them."""


def own_files(study: Study) -> Iterator[str]:
    """Yield what is evidence in every study: parts that were removed since too, as far as they are there."""
    for pattern in OWN:
        for path in study.path.glob(pattern):
            if path.is_file() and path.name not in ABOUT_LOGS | DROPPINGS:
                yield path.relative_to(study.path).as_posix()
    for record in study.imports():
        yield from (name for name in record.parts if (study.path / name).exists())


def named_files(root: Path, facts: Facts) -> Iterator[str]:
    """Yield the files that facts refer to: keys of roles, and what shows that there was access.

    Raises:
        BadInput: one is not there, or is a private key.
    """
    for role, said in facts.roles.items():
        if said.key is not None and (root / said.key).resolve().is_relative_to(root.resolve()):
            _refuse_private(root / said.key, role)
            yield _existing(root, str(said.key), f"[roles.{role}] key")
    for kind, level in facts.blocks["access"].items():
        for name in () if is_absent(level) else level["evidence"]:
            yield _existing(root, name.removeprefix(f"{STUDY}/"), f"[access.{kind}] evidence")


def _existing(root: Path, name: str, place: str) -> str:
    path = root / name
    if not path.is_file():
        raise BadInput(
            f"dossier.toml, {place}: {name!r} is no file of the study.",
            "What it names is packed with the dossier.",
            "Put the file into the study, or correct the path.",
        )
    return path.relative_to(root).as_posix()


def _refuse_private(key: Path, role: str) -> None:
    if key.is_file() and b"PRIVATE KEY" in key.read_bytes():
        raise BadInput(
            f"dossier.toml, [roles.{role}] key: {key.name} is a private key.",
            "Whoever has it signs as the one it belongs to.",
            "Name the public key, and keep the private one out of the study.",
        )


def matching_files(root: Path, pattern: str, table: str) -> list[str]:
    """Return the files that a pattern of `dossier.toml` means; a folder means what lies below it."""
    try:
        found = [] if ".." in Path(pattern).parts else [*root.glob(pattern)]
    except (ValueError, NotImplementedError):
        found = []
    files = (one for path in found for one in (_all_below(path) if path.is_dir() else (path,)))
    names = sorted({file.relative_to(root).as_posix() for file in files if file.name not in DROPPINGS})
    if not names:
        raise BadInput(
            f"dossier.toml, [[{table}]]: {pattern!r} matches no file of the study.",
            "It is a path in the study, in which * stands for part of a name and ** for folders.",
            "Correct it, or take it out.",
        )
    return names


def _all_below(folder: Path) -> Iterable[Path]:
    return () if folder.is_symlink() else (path for _, path in below(folder))
