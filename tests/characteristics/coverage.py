"""The coverage study: many worlds per design, resumable, and the table it leaves in the documentation.

`python -m tests.characteristics.coverage 200` runs 200 worlds per design and prints the table without
storing it; `make characteristics` stores it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.recovery.worlds import DESIGNS, LEVELS, Outcome, outcome, suite_coverage, task_coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "characteristics.json"
PAGE = TABLE.with_suffix(".md")
FOLDER_VARIABLE = "TASKLAWS_CHARACTERISTICS"
EVERY = 50
POOLED = "all designs"


def code_hash() -> str:
    """Return the SHA-256 of the law's source files, names included."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "src" / "tasklaws" / "infer").glob("*.py")):
        found.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def cache_file() -> Path:
    """Return where outcomes of the present code are kept; the folder is $TASKLAWS_CHARACTERISTICS."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or Path(tempfile.gettempdir()) / "tasklaws-characteristics")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"coverage-{code_hash()[:16]}.jsonl"


def run(worlds: int, cache: Path, say: Callable[[str], object]) -> list[Outcome]:
    """Return `worlds` outcomes of every design; `cache` keeps each and none of it is run again.

    Raises:
        RuntimeError: the law's source changed meanwhile, so that outcomes belong to two versions.
    """
    code = code_hash()
    done = {(one.design, one.seed): one for one in _stored(cache)}
    todo = [(design, seed) for seed in range(worlds) for design in DESIGNS.values()]
    with cache.open("a", encoding="utf-8") as lines:
        for number, (design, seed) in enumerate(todo, start=1):
            if (design.name, seed) not in done:
                one = done[design.name, seed] = outcome(design, seed)
                lines.write(json.dumps(one.row()) + "\n")
                lines.flush()
            if number % EVERY == 0 or number == len(todo):
                say(f"{number} of {len(todo)} worlds")
    if code_hash() != code:
        raise RuntimeError(f"src/tasklaws/infer changed during the run. Delete {cache} and run again.")
    return [done[design.name, seed] for design, seed in todo]


def _stored(cache: Path) -> list[Outcome]:
    """Return the outcomes in `cache`; a last line cut short by an interruption is left out."""
    if not cache.exists():
        return []
    whole, _, rest = cache.read_text(encoding="utf-8").rpartition("\n")
    if rest:
        cache.write_text(whole + "\n" if whole else "", encoding="utf-8")
    rows = [json.loads(line) for line in whole.splitlines()]
    return [Outcome(**row | {"inside": tuple(row["inside"])}) for row in rows]


def table(outcomes: Iterable[Outcome]) -> dict[str, object]:
    """Return the coverage per design and pooled, with the hash of the code it belongs to."""
    outcomes = list(outcomes)
    groups = {name: [one for one in outcomes if one.design == name] for name in DESIGNS} | {POOLED: outcomes}
    return {
        "code_sha256": code_hash(),
        "levels": list(LEVELS),
        "designs": {
            name: {
                kind: [asdict(coverage(group, level)) for level in range(len(LEVELS))]
                for kind, coverage in (("tasks", task_coverage), ("suite", suite_coverage))
            }
            for name, group in groups.items()
        },
    }


def page(found: dict[str, object]) -> str:
    """Return the table as Markdown."""
    rows = [
        f"| {name} | {kinds['tasks'][0]['worlds']} | "
        + " | ".join(
            f"{100 * one['share']:.1f} ± {100 * one['error']:.1f}"
            for one in [*kinds["tasks"], *kinds["suite"]]
        )
        + " |"
        for name, kinds in found["designs"].items()
    ]
    levels = [f"{level:.0%}" for level in found["levels"]]
    heads = [f"{kind} {level}" for kind in ("task", "suite") for level in levels]
    return "\n".join(
        [
            "# Characteristics of the default law",
            "",
            "Written by `make characteristics`; do not edit. Worlds are drawn from the law's own model",
            "class: lines in logit space, Gumbel curves above a floor of .25, or both; drift, noise and",
            "effects of families; a shock of every rung, the target's included, of sd .08 (log-normal,",
            "sd of the log .5: the range fitted to recorded ladders); counts of 200 items with variance",
            "factor around .7. The target is the next size, 0.4 decades on, and the truth is its observed",
            "count. Figures are percent of truths inside central predictive intervals, per task and for the",
            "suite's mean rate; standard errors are blocked by world, as tasks of a world share the shock.",
            "",
            "| design | worlds | " + " | ".join(heads) + " |",
            "|---|" + "---:|" * (1 + len(heads)),
            *rows,
            "",
            f"Code: SHA-256 `{found['code_sha256']}` of `src/tasklaws/infer/*.py`.",
            "",
        ]
    )


def store(found: dict[str, object]) -> None:
    """Write the table into the documentation, as JSON and as a page."""
    TABLE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")


def main() -> None:
    """Run as many worlds per design as asked for and print the table."""
    outcomes = run(int(sys.argv[1]), cache_file(), lambda text: sys.stderr.write(text + "\n"))
    sys.stdout.write(page(table(outcomes)))


if __name__ == "__main__":
    main()
