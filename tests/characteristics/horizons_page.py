"""The page of time horizons on worlds whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "time-horizons.json"

HEAD = """# Time horizons on worlds whose truth is known

Written by `python -m tests.characteristics.horizons --store`; do not edit. Every world has 30 families of 3
tasks, 8 runs each, of one agent; true log times have a standard deviation of 2 (natural logarithms), the
time horizon at one half lies .81 above their centre, and the slope is 1 if not said. *plain* is the
unpenalised logistic with 90 % percentile intervals from families and tasks drawn anew; *typical* and
*marginal* are those of the mixed model with expanded percentile intervals from families drawn anew, which
"plain, families" has too; *simex* is the plain fit corrected by simulation and extrapolation; "metr" has its
penalty of .1 and draws families, tasks and runs, "three levels" is the same without the penalty.
Each interval rests on 200 draws; their interpolated quantiles lie further in than those of many draws, which
by calculation costs a point. Bias (of the median) and error (sd over worlds) are in doublings.
The truth of *plain* and *simex* is the marginal time horizon; "own limit" is what the same fit finds with
unlimited data. Coverage of rows marked with a star is held to 87 to 93 %; standard errors are in brackets.
Slopes are medians, per natural log time. On W11's worlds log-odds are not normal, and on W8's the truth is in
time without padding: there, no coverage is promised.

| world | estimate | aims at | bias | error | slope | coverage | worlds |
|---|---|---|---:|---:|---:|---:|---:|
"""


def page(table: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    return HEAD + "".join(line(row) for row in table["rows"])


def line(row: dict[str, Any]) -> str:
    covered = "" if row["coverage"] is None else f"{row['coverage']:.3f} [{row['se']:.3f}]"
    star = " *" if row["held"] else ""
    return (
        f"| {row['what']} | {row['estimate']}{star} | {row['aim']} | {row['bias']:+.2f} | {row['error']:.2f} "
        f"| {row['slope']:.2f} | {covered} | {row['worlds']} |\n"
    )


def stored() -> dict[str, Any]:
    """Return the table in the documentation."""
    return dict(json.loads(TABLE.read_text(encoding="utf-8"))) if TABLE.exists() else {"code": "", "rows": []}


def store(told: list[dict[str, Any]], code: str) -> None:
    """Write the table into the documentation, as JSON and as a page."""
    table = {"code": code, "rows": told}
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    TABLE.with_suffix(".md").write_text(page(table), encoding="utf-8")
