"""The verb `flags`: which attempts show which conduct, how often on each rung, and which to read next."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.flag import FLAGS
from tasklaws.assess.observation.labels import SUGGESTED, Label, add, file_of, now, suggested
from tasklaws.assess.observation.links import BUNDLE, bundle_command, in_bundle, sample_address
from tasklaws.assess.observation.others import Others, others
from tasklaws.assess.observation.plan_file import plan_of
from tasklaws.assess.observation.reading_plan import Readable, planned
from tasklaws.assess.observation.sources import source_of
from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.core.progress import SILENT
from tasklaws.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.assess.observation.flag import Seen
    from tasklaws.assess.observation.reading_plan import Plan
    from tasklaws.assess.observation.sources import Source
    from tasklaws.assess.observation.transcripts import Transcript
    from tasklaws.core.progress import Progress

EXAMPLES = 3
"""Attempts shown of each model and flag."""


@dataclass(frozen=True)
class Observed:
    """One attempt without its turns, and what its flags found."""

    attempt: Transcript
    found: dict[str, Seen]

    def readable(self) -> Readable:
        """Return the attempt as a plan of reading takes it."""
        one = self.attempt
        return Readable(one.attempt_id, one.model, tuple(sorted(self.found)), one.outcome)


@dataclass(frozen=True)
class FlagsResult:
    """Flags by model, and which attempts to read next."""

    rows: tuple[dict[str, Any], ...]
    plan: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    viewer: tuple[str, ...] = ()
    """How to look at attempts that have logs."""
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `flags`."""
        return {
            "rows": list(self.rows),
            "plan": list(self.plan),
            "notes": list(self.notes),
            "viewer": list(self.viewer),
        }


def flags(
    places: str | Path | Sequence[str | Path],
    *,
    n: int = 20,
    seed: int = 0,
    mark: bool = False,
    progress: Progress = SILENT,
) -> FlagsResult:
    """Return how many attempts of each model show which conduct, with examples, and `n` of them to read.

    Args:
        places: a study, logs of Inspect AI, or folders of such logs.
        n: attempts to read next.
        seed: of the draw; the same seed draws the same attempts.
        mark: put what flags suggest beside the labels of a study, so that readers are asked about it.
        progress: told of each attempt.

    Raises:
        BadInput: a place holds no attempts, or marks are asked for without a study.
    """
    named = [places] if isinstance(places, str | Path) else list(places)
    source = source_of([Path(place) for place in named])
    watched = observed(source, progress)
    if not watched:
        raise BadInput(
            f"{named[0]} holds no attempts.",
            "Flags look at transcripts or runs.",
            "Run or import something first, or name the logs.",
        )
    readable = [one.readable() for one in watched]
    plan = plan_of(source.study.path, readable, n, seed) if source.study else planned(readable, n, seed)
    notes = _notes(source, watched) + ([_marked(source, watched)] if mark else [])
    return FlagsResult(_rows(watched), _plan_rows(plan, watched), tuple(notes), _viewer(source, watched))


def _marked(source: Source, watched: list[Observed]) -> str:
    """Write what flags suggest of successes, once each, and return what was done."""
    if source.study is None:
        raise BadInput(
            "marks are asked for without a study.",
            "Suggestions stand beside the labels of a study.",
            "Name a study, or leave --mark out.",
        )
    path, known = file_of(source.study.path, SUGGESTED), suggested(source.study.path)
    new = [one for one in _suggestions(watched) if one.attempt_id not in known]
    for one in new:
        add(path, one)
    return f"{len(new)} attempts were marked; `tasklaws label STUDY --reader NAME` asks about them"


def _suggestions(watched: list[Observed]) -> Iterator[Label]:
    """Yield what flags suggest of attempts that may have succeeded, of each the first."""
    for one in watched:
        hints = ((FLAGS[name].suggests, seen) for name, seen in sorted(one.found.items()))
        outcome, seen = next(((said, seen) for said, seen in hints if said), (None, None))
        if outcome is not None and seen is not None and one.attempt.score != 0:
            told = one.attempt
            yield Label(
                told.attempt_id,
                SUGGESTED,
                outcome,
                seen.quote,
                told.model,
                told.task_id,
                now(),
                planned=False,
            )


