"""Attempts as Inspect tells of them while it runs: each counts once, and as it ended last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.run.inspect_bridge.finished import CANCELLED
from tasklaws.run.inspect_bridge.spending import NotAsked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inspect_ai.log import EvalSample

    from tasklaws.run.grid import Attempts, Cell
    from tasklaws.run.inspect_bridge.spending import Guard
    from tasklaws.run.watch import Watch

GROUP = ("rung", "family", "harness_id", "elicitation")
"""What a task of Inspect says of its cells, which differ in size only."""


class Heard:
    """Hears of the attempts of one run."""

    def __init__(self, guard: Guard, watch: Watch, missing: Attempts) -> None:
        self._guard, self._watch = guard, watch
        self._groups: dict[tuple[str, ...], dict[str, Cell]] = {}
        for cell in missing:
            group = (cell.model, cell.task_family, cell.harness_id, cell.elicitation)
            self._groups.setdefault(group, {})[cell.task_id] = cell
        self._cells: dict[str, dict[str, Cell]] = {}
        self._ends: dict[tuple[Cell, str, int], tuple[bool, bool]] = {}

    def begun(self, eval_id: str, said: Mapping[str, Any] | None) -> None:
        """Hear that an evaluation has begun, and what it says of itself."""
        told = (said or {}).get("tasklaws")
        if isinstance(told, dict):
            self._cells[eval_id] = self._groups.get(tuple(str(told.get(key)) for key in GROUP), {})

    def ended(self, eval_id: str, sample: EvalSample) -> None:
        """Hear that an attempt has ended; one that Inspect tries again is told of again."""
        error = sample.error.message if sample.error else ""
        if error.startswith(NotAsked.__name__):
            return
        self._guard.ended()
        cell = self._cells.get(eval_id, {}).get("/".join(str(sample.id).split("/")[:2]))
        if cell is None or error.startswith(CANCELLED):
            return
        key, end = (cell, str(sample.id), sample.epoch), (bool(error), not error and _limited(sample))
        before = self._ends.get(key)
        failed, limited = before or (False, False)
        self._ends[key] = end
        self._watch.attempts(cell, before is None, failed=end[0] - failed, limited=end[1] - limited)
        self._watch.ended(cell.model)


def _limited(sample: EvalSample) -> bool:
    """Return whether a limit ended an attempt: one of Inspect's, or one that its solver kept itself."""
    outcomes = ((score.metadata or {}).get("outcome") for score in (sample.scores or {}).values())
    return sample.limit is not None or any(str(outcome).startswith("limit") for outcome in outcomes)
