"""What a dossier says, worked out again from its own evidence."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import TasklawsError
from tasklaws.dossier import assembly
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.facts import read_facts
from tasklaws.dossier.facts_file import FACTS
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import STUDY
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

FACTS_PATH = f"{STUDY}/{FACTS}"
SLOW = "takes longer; verify --full works it out too"


@dataclass(frozen=True)
class Recomputed:
    """What was worked out again, what was not and why, and where it differs."""

    failures: tuple[Failure, ...] = ()
    blocks: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    """Block -> why it was not worked out."""
    proven: tuple[str, ...] = ()
    """Withheld files that were shown and are what was committed to."""


@contextmanager
def evidence_study(folder: Path, revealed: Path | None, proven: Sequence[str]) -> Iterator[Study]:
    """Give the study in the evidence; with what was revealed, a copy that holds that too."""
    if revealed is None or not proven:
        yield Study(folder / STUDY)
        return
    with TemporaryDirectory(prefix="tasklaws-") as temporary:
        whole = Path(temporary) / "dossier"
        shutil.copytree(folder / "evidence", whole / "evidence")
        for path in proven:
            place = whole / path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(revealed / path, place)
        yield Study(whole / STUDY)


def recompute(
    study: Study, document: Mapping[str, Any], missing: Collection[str], *, full: bool
) -> Recomputed:
    """Work out again what the evidence tells, and compare it with the document to the printed digits.

    Args:
        study: the study in the evidence.
        document: what the dossier says.
        missing: paths of evidence that is withheld and was not revealed.
        full: also the figures that take longer.
    """
    from tasklaws.dossier.figures import SLOW_BLOCKS, blocks_resting_on, differences, figures, read_once

    study = read_once(study)
    withheld = blocks_resting_on(missing)
    left = {} if full else dict.fromkeys(SLOW_BLOCKS, SLOW)
    left |= dict.fromkeys(sorted(withheld), "rests on evidence that is withheld")
    try:
        model = document["subject"]["model"]
        subject = None if is_absent(model) else model
        found = figures(study, subject=subject, slow=full, skip=left)
        if "study" not in left:
            found["study"] = assembly.study_block(study)
        if FACTS_PATH not in missing:
            found = _with_facts(found, document, study, missing)
    except TasklawsError as error:
        unreadable = Failure(
            STUDY, error.need, error.what, "The evidence cannot be read, so nothing is shown."
        )
        return Recomputed((unreadable,), left=left)
    said = {name: document[name] for name in found}
    return Recomputed(differences(said, found), tuple(sorted(found)), left)


def _with_facts(
    found: Mapping[str, Any], document: Mapping[str, Any], study: Study, missing: Collection[str]
) -> dict[str, Any]:
    """Return the figures with what `dossier.toml` says, as the document should hold them."""
    facts = read_facts(study.path, absent_evidence=[path.removeprefix(f"{STUDY}/") for path in missing])
    whole = assembly.with_facts(found, facts) | assembly.told_by_people(facts)
    if not isinstance(whole["subject"]["model"], str):
        whole["subject"] = whole["subject"] | {"model": document["subject"]["model"]}
    deviations = facts.blocks["procedure"]["deviations"]
    return whole | {"procedure": document["procedure"] | {"deviations": deviations}}
