"""The parts of the main job, and how long they take beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.progress import Part
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Advance, Progress
    from tasklaws.run.embedded import Embedded

TRAIN, FIRST, NEXT, LAST, REPORT = 12.0, 2.0, 1.0, 4.0, 2.0
"""What the parts take, as with the presets ``quick`` and ``default``; the last is also looked into."""
STAGES = 8
"""Stages that a report has, or more."""


def shares(embedded: Embedded, *, finished: bool) -> list[float]:
    """Return the share of each part in the work that is left, training first and the report last."""
    seen = Study(embedded.root).models_seen_in_log().keys()
    sizes, n_first = embedded.sizes(), embedded.preset.first
    begun = [(embedded.models / f"d{width}.safetensors").exists() for width in embedded.preset.widths]
    train = 0.0 if finished or seen else TRAIN * (1.0 - sum(begun) / (len(begun) + 1))
    last = LAST if embedded.preset.internals else NEXT
    asked = [
        (FIRST, {model for size in sizes[:n_first] for model in size}),
        *((last if size is sizes[-1] else NEXT, set(size)) for size in sizes[n_first:]),
    ]
    took = [train, *(0.0 if seen >= models else long for long, models in asked), REPORT]
    return [one / sum(took) for one in took]


def parts(progress: Progress, whole: Advance, of_each: list[float], n_seeds: int) -> Iterator[Part]:
    """Yield a listener to each part, in their order."""
    stages = [1, 1, *[n_seeds + 1] * (len(of_each) - 3), STAGES]
    for share, n in zip(of_each, stages, strict=True):
        yield Part(progress, whole, share, n)
