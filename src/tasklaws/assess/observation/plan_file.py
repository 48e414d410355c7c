"""The plan of a study, kept beside its labels, so that all readers and sessions go on with one draw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tasklaws.assess.observation.labels import FOLDER
from tasklaws.assess.observation.reading_plan import planned
from tasklaws.core.errors import BadInput
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.assess.observation.reading_plan import Plan, Readable

PLAN = "plan.json"
"""Seed and strata of the draw."""


def plan_of(study: Path, attempts: Sequence[Readable], n: int, seed: int) -> Plan:
    """Return `n` attempts to read: with the seed and the strata of a plan that was begun, else with `seed`.

    Raises:
        BadInput: what was begun cannot be read.
    """
    begun_seed, by = _begun(study / FOLDER / PLAN) or (seed, None)
    return planned(attempts, n, begun_seed, by)


def strata_of(study: Path) -> int:
    """Return of how much the strata of a study's plan are made; without a plan there is one stratum."""
    begun = _begun(study / FOLDER / PLAN)
    return begun[1] if begun else 0


def begin(study: Path, plan: Plan, seed: int) -> None:
    """Keep the seed and the strata of a plan, unless one was begun before."""
    path = study / FOLDER / PLAN
    if not path.exists():
        write_whole(path, (json.dumps({"seed": seed, "by": plan.by}) + "\n").encode())


def _begun(path: Path) -> tuple[int, int] | None:
    if not path.exists():
        return None
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return int(held["seed"]), int(held["by"])
    except (ValueError, TypeError, KeyError):
        raise BadInput(
            f"{path} holds no plan.",
            'It is {"seed": a whole number, "by": 0 to 3}.',
            "Restore it: without it, labels do not tell shares.",
        ) from None
