"""The verb `simulate`: runs of a world whose law is known, in a study, with the truth beside them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput
from tasklaws.core.progress import SILENT, Progress
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.core.tables import HUMAN_TIMES, RUNS, TASKS, validate
from tasklaws.run.arrivals import parquet_bytes
from tasklaws.spec.cost import whole
from tasklaws.spec.ladder_file import ladder_bytes, make_ladder
from tasklaws.spec.world import World, WorldOptions
from tasklaws.study.files import changing
from tasklaws.study.folder import LADDER_FILE, LOG_FILE, SETTINGS, TASKS_FILE
from tasklaws.study.log import Log
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
    world: str, into: str | Path, *, rungs: int = 8, runs: int = 20_000, seed: int = 0, progress: Progress = SILENT
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
        return _write(changes, entry, drawn, root, progress, {"rungs": rungs, "runs": runs, "seed": seed})


def _write(
    changes: Changes, entry: World, drawn: Drawn, root: Path, progress: Progress, asked: dict[str, int]
) -> SimulateResult:
    inputs = {"format": f"simulate {entry.name}", **asked}
    import_id = sha256_hex(canonical_json(inputs))[:12]
    parts, attempts, rows, models = {}, 0, 0, []
    with progress.stage("drawing", len(drawn.rungs)) as advance:
        for number, table in enumerate(drawn.runs):
            held = validate(table, RUNS, f"world {entry.name}", unique=False)
            part = f"runs/{import_id}-{number:03d}.parquet"
            content = _compact_parquet(held)
            changes.write(part, content)
            parts[part] = sha256_hex(content)
            models += held["model"].unique(maintain_order=True).to_list()
            rows += held.height
            attempts += held.filter(pl.col("metric") == held["metric"][0]).height
            advance(1)
    if drawn.human is not None:
        content = parquet_bytes(validate(drawn.human, HUMAN_TIMES, f"world {entry.name}"))
        parts[f"human/{import_id}.parquet"] = sha256_hex(content)
        changes.write(f"human/{import_id}.parquet", content)
    tasks = validate(drawn.tasks, TASKS, f"world {entry.name}")
    changes.write(TASKS_FILE, parquet_bytes(tasks))
    changes.write(LADDER_FILE, ladder_bytes(make_ladder(drawn.rungs, drawn.axis)))
    changes.write(SETTINGS, settings_bytes(Settings(name=entry.name, seed=asked["seed"])))
    changes.write(TRUTH_FILE, _truth(entry, drawn, asked))
    payload = {
        "import_id": import_id,
        "rows": rows,
        "quarantined": 0,
        "parts": parts,
        "models": models,
        "rungs": [rung.model for rung in drawn.rungs],
        **inputs,
    }
    Log(changes.touch(LOG_FILE)).append("run_part", payload)
    return SimulateResult(
        entry.name, attempts, tuple(models), tasks["task_id"].n_unique(), tuple(parts), str(root / TRUTH_FILE)
    )


def _compact_parquet(table: pl.DataFrame) -> bytes:
    """Return the bytes of a Parquet file, written for speed: most columns repeat few texts."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def _truth(entry: World, drawn: Drawn, asked: dict[str, int]) -> bytes:
    truth = {"world": entry.name, "code": entry.code, **asked, **drawn.truth}
    return (json.dumps(truth, indent=1, allow_nan=False) + "\n").encode()
