"""The model under rating: what it was asked, and how it scored under each elicitation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import UnknownName
from tasklaws.dossier.figures import read_once
from tasklaws.dossier.figures._gap import EFFORT, last_evaluated
from tasklaws.study.attempts import DEFAULT

if TYPE_CHECKING:
    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.study.folder import Study

QUESTION = ("task_family", "task_id", "question")
"""What tells questions apart; where a source names none, a task is one question."""


@dataclass(frozen=True)
class Rated:
    """A model of a study that has results in the metric and elicitation that are forecast."""

    study: Seen
    model: str

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Return the model's cells that are forecast."""
        return self.study.target_cells()[0].filter(pl.col("model") == self.model)

    @property
    def metric(self) -> str:
        """Return the metric that is forecast."""
        return str(self.cells["metric"][0])

    @property
    def elicitation(self) -> str:
        """Return the elicitation that is forecast: the reference of every scenario."""
        return str(self.cells["elicitation"][0])

    @property
    def families(self) -> int:
        """Return in how many families the model has results."""
        return self.cells["task_family"].n_unique()

    @cached_property
    def shares(self) -> bool:
        """Return whether scores are shares in [0, 1] of which more is better."""
        total = self.cells.select(pl.coalesce("k", "sum")).to_series()
        inside = bool(((total >= 0) & (total <= self.cells["n"])).all())
        less = self.study.tasks().filter(pl.col("metric") == self.metric, pl.col("direction") == "lower")
        return inside and less.join(self.cells, on="task_id", how="semi").is_empty()

    @cached_property
    def floors(self) -> pl.DataFrame:
        """Return what guessing scores at each task, where that is documented: task_id, floor."""
        known = self.study.tasks().filter(pl.col("metric") == self.metric)
        return known.group_by("task_id").agg(pl.col("floor").max())

    @property
    def guessable(self) -> set[str]:
        """Return the families with a task that can be guessed."""
        guessed = self.cells.join(self.floors.filter(pl.col("floor") > 0), on="task_id", how="semi")
        return set(guessed["task_family"])

    @cached_property
    def runs(self) -> pl.DataFrame:
        """Return the model's attempts at the metric, under every elicitation."""
        harness = self.study.settings.harness
        own = self.study.runs().filter(pl.col("model") == self.model, pl.col("metric") == self.metric)
        named = own.with_columns(pl.col("harness_id", "elicitation").fill_null(DEFAULT))
        return named if harness is None else named.filter(pl.col("harness_id") == harness)

    @property
    def attempts(self) -> pl.DataFrame:
        """Return the attempts under the elicitation that is forecast."""
        return self.runs.filter(pl.col("elicitation") == self.elicitation)

    @cached_property
    def efforts(self) -> dict[str, list[int]]:
        """Return the elicitations that name their effort -> the efforts that the model was tried at."""
        found: dict[str, list[int]] = {}
        for told in filter(None, map(EFFORT.fullmatch, sorted(set(self._asked["elicitation"])))):
            found.setdefault(told[1], []).append(int(told[2]))
        return {name: sorted(efforts) for name, efforts in found.items()}

    def elicited_by(self, pattern: str) -> list[str]:
        """Return the elicitations whose name matches `pattern` as a whole, by name."""
        return [name for name in sorted(set(self._asked["elicitation"])) if re.fullmatch(pattern, name)]

    def asked(self, elicitation: str) -> pl.DataFrame:
        """Return one row per question: task_family, task_id, question, n, total, squares (of its scores)."""
        return self._asked.filter(pl.col("elicitation") == elicitation).drop("elicitation")

    @cached_property
    def _asked(self) -> pl.DataFrame:
        key = ("elicitation", *QUESTION)
        scored = self.runs.filter(pl.col("score").is_not_null())
        single = scored.group_by(
            "elicitation", "task_family", "task_id", pl.col("instance_id").fill_null("").alias("question")
        ).agg(
            pl.len().cast(pl.Float64).alias("n"),
            pl.col("score").sum().alias("total"),
            (pl.col("score") ** 2).sum().alias("squares"),
        )
        imported = self._imported().join(single, on=["elicitation", "task_id"], how="anti")
        return pl.concat([single, imported], how="vertical").sort(key)

    def _imported(self) -> pl.DataFrame:
        """Return the cells that were imported as such, a task as one question."""
        harness = self.study.settings.harness
        own = self.study.imported_cells().filter(
            pl.col("model") == self.model, pl.col("metric") == self.metric
        )
        own = own if harness is None else own.filter(pl.col("harness_id") == harness)
        return own.group_by(
            "elicitation", "task_family", "task_id", pl.lit("").alias("question"), maintain_order=True
        ).agg(
            pl.col("n").sum().cast(pl.Float64),
            pl.coalesce("k", "sum").sum().alias("total"),
            pl.coalesce("k", "sum_sq", "sum").sum().alias("squares"),
        )


def rated(study: Study, subject: str | None = None) -> Rated | None:
    """Return the model under rating, or None where no model has results.

    Raises:
        UnknownName: no results are of the model called `subject`.
    """
    seen = read_once(study)
    model = subject or seen.subject or last_evaluated(seen)
    known = sorted(set(seen.target_cells()[0]["model"]))
    if model is None:
        return None
    if model not in known:
        raise UnknownName("model", model, known)
    return Rated(seen, model)
