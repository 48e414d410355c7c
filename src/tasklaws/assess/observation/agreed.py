"""The verb `label --agreement`: how far readers agree, and what their labels say of the models."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.agreement import cohens_kappa, confusion, weighted_rate
from tasklaws.assess.observation.labels import SETTLED, SPURIOUS, Label, final, read_all
from tasklaws.assess.observation.observed import watched_of
from tasklaws.assess.observation.plan_file import strata_of
from tasklaws.core.errors import NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.assess.observation.observed import Observed
    from tasklaws.core.progress import Progress


NAMED = 3
"""Strata that a note names."""


@dataclass(frozen=True)
class AgreementResult:
    """How far readers agree, and what that says of the models."""

    kappas: tuple[dict[str, Any], ...]
    confusion: tuple[dict[str, Any], ...]
    to_settle: tuple[dict[str, Any], ...]
    spurious: tuple[dict[str, Any], ...]
    invalid: tuple[str, ...]
    """Attempts that were found to be invalid successes."""
    flags: tuple[dict[str, Any], ...]
    """What readers called the attempts that a flag was raised for."""
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `label --agreement`."""
        return {name: list(value) for name, value in vars(self).items()}


def agreement(study: Study | str | Path, *, progress: Progress = SILENT) -> AgreementResult:
    """Return how far the readers of a study agree, what is to settle, and how many failures are spurious.

    Raises:
        NoAnswer: nobody has labelled anything.
        BadInput: a file of labels cannot be used.
    """
    opened = study if isinstance(study, Study) else Study(study)
    readers = read_all(opened.path)
    if not any(readers.values()):
        raise NoAnswer(
            "no-labels",
            f"{opened.path} has no labels.",
            "Agreement needs the labels of two readers.",
            "Label attempts with: tasklaws label STUDY --reader NAME.",
        )
    watched = watched_of(opened.path, progress)
    agreed, open_ = final(readers)
    drawn = {one.attempt_id for labels in readers.values() for one in labels.values() if one.planned}
    estimable = {name: said for name, said in agreed.items() if name in drawn}
    by = strata_of(opened.path)
    strata = {name: one.readable().stratum(by) for name, one in watched.items()}
    pairs = list(_pairs(readers))
    return AgreementResult(
        tuple(_kappa(a, b, readers) for a, b in pairs),
        tuple(one for a, b in pairs for one in _confusion(a, b, readers)),
        tuple(_open(attempt, readers, watched) for attempt in open_),
        tuple(_spurious(estimable, watched, _weights(strata, estimable))),
        tuple(sorted(one for one, said in agreed.items() if said == "invalid_success")),
        tuple(_of_flags(agreed, watched)),
        (*_notes(readers, agreed, open_), *_unread(strata, estimable)),
    )


def _pairs(readers: dict[str, dict[str, Label]]) -> Iterator[tuple[str, str]]:
    names = [name for name in sorted(readers) if name != SETTLED]
    yield from ((a, b) for place, a in enumerate(names) for b in names[place + 1 :])


def _said(labels: dict[str, Label]) -> dict[str, str]:
    return {attempt: one.label for attempt, one in labels.items()}


def _kappa(first: str, second: str, readers: dict[str, dict[str, Label]]) -> dict[str, Any]:
    found = cohens_kappa(_said(readers[first]), _said(readers[second]))
    return {"readers": [first, second], **asdict(found), "reason": found.reason}


def _confusion(first: str, second: str, readers: dict[str, dict[str, Label]]) -> list[dict[str, Any]]:
    found = confusion(_said(readers[first]), _said(readers[second]))
    return [{"readers": [first, second], **one} for one in found]


def _open(attempt: str, readers: dict[str, dict[str, Label]], watched: dict[str, Observed]) -> dict[str, Any]:
    said = {name: labels[attempt].label for name, labels in readers.items() if attempt in labels}
    about = watched[attempt].attempt if attempt in watched else None
    told = (
        {"model": about.model, "sample_id": about.instance_id}
        if about
        else {"model": None, "sample_id": None}
    )
    return {"attempt_id": attempt, **told, "labels": said}


def _weights(strata: dict[str, str], labelled: dict[str, str]) -> dict[str, float]:
    """Return what each labelled attempt stands for: attempts of its stratum over those that were read."""
    sizes = Counter(strata.values())
    was_read = Counter(strata[name] for name in labelled if name in strata)
    return {name: sizes[strata[name]] / was_read[strata[name]] for name in labelled if name in strata}


def _spurious(
    agreed: dict[str, str], watched: dict[str, Observed], weights: dict[str, float]
) -> Iterator[dict[str, Any]]:
    """Yield the share of spurious failures among the failures of each model, and of all."""
    failures = {
        name: said in SPURIOUS
        for name, said in agreed.items()
        if name in weights and (said in SPURIOUS or said == "genuine_failure")
    }
    models = sorted({watched[name].attempt.model for name in failures})
    for model in (None, *models):
        own = {
            name: hit
            for name, hit in failures.items()
            if model is None or watched[name].attempt.model == model
        }
        yield {"model": model, **asdict(weighted_rate(own, weights))}


def _of_flags(agreed: dict[str, str], watched: dict[str, Observed]) -> Iterator[dict[str, Any]]:
    """Yield how often each flag met each label."""
    met = Counter(
        (flag, said) for name, said in agreed.items() if name in watched for flag in watched[name].found
    )
    yield from ({"flag": flag, "label": said, "n": n} for (flag, said), n in sorted(met.items()))


def _notes(readers: dict[str, dict[str, Label]], agreed: dict[str, str], open_: list[str]) -> Iterator[str]:
    yield f"{len(agreed)} attempts have a label that stands, {len(open_)} are to be settled"
    if open_:
        yield f"settle them with: tasklaws label STUDY --reader {SETTLED}"
    if len([name for name in readers if name != SETTLED]) < 2:  # noqa: PLR2004 - two readers
        yield "one reader only: nothing says how far the labels can be relied on"


def _unread(strata: dict[str, str], labelled: dict[str, str]) -> Iterator[str]:
    """Yield what the shares do not speak of."""
    unread = set(strata.values()) - {strata[name] for name in labelled if name in strata}
    if unread:
        count = sum(stratum in unread for stratum in strata.values())
        named = ", ".join(sorted(unread)[:NAMED]) + (", ..." if len(unread) > NAMED else "")
        yield f"no share speaks of {count} attempts, of which none was labelled: {named}"
