"""Families as tasks of Inspect AI: ``inspect eval tasklaws/sha_chain -T sizes=1,10,100 --model ...``.

A task of Inspect is a family at some sizes, a sample is an instance. The names of the families are read, not
their modules: a family is imported when its task is made.

Limits of a `Harness` are Inspect's own, but for `call_limit`, which our tools keep. How often an instance is
tried, and what counts then (`attempts`, `aggregation`), is what the elicitation does; Inspect's epochs are
attempts that count one by one.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai import Epochs, Task, task

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge._words import passed, read
from tasklaws.run.inspect_bridge.instances import about, instance_of, sample_of
from tasklaws.run.inspect_bridge.scorers import family_metrics
from tasklaws.run.inspect_bridge.solvers import elicited
from tasklaws.run.inspect_bridge.tools import tool_rules
from tasklaws.spec.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasklaws.run.inspect_bridge._words import Words
    from tasklaws.run.inspect_bridge.instances import Rendering
    from tasklaws.spec.family import Family, Instance

ITEMS = 10
"""Instances of a size that are drawn where nothing is said."""


def family_task(
    family: str,
    *,
    sizes: Sequence[int] | int | str | None = None,
    items: int | None = None,
    seed: int = 0,
    epochs: int = 1,
    harness: Harness = Harness(),  # noqa: B008  it is frozen
    harness_id: str | None = None,
    elicitation: str = "greedy",
    rendering: Rendering = "auto",
    asked: str | None = None,
) -> Task:
    """Return a family as a task of Inspect, which its log can make again.

    Args:
        family: name of the family.
        sizes: of its tasks; None for those it tries by default, or all that stand in `asked`.
        items: instances of each size; None for 10, or all that stand in `asked`.
        seed: of the instances.
        epochs: how often each is tried.
        harness: the limits.
        harness_id: its name in the tables; None for one made of what it sets.
        elicitation: how answers are drawn out, such as ``best_of_n@4``.
        rendering: how questions are put.
        asked: folder of the models of an embedded ladder, whose held-out questions are put.

    Raises:
        BadInput: something that cannot be, or there is no such family, elicitation or question.
    """
    if family not in TASKS:
        raise UnknownName("family", family, TASKS)
    return TASKS[family](
        sizes=list(sizes) if isinstance(sizes, tuple | range) else sizes,
        items=items,
        seed=seed,
        epochs=epochs,
        elicitation=elicitation,
        rendering=rendering,
        asked=asked,
        harness_id=harness_id,
        harness=passed(harness),
    )


def _registered(name: str) -> Callable[..., Task]:
    """Register the task of the family called `name`, and return it. What `words` may be, `Words` tells."""

    @task(name=name)
    def of_family(**words: Any) -> Task:  # noqa: ANN401  as the command line of Inspect passes them
        told, family = read(words), FAMILIES[name]
        return _task(family, told, _instances(family, told))

    return of_family


def _task(family: Family, words: Words, instances: Mapping[int, Sequence[Instance]]) -> Task:
    method, effort = words.method
    return Task(
        [sample_of(one, words.rendering) for drawn in instances.values() for one in drawn],
        setup=tool_rules(words.harness.call_limit, words.harness.tools),
        solver=elicited(method.name, effort, words.rendering),
        scorer=family_metrics(),
        epochs=Epochs(words.epochs, "mean"),
        fail_on_error=False,  # an error is an outcome of one attempt,
        score_on_error=True,  # and stands in the tables as one
        name=family.name,
        version=family.version,
        metadata={"tasklaws": _told(family, words, instances)},
        **words.limits(),
    )


def _told(family: Family, words: Words, instances: Mapping[int, Sequence[Instance]]) -> dict[str, Any]:
    """Return what a log says of how its attempts were made."""
    return {
        "tasklaws_version": version("tasklaws"),
        "family": family.name,
        "elicitation": words.label,
        "harness_id": words.harness_name,
        "harness": asdict(words.harness),
        "rendering": words.rendering,
        "seed": words.seed,
        "items": max(map(len, instances.values())),
        "target_metric": family.target_metric,
        "content_hash": {f"{family.name}/{size}": family.content_hash(size) for size in instances},
    }


def _instances(family: Family, words: Words) -> dict[int, list[Instance]]:
    """Return size -> its instances: drawn afresh, or those that an embedded ladder holds out."""
    if words.asked is not None:
        return _held_out(family, words, Path(words.asked))
    sizes = words.sizes or family.sizes
    return {size: family.instances(size, words.items or ITEMS, words.seed) for size in sizes}


def _held_out(family: Family, words: Words, folder: Path) -> dict[int, list[Instance]]:
    from tasklaws.ladder.store import ASKED, read_asked

    if not (folder / ASKED).exists():
        raise BadInput(
            f"there are no questions in {folder}.",
            f"The folder of the models of an embedded ladder holds {ASKED}.",
            "Name STUDY/models of a study that `tasklaws study` has made.",
        )
    found: dict[int, list[Instance]] = {}
    for one in read_asked(folder).questions:
        if one.family == family.name and (words.sizes is None or one.size in words.sizes):
            found.setdefault(one.size, []).append(one)
    missing = [size for size in words.sizes or () if size not in found]
    if missing or not found:
        raise BadInput(
            f"{folder / ASKED} holds no questions of {family.name!r}"
            + (f" of size {', '.join(map(str, missing))}." if missing else "."),
            "Models of an embedded ladder are asked what was held out of their corpus.",
            "Leave those out; or leave `asked` out: then questions are drawn afresh.",
        )
    kept = {size: drawn[: words.items] for size, drawn in found.items()}
    _check_same(kept, folder)
    return kept


def _check_same(questions: Mapping[int, Sequence[Instance]], folder: Path) -> None:
    """Raise where the family of today does not draw the questions again: a sample carries their names only.

    Raises:
        BadInput: it does not.
    """
    for one in (question for drawn in questions.values() for question in drawn):
        if instance_of(about(one)) != one:
            raise BadInput(
                f"{folder}: question {one.instance_id} is another one than family {one.family!r} draws.",
                "The scorer makes a question again from its name.",
                "Take the version of the family that made the study, or train anew.",
            )


TASKS = {name: _registered(name) for name in FAMILIES}
"""Family -> what makes its task."""
