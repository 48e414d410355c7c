"""What the main job trains and asks: widths, seeds, the mix of the corpus, and how many questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import UnknownName
from tasklaws.ladder.corpus import Ingredient

if TYPE_CHECKING:
    from collections.abc import Sequence

MIX = (
    Ingredient("transform", 2.0, (2, 3, 4, 5, 6, 8)),
    Ingredient("sha_of", 1.0, tuple(range(2, 13))),
    Ingredient("sha_chain", 1.0, (10, 100, 1_000, 10_000)),
    Ingredient(
        "sum_range",
        2.0,
        (10, 100, 1_000, 10_000, 1_000_000),
        (("loop", (0.8, 0.6, 0.5, 0.4, 0.3)), ("closed_form", (0.2, 0.4, 0.5, 0.6, 0.7))),
    ),
    Ingredient("nested_calls", 1.2, (1, 2, 3, 4, 5, 6)),
    Ingredient("mixed", 1.5, tuple(range(2, 9))),
    Ingredient("addition", 2.0, (1, 2, 2, 3, 3, 4)),
    Ingredient("work_in_order", 1.4, (1, 2, 3, 4, 5, 6)),
    Ingredient("work_any_order", 1.4, (1, 2, 3, 4, 5, 6)),
    Ingredient("multiple_choice", 1.6, (1, 2, 3)),
    Ingredient("facts", 1.2, (1, 2, 3, 4), seen=True),
)
"""The corpus of the default job. Weights are relative; what they come to was tried, see `docs/log.md`."""

QUICK = ("sha_of", "sha_chain", "sum_range", "work_in_order", "addition")
"""Families of the quick job."""


@dataclass(frozen=True)
class Preset:
    """One size of the main job."""

    name: str
    widths: tuple[int, ...]
    """Growing; each is a rung."""
    seeds: tuple[int, ...]
    documents: int
    mix: tuple[Ingredient, ...]
    items: int
    """Questions per task that are put to every model."""
    elicited: int
    """Questions per task that are put with every elicitation."""
    first: int = 3
    """Rungs that are evaluated before the first forecast."""
    locked: int | None = None
    """Width of the model that is locked by a password, which elicitation must open again; None for none."""
    internals: tuple[int, ...] = ()
    """Widths of the models, of the first seed, that are probed and tuned on their own right samples."""


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "quick",
            (8, 12, 16, 20, 24),
            (0, 1),
            9_000,
            tuple(part for part in MIX if part.family in QUICK),
            items=14,
            elicited=3,
        ),
        Preset(
            "default",
            (8, 12, 16, 20, 24, 32, 40, 48),
            (0, 1),
            46_500,
            MIX,
            items=20,
            elicited=5,
            locked=40,
            internals=(12, 20, 32, 48),
        ),
        Preset(
            "serious",
            (8, 12, 16, 20, 24, 32, 40, 48, 64),
            (0, 1, 2, 3),
            46_500,
            MIX,
            items=40,
            elicited=40,
            locked=40,
            internals=(8, 12, 16, 20, 24, 32, 40, 48, 64),
        ),
    )
}


def weighted(preset: Preset, weights: Sequence[tuple[str, float]]) -> Preset:
    """Return `preset` with other weights; a weight of 0 leaves a family out.

    Raises:
        UnknownName: a family is not in the mix of the preset.
    """
    known = {part.family: part for part in preset.mix}
    for family, _ in weights:
        if family not in known:
            raise UnknownName(f"family in the mix of the preset {preset.name!r}", family, known)
    stated = dict(weights)
    mix = (replace(part, weight=stated.get(part.family, part.weight)) for part in preset.mix)
    return replace(preset, mix=tuple(part for part in mix if part.weight > 0))


def preset_of(record: dict[str, Any]) -> Preset:
    """Return the preset that `dataclasses.asdict` made `record` of, JSON in between."""
    mix = tuple(
        Ingredient(
            part["family"],
            part["weight"],
            tuple(part["sizes"]),
            tuple((path, tuple(shares)) for path, shares in part["paths"]),
            part["seen"],
        )
        for part in record["mix"]
    )
    lists = {name: tuple(record[name]) for name in ("widths", "seeds")}
    lists["internals"] = tuple(record.get("internals", ()))
    return Preset(**{**record, **lists, "mix": mix})


def preset_called(name: str) -> Preset:
    """Return the preset called `name`.

    Raises:
        UnknownName: there is none.
    """
    if name not in PRESETS:
        raise UnknownName("preset", name, PRESETS)
    return PRESETS[name]


def model_name(width: int, seed: int) -> str:
    """Return the name of a model."""
    return f"d{width}_s{seed}"
