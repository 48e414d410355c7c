"""Records of the tasks that are asked here, as the table of tasks holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.metrics import METRICS

if TYPE_CHECKING:
    from tasklaws.spec.family import Family


def task_record(family: Family, size: int, n_items: int, floor: float) -> dict[str, Any]:
    """Return the record of a task under its family's target metric.

    Args:
        family: the family.
        size: of the task.
        n_items: instances, the same for every model.
        floor: chance level.
    """
    return {
        "task_id": f"{family.name}/{size}",
        "task_family": family.name,
        "metric": family.target_metric,
        "direction": METRICS[family.target_metric].direction,
        "floor": floor,
        "n_items": n_items,
        "identical_items": True,
        "content_hash": family.content_hash(size),
        "version": family.version,
    }
