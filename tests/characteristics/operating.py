"""Operating characteristics of the checks: how often a sound family fails, and how often a fault is found.

python -m tests.characteristics.operating NAME... --worlds 2000

Worlds are drawn one by one, each from a seed of its own, and what came of each is kept in a file, so that a
stopped run goes on where it stopped. The file is of one state of the code: another state begins anew, unless
`--carry N` draws the first N worlds of every design again and finds that each comes out as it did.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from importlib import import_module
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.characteristics.code import code_hash
from tests.characteristics.operating_page import store

from tasklaws.assess.check import CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.characteristics.design import Design

FAULTY = 500
"""Most worlds of an alternative: power needs no such precision as a false-alarm rate."""
CHUNK = 50
"""Worlds between two writes."""


def checks_with_designs() -> list[str]:
    """Return the names of the checks that have designs."""
    found = (path.stem for path in (Path(__file__).parent / "checks").glob("*.py"))
    return sorted(name for name in found if not name.startswith("_"))


def designs_of(check: str) -> tuple[Design, ...]:
    """Return the designs of one check."""
    found: tuple[Design, ...] = import_module(f"tests.characteristics.checks.{check}").DESIGNS
    return found


def outcomes(design: Design, worlds: int, kept: list[str], say: Callable[[], None]) -> list[str]:
    """Return what came of each world, in order; those in `kept` are not drawn again."""
    number = sum(design.name.encode())
    while len(kept) < worlds:
        rng = np.random.default_rng([len(kept), number])
        found = CHECKS[design.check].judge(design.draw(rng), rng)
        kept.append({True: "pass", False: "fail", None: "unknown" if found.applies else "absent"}[found.ok])
        if len(kept) % CHUNK == 0:
            say()
    return kept


def row(design: Design, kept: Sequence[str]) -> dict[str, Any]:
    """Return one row of the table: rates, and the standard error of the failures."""
    counted, n = Counter(kept), len(kept)
    fails = counted["fail"] / n
    return {
        "check": CHECKS[design.check].label,
        "design": design.name,
        "kind": design.kind,
        "asked": design.asked,
        "worlds": n,
        "fail": fails,
        "pass": counted["pass"] / n,
        "unknown": (counted["unknown"] + counted["absent"]) / n,
        "se": sqrt(max(fails * (1 - fails), 1 / n) / n),
        "note": design.note,
    }


def run(
    names: Sequence[str], worlds: int, folder: Path, say: Callable[[str], None], carry: int = 0
) -> list[dict[str, Any]]:
    """Return the rows of all designs of the checks called `names`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in names:
        path = folder / f"{name}.json"
        held = _of_this_code(name, json.loads(path.read_text()) if path.exists() else {}, carry)
        for design in designs_of(name):
            kept: list[str] = held["outcomes"].setdefault(design.name, [])
            outcomes(
                design,
                worlds if design.kind == "null" else min(worlds, FAULTY),
                kept,
                lambda path=path, held=held: _write(path, held),
            )  # type: ignore[misc]
            _write(path, held)
            rows.append(row(design, kept))
            say("{check:28} {design:46} {kind:12} asked {asked:.3f} fail {fail:.3f} +- {se:.3f} "
                "pass {pass:.3f} unknown {unknown:.3f} ({worlds})".format(**rows[-1]))  # fmt: skip
    return rows


def _of_this_code(name: str, held: dict[str, Any], carry: int) -> dict[str, Any]:
    """Return what is held of a check, and nothing where it is of another state of its code.

    What is of another state is taken over where the first `carry` worlds of every design come out alike.
    """
    now = code_hash(name)
    if held.get("code") == now:
        return held
    before: dict[str, list[str]] = held.get("outcomes", {})
    alike = carry > 0 and all(
        outcomes(design, carry, [], lambda: None) == before[design.name][:carry]
        for design in designs_of(name)
        if before.get(design.name)
    )
    return {"code": now, "outcomes": before if alike else {}}


def _write(path: Path, held: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".partial")
    unfinished.write_text(json.dumps(held))
    unfinished.replace(path)


def cache_folder() -> Path:
    """Return where outcomes are kept: the folder that TASKLAWS_CHARACTERISTICS names, else a hidden one."""
    return Path(os.environ.get("TASKLAWS_CHARACTERISTICS", ".characteristics")) / "checks"


def main() -> None:
    """Run the checks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--kept", action="store_true", help="draw no more worlds than are kept")
    parser.add_argument("--carry", type=int, default=0, help="worlds that must come out alike on new code")
    parser.add_argument("--store", action="store_true", help="write the page in docs/reference")
    asked = parser.parse_args()
    names = asked.names or checks_with_designs()
    worlds = 0 if asked.kept else asked.worlds
    rows = run(names, worlds, cache_folder(), lambda line: print(line, flush=True), asked.carry)  # noqa: T201
    if asked.store:
        store(rows, names)


if __name__ == "__main__":
    main()