def observed(source: Source, progress: Progress = SILENT) -> list[Observed]:
    """Return every attempt of a source with what its flags found; one transcript is held at a time."""
    alone = {name: flag for name, flag in FLAGS.items() if not flag.among}
    slim: list[tuple[Transcript, dict[str, Seen | None]]] = []
    with progress.stage("reading attempts") as advance:
        for attempt in source.attempts():
            found = (
                {name: flag.look(attempt, NOBODY) for name, flag in alone.items()} if attempt.turns else {}
            )
            slim.append((replace(attempt, turns=()), found))
            advance(1)
    around = others((attempt for attempt, _ in slim), source.sizes_before())
    among = {name: flag for name, flag in FLAGS.items() if flag.among}
    return [
        Observed(attempt, _raised(found | {name: flag.look(attempt, around) for name, flag in among.items()}))
        for attempt, found in slim
    ]


def watched_of(study: Path, progress: Progress = SILENT) -> dict[str, Observed]:
    """Return attempt -> what was observed of it, of all attempts of a study."""
    return {one.attempt.attempt_id: one for one in observed(source_of([study]), progress)}


NOBODY = Others()
"""What the others did, for flags that do not ask."""


def _raised(found: dict[str, Seen | None]) -> dict[str, Seen]:
    return {name: one for name, one in found.items() if one is not None}


def _rows(watched: list[Observed]) -> tuple[dict[str, Any], ...]:
    total = Counter(one.attempt.model for one in watched)
    hits: defaultdict[tuple[str, str], list[Observed]] = defaultdict(list)
    for one in watched:
        for name in one.found:
            hits[one.attempt.model, name].append(one)
    return tuple(
        _row(model, name, total[model], hits[model, name]) for model in total for name in sorted(FLAGS)
    )


def _row(model: str, name: str, attempts: int, hits: list[Observed]) -> dict[str, Any]:
    lower, upper = clopper_pearson(len(hits), attempts)
    return {
        "model": model,
        "flag": name,
        "attempts": attempts,
        "flagged": len(hits),
        "share": len(hits) / attempts,
        "lower": lower,
        "upper": upper,
        "suggests": FLAGS[name].suggests,
        "examples": [_example(one, name) for one in hits[:EXAMPLES]],
    }


def _example(one: Observed, name: str) -> dict[str, Any]:
    seen = one.found[name]
    return {**_where(one.attempt), "quote": shown(seen.quote, 200), "place": seen.place}


def _where(attempt: Transcript) -> dict[str, Any]:
    """Return where an attempt stands; `epoch` is ours, from 0."""
    return {
        "attempt_id": attempt.attempt_id,
        "task_id": attempt.task_id,
        "sample_id": attempt.instance_id,
        "epoch": attempt.epoch,
        "elicitation": attempt.elicitation,
        "log_file": attempt.log_file,
        "view": link(attempt),
    }


def link(attempt: Transcript) -> str | None:
    """Return the address of an attempt below a viewer; None where there is no log."""
    if attempt.log_file is None or attempt.instance_id is None:
        return None
    return sample_address(attempt.log_file, attempt.instance_id, attempt.epoch)


def _plan_rows(plan: Plan, watched: list[Observed]) -> tuple[dict[str, Any], ...]:
    by_id = {one.attempt.attempt_id: one for one in watched}
    return tuple(
        {
            "model": by_id[drawn.attempt_id].attempt.model,
            **_where(by_id[drawn.attempt_id].attempt),
            "outcome": by_id[drawn.attempt_id].attempt.outcome,
            "flags": sorted(by_id[drawn.attempt_id].found),
            "stratum": drawn.stratum,
            "probability": drawn.probability,
        }
        for drawn in plan.drawn
    )


def _notes(source: Source, watched: list[Observed]) -> list[str]:
    without = sum(one.attempt.log_file is None for one in watched)
    notes = ["a flag asks a reader to look; none of them changes a score or an outcome"]
    if without:
        notes.append(
            f"{without} of {len(watched)} attempts have no log: they are judged by the columns of their runs"
        )
    return [*notes, *(f"left out: {why}" for why in source.unread)]


def _viewer(source: Source, watched: list[Observed]) -> tuple[str, ...]:
    first = next((one.attempt for one in watched if one.attempt.log_file), None)
    if first is None or first.log_file is None or first.instance_id is None:
        return ()
    example = in_bundle(first.log_file, first.instance_id, first.epoch)
    return (
        f"to look at them: {bundle_command(source.log_dir.as_posix())}",
        f"then serve the folder {BUNDLE}; an attempt stands at such as {example}",
    )
