"""The verb `run`: what the grid of a study is missing is asked for, and nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput, StudyLocked
from tasklaws.core.progress import SILENT
from tasklaws.run.grid import LOGS, grid_of, held
from tasklaws.run.grid import again_limited as limited_again
from tasklaws.run.grid_plan import Plan, plan_of, refuse_dear, weights_of
from tasklaws.run.grid_results import counts, take_in, wanted_rows
from tasklaws.run.prices import purse_for, unpriced
from tasklaws.run.watch import watched
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tasklaws.core.progress import Progress
    from tasklaws.run.grid import Attempts, Cell, Grid
    from tasklaws.run.inspect_bridge.finished import Found
    from tasklaws.run.prices import Purse
    from tasklaws.run.watch import Watch

RUNNING = ".running"
"""File that is locked while a study is run."""
UNDONE = 4
"""Exit code of a run that left cells missing."""


@dataclass(frozen=True)
class RunResult:
    """What was run, or would be."""

    cells: dict[str, int]
    """Planned, done, failed, limited."""
    tokens: int
    """Read and written: in this run, or by the plan."""
    cost: float | None
    """Dollars likewise; None where a price is not known."""
    reason: str | None
    """Why there is no cost."""
    plan: Plan
    """What was missing before."""
    warnings: tuple[str, ...]
    exit_code: int = 0
    planned_only: bool = False
    controls: tuple[dict[str, Any], ...] = ()
    """What came of models whose hidden ability is known, where they were asked."""

    @property
    def unfinished(self) -> str | None:
        """Return what is left for the same command to do; None where nothing is."""
        left = self.cells["planned"] - self.cells["done"]
        return f"{left} of {self.cells['planned']} cells are left" if left and not self.planned_only else None

    def document(self) -> dict[str, Any]:
        """Return `cells`, `tokens`, `cost` with `reason`, whether it is a plan only, and its `rows`."""
        return {
            "cells": self.cells,
            "tokens": self.tokens,
            "cost": self.cost,
            "reason": self.reason,
            "plan_only": self.planned_only,
            "rows": self.plan.document(),
            "notes": list(self.warnings),
            "controls": list(self.controls),
        }


def run(
    study: Study | str | Path,
    executor: str | None = None,
    *,
    plan: bool = False,
    models: Sequence[str] = (),
    families: Sequence[str] = (),
    yes: bool = False,
    again_limited: bool = False,
    accept_errors: bool = False,
    control: bool = False,
    progress: Progress = SILENT,
) -> RunResult:
    """Ask for the attempts that the grid in `study.toml` is missing, and take them into the study.

    What an earlier run had asked before it was stopped is read from its logs and not asked again.

    Args:
        study: the study.
        executor: ``inspect`` or ``local``; None for that of the settings, else ``inspect``.
        plan: only say what would be asked.
        models: only these models.
        families: only these families.
        yes: ask though more is estimated than the settings allow; asking stops at the limit all the same.
        again_limited: ask for cells again in which a limit ended attempts, at twice that limit.
        accept_errors: take attempts that ended in an error as they are.
        control: first ask a mock model that hides what it can, with every elicitation, and keep what came.
        progress: hears how far it is.

    Raises:
        BadInput: something that cannot be run is asked for.
        StudyLocked: another process runs the study.
        NoAnswer: more is estimated than the settings allow; nothing was asked.
        KeyboardInterrupt: it was interrupted; what was begun is kept.
    """
    study = study if isinstance(study, Study) else Study(study)
    grid = grid_of(study, models, families)
    chosen = executor or grid.said.executor or "inspect"
    if again_limited:
        grid = limited_again(grid, study.runs())
    job = _Job(study, grid, chosen, accept_errors)
    if plan:
        return _planned(job)
    with _alone(study.path):
        controls = _controlled(study.path, progress) if control else ()
        return replace(_run(job, progress, yes=yes), controls=controls)


def _controlled(root: Path, progress: Progress) -> tuple[dict[str, Any], ...]:
    _check_extra()
    from tasklaws.run.inspect_bridge.control import positive_control

    return tuple(positive_control(root, progress))


@dataclass(frozen=True)
class _Job:
    study: Study
    grid: Grid
    executor: str
    errors: bool

    def finished(self) -> _Finished:
        """Return what the logs of Inspect hold of what is missing in the study."""
        missing = self.grid.missing(self.study.runs())
        if self.executor != "inspect" or not missing or not (self.study.path / LOGS).is_dir():
            return _Finished(missing, {}, None)
        _check_extra()
        from tasklaws.run.inspect_bridge.finished import finished

        found = finished(self.study.path, self.grid, missing)
        return _Finished(missing, held(found.rows.filter(~pl.col("failed"))), found)

    def take_in(self) -> _Finished:
        """Take what makes cells whole from the logs into the study; return what there is left."""
        there = self.finished()
        if there.found is not None:
            rows = wanted_rows(there.found.rows, there.missing, errors=self.errors)
            if rows.height:
                take_in(self.study.path, self.grid, rows, "inspect", there.found.files)
        return replace(there, missing=self.grid.missing(self.study.runs()))


@dataclass(frozen=True)
class _Finished:
    missing: Attempts
    """What the study does not hold."""
    logged: Attempts
    """What logs hold of it."""
    found: Found | None

    @property
    def to_ask(self) -> Attempts:
        """Return the attempts that neither study nor logs hold."""
        left = {cell: all_ - self.logged.get(cell, frozenset()) for cell, all_ in self.missing.items()}
        return {cell: attempts for cell, attempts in left.items() if attempts}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what a reader should know of the logs."""
        return self.found.warnings if self.found else ()

    @property
    def failed(self) -> set[Cell]:
        """Return cells that have attempts which ended in an error."""
        return self.found.failed if self.found else set()


