"""Our instances as samples of Inspect AI, and back: a sample carries its name, the family makes the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from inspect_ai.dataset import Sample

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.spec.family import Instance

Rendering = Literal["auto", "english", "compact"]
"""How a question is put; ``auto`` is compact for models of the embedded ladder, else English."""
RENDERINGS: tuple[Rendering, ...] = get_args(Rendering)
KEPT = 20_000
"""Instances that are remembered: each is wanted once to be asked, and once to be scored, in every epoch."""


def sample_of(instance: Instance, rendering: Rendering = "auto") -> Sample:
    """Return `instance` as a sample: question, answer, and what it takes to make the instance again.

    With ``auto`` the question is the English one; the solver puts the compact one where the model is ours.
    """
    family = FAMILIES[instance.family]
    asked = family.compact if rendering == "compact" else family.english
    return Sample(
        input=asked(instance), target=instance.answer, id=instance.instance_id, metadata=about(instance)
    )


def about(instance: Instance) -> dict[str, Any]:
    """Return what a sample says of its instance: to which task it belongs, and how it is made again."""
    family, size, seed, index = instance.instance_id.split("/")
    numbers = {"size": int(size), "seed": int(seed), "index": int(index)}
    return {"task_family": family, "task_id": f"{family}/{size}", **numbers}


def instance_of(metadata: Mapping[str, Any]) -> Instance:
    """Return the instance that a sample with that metadata asks.

    Raises:
        BadInput: the metadata is not that of a sample of ours.
        UnknownName: its family is not installed.
    """
    try:
        family, numbers = metadata["task_family"], [metadata[name] for name in ("size", "index", "seed")]
    except KeyError as missing:
        raise BadInput(
            f"the metadata of a sample has no {missing}.",
            "A sample of tasklaws says which instance it asks: task_family, size, seed and index.",
            "Take the samples as tasklaws.run.inspect_bridge.tasks.family_task makes them.",
        ) from None
    return _made(family, *numbers)


@lru_cache(maxsize=KEPT)
def _made(family: str, size: int, index: int, seed: int) -> Instance:
    return FAMILIES[family].instance(size, index, seed)
