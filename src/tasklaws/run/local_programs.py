"""Programs of small models, run in the embedded sandbox under a meter instead of a clock.

A clock would give other results on a busy machine. Turns of `range` and calls of `sha256` are counted in the
sandbox, before they are made; who asks for more than there are is out of time. A turn is charged as much as
it takes by the plan of `sum_range`. The clock still stops what neither counts nor ends.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import NoReturn

from tasklaws.families.sha_of import PRELUDE as HASHES
from tasklaws.families.sum_range import SECONDS_PER_TURN
from tasklaws.sandboxes.monty import run_with
from tasklaws.spec.sandbox import Outcome, RunLimits
from tasklaws.tools import TOOLS

LIMITS = RunLimits(seconds=0.02, memory_bytes=64 * 2**20, output_bytes=10_000, calls=1000)
"""What programs of small models may use: `calls` hashes, and the turns that `seconds` would be enough for."""

PATIENCE = 1.0
"""Seconds after which a program that counts nothing is stopped."""

KEPT = 50_000
"""Programs whose outcomes are remembered."""

METER = """from hashlib import sha256 as _sha256

_range, _left = range, {{"turns": {turns}, "hashes": {hashes}}}


def _spend(what, n):
    _left[what] -= n
    if _left[what] < 0:
        _used_up()


def range(*ends):
    turns = _range(*ends)
    _spend("turns", len(turns))
    return turns


def sha256(text):
    _spend("hashes", 1)
    return _sha256(text.encode()).hexdigest()


"""
"""Stands before every program. Its names begin with a sign that small models cannot write."""


@lru_cache(maxsize=KEPT)
def carried_out(tool: str, prelude: str, text: str, limits: RunLimits = LIMITS) -> Outcome:
    """Return the outcome of a call of `tool`; an identical one is carried out once per process.

    Args:
        tool: ``python`` for a program, else a tool of the catalogue that takes the text as it is.
        prelude: what stands before a program.
        text: the program or the call.
        limits: what a program may use.
    """
    return _run(prelude, text, limits) if tool == "python" else TOOLS[tool].use(text)


def _run(prelude: str, text: str, limits: RunLimits) -> Outcome:
    spent = []

    def used_up() -> NoReturn:
        spent.append(True)
        raise TimeoutError("more turns or hashes than there are")

    meter = METER.format(turns=round(limits.seconds / SECONDS_PER_TURN.mean), hashes=limits.calls)
    given = meter if prelude == HASHES else meter + prelude
    bounds = replace(limits, seconds=max(PATIENCE, limits.seconds))
    outcome = run_with({"_used_up": used_up}, given + text, "", bounds)
    return Outcome("timeout", outcome.stdout, seconds=outcome.seconds) if spent else outcome
