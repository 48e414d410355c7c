"""The page of operating characteristics: what was asked of every check, and what was measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.characteristics.code import ROOT, code_hash

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ROOT / "docs" / "reference" / "operating-characteristics.json"
PAGE = TABLE.with_suffix(".md")

HEAD = """# Operating characteristics of the checks

Written by `make characteristics`; do not edit. Each row is one kind of world, drawn anew so many times.
Where the family is sound the check must fail it in at most the share asked for; where it has the fault, in at
least that share. "Unknown" is neither: the evidence did not tell, which a certificate never takes for a pass.
Standard errors are in brackets. Every null holds the rung shock that its row names.

| check | world | asked | fails | passes | unknown | worlds |
|---|---|---:|---:|---:|---:|---:|
"""


def stored() -> dict[str, Any]:
    """Return the table in the documentation: rows, and the hash of each check's code."""
    return dict(json.loads(TABLE.read_text(encoding="utf-8"))) if TABLE.exists() else {"rows": [], "code": {}}


def store(rows: list[dict[str, Any]], names: list[str], path: Path = TABLE) -> None:
    """Put the rows of the checks called `names` in the place of those that stand in the documentation."""
    held = stored()
    measured = {row["check"] for row in rows}
    kept = [row for row in held["rows"] if row["check"] not in measured]
    code = held["code"] | {name: code_hash(name) for name in names}
    table = {"code": dict(sorted(code.items())), "rows": sorted(kept + rows, key=_place)}
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(page(table), encoding="utf-8")


def _place(row: dict[str, Any]) -> tuple[bool, int, str, bool, str]:
    letter, _, name = row["check"].partition(" ")
    known = bool(name)
    return (not known, int(letter[1:]) if known else 0, row["check"], row["kind"] != "null", row["design"])


def page(table: dict[str, Any]) -> str:
    """Return the page of a table."""
    return HEAD + "".join(_line(row) for row in table["rows"])


def _line(row: dict[str, Any]) -> str:
    asked = f"{'≤' if row['kind'] == 'null' else '≥'} {row['asked']:.3g}"
    note = f" ({row['note']})" if row["note"] else ""
    rates = f"{row['fail']:.3f} [{row['se']:.3f}] | {row['pass']:.3f} | {row['unknown']:.3f}"
    return f"| {row['check']} | {row['design']}{note} | {asked} | {rates} | {row['worlds']} |\n"