def _planned(job: _Job) -> RunResult:
    runs, to_ask = job.study.runs(), job.finished().to_ask
    plan = plan_of(job.grid, to_ask, runs)
    notes = (*job.grid.notes, *unsealed(job.study, to_ask))
    cells = counts(job.grid, runs, set())
    return RunResult(cells, plan.tokens, plan.cost, plan.reason, plan, notes, planned_only=True)


def _run(job: _Job, progress: Progress, *, yes: bool) -> RunResult:
    before = job.take_in()
    to_ask = before.to_ask
    plan = plan_of(job.grid, to_ask, job.study.runs())
    if not yes:
        refuse_dear(plan, job.grid)
    purse = purse_for(job.grid, {cell.model for cell in to_ask})
    notes = [*job.grid.notes, *before.warnings, *unsealed(job.study, to_ask)]
    if not to_ask:
        return _result(job, plan, purse, before, notes)
    with watched(progress, to_ask, weights_of(job.grid, to_ask, job.study.runs())) as watch:
        purse.heard = watch.paid
        interrupted = _execute(job, to_ask, purse, watch)
    after = job.take_in()
    if interrupted and after.missing:
        raise KeyboardInterrupt
    return _result(job, plan, purse, after, [*notes, *after.warnings])


def _execute(job: _Job, to_ask: Attempts, purse: Purse, watch: Watch) -> bool:
    """Have the executor ask; whatever ends it, what it has done is taken in."""
    if job.executor == "local":
        from tasklaws.run.grid_local import execute as locally

        return locally(job.study.path, job.grid, to_ask, purse, watch)
    _check_extra()
    from tasklaws.run.inspect_bridge.executor import execute

    try:
        return execute(job.study.path, job.grid, to_ask, purse, watch)
    except KeyboardInterrupt:
        return True


def _result(job: _Job, plan: Plan, purse: Purse, after: _Finished, notes: list[str]) -> RunResult:
    cells = counts(job.grid, job.study.runs(), after.failed)
    left = cells["planned"] - cells["done"]
    if cells["failed"]:
        notes.append(
            f"{cells['failed']} cells have attempts that ended in an error; run it again to try those once "
            "more, or with --accept-errors to take them as they are"
        )
    if purse.closed and left:
        notes.append(
            f"{purse.closed}: {left} cells are left; raise it in study.toml and run the same command"
        )
    reason = unpriced(purse.unknown, purse.prices)
    cost = None if reason else purse.cost
    said, code = tuple(dict.fromkeys(notes)), UNDONE if left else 0
    return RunResult(cells, purse.tokens, cost, reason, plan, said, code)


def unsealed(study: Study, to_ask: Attempts) -> tuple[str, ...]:
    """Return a note for models that are to be run for the first time before a forecast of them is sealed."""
    seen = study.models_seen_in_log()
    ladder = [rung.model for rung in study.ladder()]
    sealed = {entry.payload.get("target") for entry in study.log.entries() if entry.kind == "seal"}
    if not any(model in seen for model in ladder):
        return ()
    new = [m for m in ladder if m not in seen and m not in sealed and any(c.model == m for c in to_ask)]
    return tuple(
        f"no forecast of {model} is sealed yet, and results of other rungs are there; to forecast it first: "
        f"tasklaws predict {study.path} --target {model} --seal"
        for model in new
    )


def _check_extra() -> None:
    from importlib.util import find_spec

    if find_spec("inspect_ai") is None:
        raise BadInput(
            "inspect_ai cannot be imported.",
            "The executor `inspect` needs what the extra `inspect` brings.",
            'Install it with: pip install "tasklaws[inspect]"; or run with --executor local.',
        )


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the lock of a run, which ends with this process, however that ends.

    Raises:
        StudyLocked: another process holds it.
    """
    import fcntl

    with (root / RUNNING).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyLocked(
                f"{root} is being run by another process.",
                "One process runs a study at a time.",
                "Wait for it, or end it.",
            ) from None
        yield
