"""Human times in simulated worlds: is the bias there, is it found, and do intervals hold the truth?

python -m tests.characteristics.human_times --worlds 1000 --store

Worlds are drawn one by one, each from a seed of its own; what came of each is kept in a file of the present
code, so that a stopped run goes on where it stopped. Of every world shares and means over its tasks are kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.characteristics.human_worlds import DESIGNS, WORLDS, Design

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "human-times.json"
PAGE = TABLE.with_suffix(".md")
FOLDER_VARIABLE = "TASKLAWS_CHARACTERISTICS"
SOURCES = (
    "attempts",
    "axis",
    "censored",
    "geometric",
    "log_normal",
    "mixture",
    "modes",
    "pooled",
    "populations",
    "selection",
)
EVERY = 25


def code_hash() -> str:
    """Return the SHA-256 of the models of human times and of the worlds they are tried on."""
    found = hashlib.sha256()
    folder = ROOT / "src" / "tasklaws" / "infer" / "human_times"
    for path in (*(folder / f"{name}.py" for name in SOURCES), Path(__file__).with_name("human_worlds.py")):
        found.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def cache_file() -> Path:
    """Return where outcomes of the present code are kept; the folder is $TASKLAWS_CHARACTERISTICS."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or Path(tempfile.gettempdir()) / "tasklaws-characteristics")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"human-times-{code_hash()[:16]}.jsonl"


def run(
    designs: Sequence[Design], worlds: int, cache: Path, say: Callable[[str], object]
) -> dict[str, list[dict[str, float]]]:
    """Return the outcomes of every design; `cache` keeps each and none of it is run again.

    Raises:
        RuntimeError: the source changed meanwhile, so that outcomes belong to two versions.
    """
    code, kept = code_hash(), _stored(cache)
    with cache.open("a", encoding="utf-8") as lines:
        for design in designs:
            asked = min(worlds, design.worlds)
            for seed in range(asked):
                if (design.name, seed) not in kept:
                    one = kept[design.name, seed] = design.outcome(seed)
                    lines.write(json.dumps({"design": design.name, "seed": seed, "found": one}) + "\n")
                    if seed % EVERY == 0:
                        lines.flush()
            say(f"{design.name}: {asked} worlds")
    if code_hash() != code:
        raise RuntimeError(f"The source changed during the run. Delete {cache} and run again.")
    return {
        design.name: [kept[design.name, seed] for seed in range(min(worlds, design.worlds))]
        for design in designs
    }


def _stored(cache: Path) -> dict[tuple[str, int], dict[str, float]]:
    """Return the outcomes in `cache`; a last line cut short by an interruption is left out."""
    if not cache.exists():
        return {}
    whole, _, rest = cache.read_text(encoding="utf-8").rpartition("\n")
    if rest:
        cache.write_text(whole + "\n" if whole else "", encoding="utf-8")
    rows = [json.loads(line) for line in whole.splitlines()]
    return {(row["design"], row["seed"]): row["found"] for row in rows}


@dataclass(frozen=True)
class Figure:
    """One figure of the table."""

    design: str
    quantity: str
    value: float
    error: float
    """Standard error, worlds being the blocks."""
    worlds: int
    least: float | None
    most: float | None
    """What is asked for; None where nothing is."""

    @property
    def kept(self) -> bool:
        """Return whether the figure is what was asked for, but for two standard errors."""
        low = -np.inf if self.least is None else self.least
        high = np.inf if self.most is None else self.most
        return bool(low - 2 * self.error <= self.value <= high + 2 * self.error)


def figures(found: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """Return the mean of every quantity of every design."""
    return [one for design in DESIGNS if design.name in found for one in _figures(design, found[design.name])]


def _figures(design: Design, outcomes: list[dict[str, float]]) -> Iterator[Figure]:
    for quantity in outcomes[0]:
        values = np.array([one[quantity] for one in outcomes if one[quantity] is not None], dtype=float)
        if values.size:
            spread = float(values.std(ddof=1)) if values.size > 1 else 0.0
            error = spread / np.sqrt(values.size) or 1 / values.size
            least, most = design.asked.get(quantity, (None, None))
            yield Figure(design.name, quantity, float(values.mean()), float(error), values.size, least, most)


def table(found: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Return the figures with the hash of the code they belong to."""
    return {"code_sha256": code_hash(), "figures": [vars(one) for one in figures(found)]}


def stored_figures(stored: dict[str, Any]) -> list[Figure]:
    """Return the figures of a stored table."""
    return [Figure(**row) for row in stored["figures"]]


HEAD = """# Human times in simulated worlds

Written by `python -m tests.characteristics.human_times --store`; do not edit. Worlds are drawn from the
models of `infer/human_times`, or from the plans of world W10. Intervals are of 90 %; a coverage is the share
of tasks whose truth they hold, tasks that nobody finished having a lower bound alone. Errors of log time are
medians over tasks, in natural logarithms. "Found" is the share of worlds in which a test at 5 % rejects.
Standard errors take worlds as blocks. What is asked for holds to within two standard errors.
"""


def page(stored: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    notes = {design.name: design.note for design in DESIGNS}
    lines, last = [HEAD], ""
    for one in stored_figures(stored):
        if one.design != last:
            lines += ["", f"## {one.design}", "", notes.get(one.design, ""), ""]
            lines += ["| quantity | found | asked | worlds |", "|---|---:|---|---:|"]
            last = one.design
        asked = _asked(one)
        lines.append(f"| {one.quantity} | {one.value:.3f} ± {one.error:.3f} | {asked} | {one.worlds} |")
    return "\n".join([*lines, "", f"Code: SHA-256 `{stored['code_sha256']}`.", ""])


def _asked(one: Figure) -> str:
    match one.least, one.most:
        case None, None:
            return ""
        case None, most:
            return f"at most {most:g}"
        case least, None:
            return f"at least {least:g}"
        case least, most:
            return f"{least:.3g} to {most:.3g}"


def store(stored: dict[str, Any]) -> None:
    """Write the table into the documentation, as JSON and as a page."""
    TABLE.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(stored), encoding="utf-8")


def main() -> None:
    """Run as many worlds as asked for, print the table, and store it where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("designs", nargs="*", help="beginnings of their names; all where none is given")
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--store", action="store_true")
    asked = parser.parse_args()
    chosen = [one for one in DESIGNS if not asked.designs or one.name.startswith(tuple(asked.designs))]
    found = run(chosen, asked.worlds, cache_file(), lambda text: sys.stderr.write(text + "\n"))
    made = table(found)
    sys.stdout.write(page(made))
    if asked.store:
        store(made)


if __name__ == "__main__":
    main()
