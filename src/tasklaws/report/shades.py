"""Models in the order of their ladder, a colour for each: light for the smallest, dark for the largest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import ReportInput

LIGHT, DARK = (0xA9, 0xC4, 0xDE), (0x12, 0x2F, 0x4D)
"""Colours of the smallest and the largest model."""


def sizes(content: ReportInput, rows: Sequence[Row]) -> dict[str, str]:
    """Return model -> its size, named as its models are without their seeds, smallest first."""
    known = {row["model"] for row in rows}
    if content.ladder is None:
        return {model: model for model in sorted(known)}
    rungs = content.ladder.sort("n_params", "released", "seed", "model").to_dicts()
    placed = {r["model"]: r["model"].removesuffix(f"_s{r['seed']}") for r in rungs if r["model"] in known}
    return placed | {model: model for model in sorted(known - set(placed))}


def shades(n: int) -> list[str]:
    """Return `n` colours from light to dark."""
    at = [i / max(1, n - 1) for i in range(n)]
    return [
        "#" + "".join(f"{round(low + t * (high - low)):02x}" for low, high in zip(LIGHT, DARK, strict=True))
        for t in at
    ]
