"""Missing attempts of a grid, made by Inspect AI."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, cast

from inspect_ai import eval_set
from inspect_ai.hooks import Hooks, SampleEnd, TaskStart, hooks
from inspect_ai.model import get_model

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.run.grid import LOGS, OURS
from tasklaws.run.inspect_bridge.heard import Heard
from tasklaws.run.inspect_bridge.spending import Guard
from tasklaws.run.inspect_bridge.tasks import family_task
from tasklaws.run.interrupts import gently

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inspect_ai import Task
    from inspect_ai.model import Model

    from tasklaws.run.grid import Attempts, Cell, Grid
    from tasklaws.run.inspect_bridge.instances import Rendering
    from tasklaws.run.prices import Purse
    from tasklaws.run.watch import Watch

RETRIES = 1
"""How often Inspect tries a failed sample again within one run; the next run tries once more."""
BUFFER = 10
"""Samples that a log gathers before it is written: so many are lost at most when the process is killed."""

_listeners: list[Heard] = []


@hooks(name="tasklaws_progress", description="tells tasklaws how many attempts are done")
class _Told(Hooks):
    def enabled(self) -> bool:
        """Return whether somebody listens."""
        return bool(_listeners)

    async def on_task_start(self, data: TaskStart) -> None:
        """Learn which cells a task is about."""
        for heard in _listeners:
            heard.begun(data.eval_id, data.spec.metadata)

    async def on_sample_end(self, data: SampleEnd) -> None:
        """Count an attempt that was made."""
        for heard in _listeners:
            heard.ended(data.eval_id, data.sample)


def execute(root: Path, grid: Grid, missing: Attempts, purse: Purse, watch: Watch) -> bool:
    """Have Inspect make the attempts in `missing`; its logs go to the study's folder of logs.

    Args:
        root: folder of the study.
        grid: what it wants to know.
        missing: attempts of cells that are not whole.
        purse: what may be spent.
        watch: told of attempts as they are done.

    Returns:
        Whether it was interrupted; what had begun has come to its end then.
    """
    guard = Guard(purse)
    with (
        _listening(Heard(guard, watch, missing)),
        gently(guard.interrupt),
        redirect_stdout(io.StringIO()),  # Inspect lists its hooks there
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", "coroutine .* was never awaited")  # Inspect's, when it is stopped
        try:
            _evaluate(_tasks(root, grid, missing, guard), root / LOGS / _folder(missing))
        except KeyboardInterrupt:
            if not guard.stopped:
                raise
    return guard.interrupted


def _tasks(root: Path, grid: Grid, missing: Attempts, guard: Guard) -> list[Task]:
    models: dict[str, Model] = {}
    tasks = []
    for (rung, *_), cells in _groups(missing).items():
        if rung not in models:
            models[rung] = guard.guarded(_model(root, grid, rung), rung)
        tasks.append(_task(grid, cells, missing, models[rung]))
    return tasks


def _evaluate(tasks: list[Task], folder: Path) -> None:
    eval_set(
        tasks,
        log_dir=str(folder),
        log_dir_allow_dirty=True,
        model=None,
        display="none",
        fail_on_error=True,  # an eval with a failed sample is not done: Inspect tries it again,
        continue_on_fail=True,  # after all others
        retry_attempts=RETRIES,
        retry_cleanup=False,
        log_realtime=False,
        log_model_api=False,
        log_buffer=BUFFER,
        score_display=False,
    )


def _groups(missing: Attempts) -> dict[tuple[str, str, str, str], list[Cell]]:
    """Return the cells of each model, family, harness and elicitation: a task of Inspect."""
    groups: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in missing:
        key = (cell.model, cell.task_family, cell.harness_id, cell.elicitation)
        groups.setdefault(key, []).append(cell)
    return groups


def _model(root: Path, grid: Grid, rung: str) -> Model:
    name = grid.names[rung]
    said = grid.said.model_args
    own: dict[str, Any] = dict(said.get(rung, said.get(name, {})))
    if name.startswith(OURS):
        own.setdefault("study", str(root))
    return get_model(name, memoize=False, **own)


def _task(grid: Grid, cells: list[Cell], missing: Attempts, model: Model) -> Task:
    """Return the task that asks what is missing of `cells`, which differ in size only."""
    one, said = cells[0], grid.said
    made = family_task(
        one.task_family,
        sizes=[cell.size for cell in cells],
        items=max(len(grid.questions[cell.task_id]) for cell in cells),
        seed=grid.seed,
        epochs=said.epochs,
        harness=grid.harnesses[one.harness_id],
        harness_id=one.harness_id,
        elicitation=one.elicitation,
        rendering=cast("Rendering", said.rendering),
        asked=str(grid.asked) if grid.asked else None,
    )
    wanted = {instance for cell in cells for instance, _ in missing[cell]}
    made.dataset = made.dataset.filter(lambda sample: sample.id in wanted)
    made.model = model
    (made.metadata or {})["tasklaws"]["rung"] = one.model
    return made


def _folder(missing: Attempts) -> str:
    """Return the name of the folder of these attempts, so that Inspect takes no other logs for theirs."""
    told = sorted((*vars(cell).values(), *sorted(attempts)) for cell, attempts in missing.items())
    return sha256_hex(canonical_json(told))[:12]


@contextmanager
def _listening(heard: Heard) -> Iterator[None]:
    _listeners.append(heard)
    try:
        yield
    finally:
        _listeners.remove(heard)
