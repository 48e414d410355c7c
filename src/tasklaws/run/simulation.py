"""The verb `simulate`: runs of a world whose law is known, in a study, with the truth beside them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput
from tasklaws.core.progress import SILENT, Progress
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.core.tables import HUMAN_TIMES, RUNS, TASKS, validate
from tasklaws.run.arrivals import enter, parquet_bytes
from tasklaws.spec.bounds import whole
from tasklaws.spec.ladder_file import ladder_bytes, make_ladder
from tasklaws.spec.world import World, WorldOptions
from tasklaws.study.files import changing
from tasklaws.study.folder import LADDER_FILE, SETTINGS, TASKS_FILE
from tasklaws.study.settings import Settings, settings_bytes
from tasklaws.worlds import world_called

if TYPE_CHECKING:
    from tasklaws.spec.world import Drawn
    from tasklaws.study.files import Changes

TRUTH_FILE = "truth.json"


@dataclass(frozen=True)
class SimulateResult:
    """What was drawn."""

    world: str
    runs: int
    """Attempts; an attempt has a row per metric."""
    models: tuple[str, ...]
    tasks: int
    parts: tuple[str, ...]
    truth: str
    """Path of the file with the parameters of the world and the true rates."""

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and `world`, `models`, `tasks` and `parts`."""
        return {
            "runs": self.runs,
            "truth": self.truth,
            "world": self.world,
            "models": list(self.models),
            "tasks": self.tasks,
            "parts": list(self.parts),
        }


def simulate(
    world: str,
    into: str | Path,
    *,
    rungs: int = 8,
    runs: int = 20_000,
    seed: int = 0,
    progress: Progress = SILENT,
) -> SimulateResult:
    """Draw runs of `world` into the new study `into`; the truth stands in its `truth.json`.

    Args:
        world: name or number of a world, such as ``shortcut`` or ``W3``.
        into: a study that does not exist yet, so that no drawn run gets among real ones.
        rungs: models on the ladder.
        runs: attempts in all, spread evenly over models and tasks; rounded up.
        seed: the same seed gives the same runs.
        progress: told of each model.

    Raises:
        UnknownName: there is no such world.
        BadInput: `into` exists, or a number cannot be.
    """
    entry, root = world_called(world), Path(into)
    whole(rungs, 2, "the number of rungs")
    whole(runs, 1, "the number of runs")
    whole(seed, 0, "the seed")
    if root.exists():
        raise BadInput(
            f"{root} exists.", "Drawn runs go into a study of their own.", "Name a new folder, or remove it."
        )
    drawn = entry.draw(WorldOptions(rungs, runs, seed))
    with changing(root) as changes:
        asked = {"rungs": rungs, "runs": runs, "seed": seed}
        return _write(changes, entry, drawn, root, asked=asked, progress=progress)


def _write(
    changes: Changes, entry: World, drawn: Drawn, root: Path, *, asked: dict[str, int], progress: Progress
) -> SimulateResult:
    inputs = {"format": f"simulate {entry.name}", **asked}
    import_id = sha256_hex(canonical_json(inputs))[:12]
    written = _Written()
    with progress.stage("drawing", len(drawn.rungs)) as advance:
        for number, table in enumerate(drawn.runs):
            held = validate(table, RUNS, f"world {entry.name}", unique=False)
            written.count(held)
            written.part(changes, f"runs/{import_id}-{number:03d}.parquet", _compact_parquet(held))
            advance(1)
    if drawn.human is not None:
        human = parquet_bytes(validate(drawn.human, HUMAN_TIMES, f"world {entry.name}"))
        written.part(changes, f"human/{import_id}.parquet", human)
    tasks = validate(drawn.tasks, TASKS, f"world {entry.name}")
    changes.write(TASKS_FILE, parquet_bytes(tasks))
    changes.write(LADDER_FILE, ladder_bytes(make_ladder(drawn.rungs, drawn.axis)))
    changes.write(SETTINGS, settings_bytes(Settings(name=entry.name, seed=asked["seed"])))
    changes.write(TRUTH_FILE, _truth(entry, drawn, asked))
    enter(
        changes,
        "run_part",
        rows=written.rows,
        parts=written.parts,
        models=written.models,
        rungs=[rung.model for rung in drawn.rungs],
        inputs={"import_id": import_id, **inputs},
    )
    models, parts = tuple(written.models), tuple(written.parts)
    return SimulateResult(
        entry.name, written.attempts, models, tasks["task_id"].n_unique(), parts, str(root / TRUTH_FILE)
    )


@dataclass
class _Written:
    """What has been written of the runs so far."""

    parts: dict[str, str] = field(default_factory=dict)
    """Part -> SHA-256 of its bytes."""
    models: list[str] = field(default_factory=list)
    attempts: int = 0
    rows: int = 0

    def count(self, runs: pl.DataFrame) -> None:
        """Count the attempts of one table: of each task, the rows of the first of its metrics."""
        first = pl.col("metric") == pl.col("metric").first().over("task_id")
        self.attempts += runs.select(first.sum()).item()
        self.rows += runs.height
        self.models += runs["model"].unique(maintain_order=True).to_list()

    def part(self, changes: Changes, name: str, content: bytes) -> None:
        """Write a part, and remember its hash."""
        changes.write(name, content)
        self.parts[name] = sha256_hex(content)


def _compact_parquet(table: pl.DataFrame) -> bytes:
    """Return the bytes of a Parquet file, written for speed: most columns repeat few texts."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def _truth(entry: World, drawn: Drawn, asked: dict[str, int]) -> bytes:
    truth = {"world": entry.name, "code": entry.code, **asked, **drawn.truth}
    return (json.dumps(truth, indent=1, allow_nan=False) + "\n").encode()
