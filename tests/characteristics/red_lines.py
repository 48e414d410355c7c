"""Are the cards of red lines right: calibration, latent steps and lead, on worlds whose law is known.

python -m tests.characteristics.red_lines [DESIGN...] [--worlds N] [--verdicts N] [--real] [--store]

Cards are made exactly as the verb makes them, each size from the sizes before it, as long as no size has
crossed. Worlds have a seed each; what came of them is kept in a file, so that a stopped run goes on.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.characteristics.code import without_words
from tests.characteristics.red_line_real import figures
from tests.characteristics.red_line_worlds import DESIGNS, Design, World, draw
from tests.characteristics.red_lines_page import TABLE, page, store, stored, table

from tasklaws.assess.red_lines.folds import forecast_folds
from tasklaws.assess.red_lines.past import PastCard, cards_of
from tasklaws.assess.red_lines.verb import redline
from tasklaws.run.simulation import simulate
from tasklaws.spec.red_lines import RedLine
from tasklaws.worlds.latent_step import HAZARDS, LATENTS, SIZES

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
WORLDS = 50
MORE = 2
"""Times as many worlds of latents, which have few cards each."""
W15_FAMILIES = tuple(f"{kind}_{number}" for kind in HAZARDS for number in range(1, LATENTS + 1))
W15_TASKS = len(W15_FAMILIES) * len(SIZES)
HASHED = (
    "src/tasklaws/assess/red_lines/crossing.py",
    "src/tasklaws/infer/law.py",
    "src/tasklaws/infer/gp_ladder.py",
    "src/tasklaws/infer/stacking.py",
    "src/tasklaws/infer/links.py",
    "src/tasklaws/theory/red_lines.py",
    "tests/characteristics/red_line_worlds.py",
)
"""What decides the cards, but for how they are drawn up: of that the test draws a world again."""

Line = dict[str, Any]
"""One line of one world: its cards until it was crossed, and the truth."""


def lines_of(design: Design, number: int) -> list[Line]:
    """Return the lines of one world that no rung crossed before the first that can be forecast."""
    seed = int.from_bytes(hashlib.sha256(design.name.encode()).digest()[:4], "big")
    return told(draw(design, np.random.default_rng([number, seed])), design, number)


def told(world: World, design: Design, number: int) -> list[Line]:
    """Return the cards of one world."""
    folds = forecast_folds(world.selection)
    found = []
    for line, truth in zip(world.lines, world.truth, strict=True):
        cards = [card for card in cards_of(world.selection, folds, line) if card.counts]
        if cards:
            known = None if truth is None else [round(p, 6) for p in truth[-len(folds) :]]
            found.append({"design": design.name, "world": number} | _line(cards, line.threshold, known))
    return found


def _line(cards: Sequence[PastCard], threshold: float, truth: list[float] | None) -> Line:
    undefined = [card.reason for card in cards if card.p_cross is None]
    if undefined:
        raise AssertionError(undefined)
    return {
        "threshold": threshold,
        "p": [round(card.p_cross or 0.0, 6) for card in cards],
        "persistence": [round(card.persistence or 0.0, 6) for card in cards],
        "crossed": cards[-1].crossed,
        "truth": truth,
    }


def run(designs: Sequence[Design], worlds: int, cache: Path) -> list[Line]:
    """Return the lines of so many worlds of each design; those in the cache are not drawn again."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    kept = _kept(cache)
    with cache.open("a", encoding="utf-8") as out:
        for number in range(MORE * worlds):
            for design in designs:
                if number < _count(design, worlds) and (design.name, number) not in kept:
                    kept[design.name, number] = lines_of(design, number)
                    out.write(json.dumps([design.name, number, kept[design.name, number]]) + "\n")
                    out.flush()
    return [
        line
        for design in designs
        for number in range(_count(design, worlds))
        for line in kept[design.name, number]
    ]


def _count(design: Design, worlds: int) -> int:
    return worlds * (MORE if design.hazard else 1)


def _kept(cache: Path) -> dict[tuple[str, int], list[Line]]:
    kept: dict[tuple[str, int], list[Line]] = {}
    for text in cache.read_text(encoding="utf-8").splitlines() if cache.exists() else ():
        try:
            name, number, lines = json.loads(text)
        except json.JSONDecodeError:  # cut short
            continue
        kept[name, number] = lines
    return kept


def verdicts(worlds: int, rungs: int = 8, attempts: int = 30) -> dict[str, dict[str, dict[str, int]]]:
    """Return what cards and certificates say of latents (W15) that no rung has shown, and that one has.

    Returns:
        ``not yet`` or ``come`` -> ``card`` or ``certificate`` -> verdict -> families.
    """
    found: dict[str, dict[str, Counter[str]]] = {}
    for world in range(worlds):
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study"
            simulate("W15", study, rungs=rungs, runs=rungs * W15_TASKS * attempts, seed=world)
            lines = [RedLine(family, family, 0.5) for family in W15_FAMILIES]
            cards = redline(study, lines).cards
        for card in cards:
            state = "come" if card.verdict == "crossed" else "not yet"
            here = found.setdefault(state, {"card": Counter(), "certificate": Counter()})
            here["card"][card.verdict] += 1
            here["certificate"].update(card.verdicts.values())
    return {
        state: {who: dict(counted) for who, counted in here.items()} for state, here in sorted(found.items())
    }


def code_hash() -> str:
    """Return the SHA-256 of the code that decides the cards, less its docstrings."""
    found = hashlib.sha256()
    for name in HASHED:
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        found.update(name.encode() + b"\0" + ast.dump(without_words(tree)).encode() + b"\0")
    return found.hexdigest()


def cache_file() -> Path:
    """Return where worlds are kept: in the folder that TASKLAWS_CHARACTERISTICS names, else a hidden one."""
    folder = Path(os.environ.get("TASKLAWS_CHARACTERISTICS", ".characteristics"))
    return folder / f"red_lines_{code_hash()[:12]}.jsonl"


def main() -> None:
    """Draw worlds, as the command line says, and store what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--verdicts", type=int, help="worlds of latents whose cards are written in full")
    parser.add_argument("--real", nargs="*", default=[], metavar="NAME=STUDY", help="ladders with results")
    parser.add_argument("--store", action="store_true", help="write the page in docs/reference")
    asked = parser.parse_args()
    designs = [one for one in DESIGNS if not asked.names or one.name in asked.names]
    lines = run(designs, asked.worlds, cache_file())
    before = stored() if TABLE.exists() else {}
    told = before.get("verdicts", {}) if asked.verdicts is None else verdicts(asked.verdicts)
    real = before.get("real", {}) | {
        name: figures(path) for name, path in (one.split("=", 1) for one in asked.real)
    }
    made = table(lines, code_hash(), told, real) if designs == list(DESIGNS) else None
    print(page(made) if made else f"{len(lines)} lines")  # noqa: T201
    if made and asked.store:
        store(made)


if __name__ == "__main__":
    main()
