"""The two models that a report compares: the one at the top of the ladder, and the one below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.errors import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Collection

    from tasklaws.spec.ladder import Ladder, Rung
    from tasklaws.study.folder import Study


def neighbours(study: Study) -> tuple[str, str]:
    """Return the last rung with results and one of the size before it, of the same seed where there is one.

    Where the ladder has several lineages, those of the first that has two sizes with results.

    Raises:
        NoAnswer: no lineage has two sizes with results.
    """
    ladder, known = study.ladder(), set(study.target_cells()[0]["model"])
    for lineage in ladder.lineages():
        rungs = [rung for rung in ladder.of(lineage) if rung.model in known]
        found = _last_two(ladder, rungs)
        if found:
            return found
    raise NoAnswer(
        "ladder-too-short",
        "no lineage has results at two sizes.",
        "A comparison of neighbours needs two.",
        "Name two models: tasklaws compare STUDY A B.",
    )


def beside(study: Study, models: Collection[str]) -> list[str]:
    """Return the other models with results of the sizes of these, such as those of other seeds."""
    ladder, known = study.ladder(), set(study.cells()["model"])
    sizes = {ladder.size_of(model) for model in models if model in ladder}
    return [
        rung.model
        for rung in ladder
        if rung.model in known and rung.model not in models and ladder.size_of(rung.model) in sizes
    ]


def _last_two(ladder: Ladder, rungs: list[Rung]) -> tuple[str, str] | None:
    sizes = list(dict.fromkeys(ladder.size_of(rung.model) for rung in rungs))
    if len(sizes) < 2:  # noqa: PLR2004  a neighbour is needed
        return None
    top, below = ([rung for rung in rungs if ladder.size_of(rung.model) == size] for size in sizes[:-3:-1])
    last = top[0]
    alike = [rung for rung in below if rung.seed == last.seed]
    return last.model, (alike or below)[0].model
