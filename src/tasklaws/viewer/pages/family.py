"""A family: its curve along the ladder, and its tasks by models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import UnknownName
from tasklaws.viewer.curve import curve
from tasklaws.viewer.pages._scores import Heat, heat, scores_form
from tasklaws.viewer.parts import NAME, Links, Page
from tasklaws.viewer.scores import chosen

if TYPE_CHECKING:
    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.desk import Desk


def page(desk: Desk, asked: Asked) -> Page:
    """Return the tasks of a family by models.

    Raises:
        UnknownName: there is no such family.
    """
    name, results = asked.get("name") or "", desk.results
    known = set(results.cells["task_family"]) | set(results.index["task_family"].unique().cast(pl.String))
    if name not in known:
        raise UnknownName("family", name, known)
    picked = chosen(results, asked)
    own = picked.cells.filter(pl.col("task_family") == name)
    blocks, records = heat(
        asked, picked, Heat("task_id", "task_id", "task", "Scores of tasks", own, asked.task)
    )
    figure = curve(results, name, own)
    links = Links((("Attempts at this family", asked.runs(family=name, **picked.filters())),))
    crumbs = ((results.settings.name, asked.to("", asked.chosen())), (shown(name, NAME), ""))
    drawn = () if figure is None else (figure,)
    return Page(
        shown(name, NAME),
        crumbs,
        (links, scores_form(asked, picked), *drawn, *blocks),
        records,
        "tasks",
        charts=bool(drawn),
    )
