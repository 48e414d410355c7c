"""The embedded ladder as a study: its corpus, its training, and its results, taken in rung by rung."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.core.tables import RUNS, TASKS, validate
from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import n_steps
from tasklaws.ladder.preset import model_name, preset_of, weighted
from tasklaws.ladder.size import size_of
from tasklaws.ladder.store import CONTROLS, INTERNALS, MODELS, PRESET, RECORD, made, read
from tasklaws.run.arrivals import enter, parquet_bytes
from tasklaws.run.grid_results import ATTEMPT
from tasklaws.run.interrupts import gently
from tasklaws.run.task_records import task_record
from tasklaws.run.workers import Crew, Job
from tasklaws.spec.ladder import Ladder, Rung
from tasklaws.spec.ladder_file import ladder_bytes
from tasklaws.study.files import changing, write_whole
from tasklaws.study.folder import LADDER_FILE, LOG_FILE, SETTINGS, TASKS_FILE, Study
from tasklaws.study.settings import Settings, read_settings, settings_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.core.progress import Advance, Progress
    from tasklaws.ladder.corpus import Ingredient
    from tasklaws.ladder.preset import Preset

LINEAGE = "embedded"
WORKER = "tasklaws.run.rung_worker"


@dataclass(frozen=True)
class Embedded:
    """A study of the embedded ladder in a folder."""

    root: Path
    preset: Preset
    crew: Crew = field(default_factory=Crew, compare=False, repr=False)
    """Workers that train and ask."""

    @property
    def models(self) -> Path:
        """Return the folder of corpus and checkpoints."""
        return self.root / MODELS

    def sizes(self) -> list[list[str]]:
        """Return the models of each width, smallest width first."""
        return [[model_name(width, seed) for seed in self.preset.seeds] for width in self.preset.widths]

    def place(self, model: str) -> tuple[int, int]:
        """Return width and seed of a model."""
        width, _, seed = model[1:].partition("_s")
        return int(width), int(seed)


def prepare(root: Path, preset: Preset) -> Embedded:
    """Return the study of `preset` at `root`, made if it is not there.

    Raises:
        BadInput: there is another study, or one of another preset.
    """
    found = _found(root)
    _check_name(root, preset, found)
    said = read_settings(root / SETTINGS) if (root / SETTINGS).exists() else _SETTINGS
    embedded = Embedded(root, preset if said.mix is None else weighted(preset, said.mix))
    _check(embedded, found)
    preset = embedded.preset
    if found is None:
        embedded.crew.start(WORKER)
        embedded.models.mkdir(parents=True, exist_ok=True)
        write_whole(embedded.models / PRESET, (json.dumps(asdict(preset), indent=1) + "\n").encode())
    corpus = made(preset, embedded.models)
    if not (root / LOG_FILE).exists():
        rungs = [_rung(width, seed, corpus.n_tokens) for width in preset.widths for seed in preset.seeds]
        with changing(root) as changes:
            changes.write(SETTINGS, settings_bytes(replace(said, mix=_weights(preset))))
            changes.write(LADDER_FILE, ladder_bytes(Ladder(tuple(rungs), "n_params")))
            changes.write(TASKS_FILE, parquet_bytes(_tasks(preset)))
            changes.write(LOG_FILE, b"")
    return embedded


def _found(root: Path) -> Preset | None:
    """Return the preset that the study at `root` was begun with."""
    record = root / MODELS / PRESET
    return preset_of(json.loads(record.read_text())) if record.exists() else None


def _check_name(root: Path, preset: Preset, found: Preset | None) -> None:
    if found is not None and found.name != preset.name:
        raise BadInput(
            f"{root} is a study of the preset {found.name!r}, not {preset.name!r}.",
            "A study keeps its preset.",
            f"Ask for --preset {found.name}, or name another folder.",
        )


def _check(embedded: Embedded, found: Preset | None) -> None:
    if found is not None and found != embedded.preset:
        raise BadInput(
            f"{embedded.root} was begun with another mix or other sizes.",
            "A study keeps what it was begun with.",
            "Leave study.toml as it was, or name another folder.",
        )
    if found is not None:
        return
    if (embedded.root / LOG_FILE).exists():
        raise BadInput(
            f"{embedded.root} is a study of something else.",
            "The embedded ladder is trained in a folder of its own.",
            "Name another folder.",
        )


_SETTINGS = Settings(name="embedded ladder", metric="exact", elicitation="greedy")


def _weights(preset: Preset) -> tuple[tuple[str, float], ...]:
    return tuple((part.family, part.weight) for part in preset.mix)


def _rung(width: int, seed: int, n_tokens: int) -> Rung:
    size = size_of(width)
    return Rung(
        model_name(width, seed),
        LINEAGE,
        n_params=float(size.n_params),
        n_tokens=float(n_tokens),
        seed=seed,
        params_kind="non_embedding",
        source="trained in this study",
    )


def _tasks(preset: Preset) -> pl.DataFrame:
    rows = [
        task_record(FAMILIES[part.family], size, preset.items, _floor(part, size))
        for part in preset.mix
        for size in part.tasks
    ]
    return validate(pl.DataFrame(rows), TASKS, "tasks of the embedded ladder")


def _floor(part: Ingredient, size: int) -> float:
    """Return the chance level; what copying without reading scores is no floor under a model that reads."""
    family = FAMILIES[part.family]
    return family.chance(size) if family.instance(size, 0).choices else 0.0


def train(embedded: Embedded, progress: Progress) -> None:
    """Train every width that is not trained yet, the longest first."""
    steps = _steps(embedded)
    widths = sorted(embedded.preset.widths, reverse=True)
    reached = dict.fromkeys((f"train d{width}" for width in widths), 0)
    jobs = [
        _job(embedded, f"{task} d{width}", task=task, width=width)
        for task in ("train", "compile")
        for width in widths
    ]
    with progress.stage(f"train {len(widths)} sizes", total=steps * len(widths)) as advance:

        def told(job: Job, line: dict[str, Any]) -> None:
            advance(line["step"] - reached[job.name])
            reached[job.name] = line["step"]

        embedded.crew.run(jobs, told)


def _steps(embedded: Embedded) -> int:
    return n_steps(read(embedded.models))


def evaluate(embedded: Embedded, models: list[str], progress: Progress, *, control: bool = False) -> None:
    """Put every question to `models`, and take the results into the study in their order.

    With `control`, the control of elicitation runs beside them, on a width that was opened before, and models
    are looked into whose forecasts are sealed.
    """
    waiting = [model for model in models if model not in Study(embedded.root).models_seen_in_log()]
    jobs = []
    for model in waiting:
        width, seed = embedded.place(model)
        if not (embedded.models / f"{model}.parquet").exists():
            jobs.append(_job(embedded, f"evaluate {model}", task="evaluate", width=width, seed=seed))
    locked = embedded.preset.locked
    if control and locked is not None and not (embedded.models / CONTROLS).exists():
        jobs.append(_job(embedded, f"lock d{locked}", task="control", width=locked))
    if control:
        jobs += [_job(embedded, f"look into d{w}", task="internals", width=w) for w in _unseen(embedded)]
    _ask(embedded, jobs, waiting, progress)
    _take_controls(embedded)
    _take_internals(embedded)
    for model in waiting:
        _take_in(embedded, model)


def _ask(embedded: Embedded, jobs: list[Job], models: list[str], progress: Progress) -> None:
    """Do the jobs of `evaluate`.

    Raises:
        KeyboardInterrupt: it was interrupted; jobs that had begun have come to their end, and are kept.
    """
    interrupted, left = Event(), {job.name: N_LINES[job.asked["task"]] for job in jobs}
    with progress.stage(_asking(models, jobs), total=sum(left.values())) as advance, gently(interrupted.set):

        def told(job: Job, _line: dict[str, Any]) -> None:
            if left[job.name]:
                left[job.name] -= 1
                advance(1)

        embedded.crew.run(jobs, told, interrupted.is_set)
        for model in models:
            _tell(embedded, model, advance)
    if interrupted.is_set():
        raise KeyboardInterrupt


N_LINES = {
    "evaluate": 1 + sum(len(one.efforts) for one in ELICITATIONS.values() if not one.prose),
    "control": 3,
    "internals": 1,
}
"""Lines that a worker is sure to say of each task; of what it finds inside a model it may say more."""


def _asking(models: list[str], jobs: list[Job]) -> str:
    inside = " and look inside" if any(job.asked["task"] == "internals" for job in jobs) else ""
    named = " to ".join(dict.fromkeys((models[0], models[-1]))) if models else "no model"
    return f"ask {named}{inside}"


def _tell(embedded: Embedded, model: str, advance: Advance) -> None:
    """Tell what the answers of a model took, and how many a limit ended."""
    written = embedded.models / f"{model}.parquet"
    if written.exists():
        one = pl.read_parquet(written, columns=[*ATTEMPT, "tokens", "outcome"]).unique(ATTEMPT)
        limited = one["outcome"].str.starts_with("limit").sum()
        advance(0, limited=int(limited), tokens=int(one["tokens"].sum()), cost=0.0)


def _take_controls(embedded: Embedded) -> None:
    """Put what came of the controls where the verb `elicit` looks for it."""
    made_, told = embedded.models / CONTROLS, embedded.root / CONTROLS
    if made_.exists() and not told.exists():
        write_whole(told, made_.read_bytes())


def _take_internals(embedded: Embedded) -> None:
    """Put what was found in models where the verb `elicit` looks for it, once all of it is there."""
    parts = [_of_width(embedded, width) for width in embedded.preset.internals]
    told = embedded.root / INTERNALS
    if parts and all(part.exists() for part in parts) and not told.exists():
        found = [json.loads(part.read_text()) for part in parts]
        whole = {kind: [row for one in found for row in one[kind]] for kind in found[0]}
        write_whole(told, (json.dumps(whole, indent=1) + "\n").encode())


def _unseen(embedded: Embedded) -> list[int]:
    """Return the widths that are yet to be looked into, those that take longest first."""
    return [w for w in sorted(embedded.preset.internals, reverse=True) if not _of_width(embedded, w).exists()]


def _of_width(embedded: Embedded, width: int) -> Path:
    return embedded.models / f"d{width}_{INTERNALS}"


def _job(embedded: Embedded, name: str, **asked: Any) -> Job:  # noqa: ANN401
    return Job(WORKER, {"folder": str(embedded.models), **asked}, name)


def _take_in(embedded: Embedded, model: str) -> None:
    """Move a model's attempts into the study, its loss onto the ladder, and a line into the log."""
    study = Study(embedded.root)
    table = validate(pl.read_parquet(embedded.models / f"{model}.parquet"), RUNS, model)
    content = parquet_bytes(table)
    import_id = sha256_hex(canonical_json([model, sha256_hex(content)]))[:12]
    part = f"runs/{import_id}.parquet"
    losses = json.loads((embedded.models / f"{model}.json").read_text())
    with changing(embedded.root) as changes:
        changes.write(part, content)
        changes.write(
            LADDER_FILE, ladder_bytes(_with_loss(study.ladder(), model, losses["loss_nats"], embedded))
        )
        enter(
            changes,
            "run_part",
            rows=table.height,
            parts={part: sha256_hex(content)},
            models=[model],
            inputs={"import_id": import_id, "format": "embedded ladder"},
        )


def _with_loss(ladder: Ladder, model: str, loss: float, embedded: Embedded) -> Ladder:
    corpus = json.loads((embedded.models / RECORD).read_text())["sha256"][:12]
    rungs = (
        replace(rung, loss_nats=loss, loss_corpus=f"held-out {corpus}") if rung.model == model else rung
        for rung in ladder
    )
    return replace(ladder, rungs=tuple(rungs))
