"""The coverage study of scaling forms: a thousand worlds per design, and the table in the documentation.

`python -m tests.characteristics.forms` runs the study and stores the table; it takes some minutes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.recovery.form_worlds import DESIGNS, LEVEL, REPLICATES, Design, covered

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "forms-coverage.json"
PAGE = TABLE.with_suffix(".md")
WORLDS = 1000
BAND = (0.87, 0.93)
"""Where the coverage of 90 % intervals must lie."""


def code_hash() -> str:
    """Return the SHA-256 of the source files of forms and fits, names included."""
    found = hashlib.sha256()
    package = ROOT / "src" / "tasklaws"
    for folder in (package / "forms", package / "infer" / "curves"):
        for path in sorted(folder.glob("*.py")):
            found.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def run(worlds: int, say: Callable[[str], object]) -> dict[str, Any]:
    """Return the coverage of every design, with the hash of the code it belongs to.

    Raises:
        RuntimeError: the source changed meanwhile, so that the figures belong to two versions.
    """
    code, designs = code_hash(), {}
    for design in DESIGNS.values():
        say(design.name)
        found = covered(design, range(worlds))
        designs[design.name] = {
            "form": design.form,
            "points": design.x.shape[1],
            "noise": _noise(design),
            "quantities": {
                name: {"planted": design.truth(name), "asked": name not in design.shown, **asdict(one)}
                for name, one in found.items()
            },
        }
    if code_hash() != code:
        raise RuntimeError("src/tasklaws/forms or infer/curves changed during the run. Run it again.")
    return {"code_sha256": code, "level": LEVEL, "designs": designs}


def _noise(design: Design) -> str:
    """Return in words what stands between the law and the values."""
    if not design.n:
        kind = "sd of the log" if design.objective == "log_huber" else "sd"
        return f"{kind} {design.noise:g}"
    parts = [f"{design.n} attempts"]
    if design.rho:
        parts.append(f"correlation {design.rho:g}")
    if design.shock_sd:
        parts.append(f"{design.tasks} tasks, shock of sd {design.shock_sd:g}")
    return ", ".join(parts)


def outside(found: dict[str, Any]) -> dict[str, float]:
    """Return the asked coverages that lie outside the band, by design and quantity.

    A parameter found by search gets a set of whole rungs, which holds the truth more often than asked
    where the step is clear: only too small a coverage counts against it.
    """
    off = {}
    for name, design in found["designs"].items():
        searched = DESIGNS[name].law.searched
        for quantity, one in design["quantities"].items():
            most = 1.0 if quantity in searched else BAND[1]
            if one["asked"] and not BAND[0] <= one["share"] <= most:
                off[f"{name}: {quantity}"] = one["share"]
    return off


def page(found: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    rows = [
        f"| {name} | {design['points']} | {design['noise']} | {quantity}{'' if one['asked'] else ' *'}"
        f" | {one['planted']:.4g} | {100 * one['share']:.1f} ± {100 * one['error']:.1f}"
        f" | {100 * one['open']:.1f} |"
        for name, design in found["designs"].items()
        for quantity, one in design["quantities"].items()
    ]
    worlds = {one["worlds"] for design in found["designs"].values() for one in design["quantities"].values()}
    return "\n".join(
        [
            "# Coverage of the intervals of every form",
            "",
            "Written by `python -m tests.characteristics.forms`; do not edit. Every design plants the",
            f"parameters of a form, draws {min(worlds)} worlds, fits the form and counts how often the",
            f"{found['level']:.0%} interval holds the planted value; asked: {BAND[0]:.0%} to {BAND[1]:.0%}.",
            "Parameters that are not listed are held at their planted values. Intervals are profiles;",
            f"under log-Huber they are quantiles of {REPLICATES} bootstrap refits. An open end holds all on",
            "its side; the last column is the share of ends that are open. Standard errors are blocked by",
            "world, as tasks of a world share the shock of a rung. The shock's size is estimated from the",
            "fits of the world's tasks.",
            "",
            "\\* Shown only; no coverage is asked. Intervals that ignore the shock of a rung are too short.",
            "A threshold is found by search and gets a set of whole rungs: where the step is clear, the set",
            "holds it almost always; where the step is within the noise, a likelihood over thresholds is not",
            "that of a smooth parameter.",
            "",
            "| design | points | noise | quantity | planted | coverage, % | open ends, % |",
            "|---|---:|---|---|---:|---:|---:|",
            *rows,
            "",
            f"Code: SHA-256 `{found['code_sha256']}` of `src/tasklaws/forms/*.py` and",
            "`src/tasklaws/infer/curves/*.py`.",
            "",
        ]
    )


def store(found: dict[str, Any]) -> None:
    """Write the table into the documentation, as JSON and as a page."""
    TABLE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")


def main() -> None:
    """Run the study, store the table and say what lies outside the band."""
    found = run(WORLDS, lambda text: sys.stderr.write(text + "\n"))
    store(found)
    sys.stdout.write(page(found))
    sys.stdout.writelines(f"outside: {name} {share:.3f}\n" for name, share in outside(found).items())


if __name__ == "__main__":
    main()
