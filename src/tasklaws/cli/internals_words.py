"""How the verb `elicit` tells what was found inside models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import number, table

if TYPE_CHECKING:
    from collections.abc import Iterator

TUNING = ("model", "family", "before", "after", "difference", "90 % interval", "samples", "right")
PROBES = ("model", "property", "trained", "untrained", "difference", "90 % interval")


def internals_words(document: dict[str, Any]) -> Iterator[str]:
    """Yield the tables of tuning and of probes, those that there are."""
    found = document.get("internals", {"tuning": (), "probes": ()})
    if found["tuning"]:
        yield "tuning on a model's own right samples, the same questions before and after:"
        yield from table([_tuning(row) for row in found["tuning"]], TUNING)
        yield ""
    if found["probes"]:
        yield "linear probes where the answer begins, beside the same probes on untrained weights:"
        yield from table([_probe(row) for row in found["probes"]], PROBES)
        yield ""


def _tuning(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{key: number(row[key], 2) for key in ("before", "after")}, **_difference(row)}


def _probe(row: dict[str, Any]) -> dict[str, Any]:
    sides = {"trained": number(row["accuracy"], 2), "untrained": number(row["control"], 2)}
    return {**row, **sides, **_difference(row)}


def _difference(row: dict[str, Any]) -> dict[str, str]:
    return {
        "difference": number(row["difference"], 2),
        "90 % interval": f"{number(row['lower'], 2)} to {number(row['upper'], 2)}",
    }
