"""Rungs and ladders: models, what is known of them, and the order in which they stand."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from tasklaws.core.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import polars as pl

AXES = ("flops", "n_params", "n_tokens", "loss_nats", "bits_per_byte", "released", "pc1")
"""What a ladder may be ordered by; ``pc1`` comes from the scores, the others stand in the ladder."""

COVARIATE_AXES = AXES[:-1]
LOSSES = ("loss_nats", "bits_per_byte")
"""Axes on which a lower value is further up the ladder."""


@dataclass(frozen=True)
class Rung:
    """One model of a ladder and its covariates; None where a covariate is not known."""

    model: str
    lineage: str = "ladder"
    n_params: float | None = None
    n_tokens: float | None = None
    flops: float | None = None
    flops_source: str | None = None
    """``stated``, or ``6ND`` where compute was taken as 6 x parameters x tokens."""
    loss_nats: float | None = None
    bits_per_byte: float | None = None
    loss_corpus: str | None = None
    released: date | None = None
    seed: int | None = None
    step: int | None = None
    replicate: str | None = None
    """Tells apart runs of the same size, tokens and seed."""
    params_kind: str | None = None
    """``total``, ``active`` or ``non_embedding``: which parameters were counted."""
    source: str | None = None
    task_loss: tuple[tuple[str, float], ...] = ()
    """Held-out loss (nats) on single tasks, as (task_id, loss)."""

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what no two rungs of a ladder may share."""
        return (self.lineage, self.n_params, self.n_tokens, self.seed, self.replicate, self.step)

    def height(self, axis: str) -> float | None:
        """Return the place on `axis`, higher for a stronger model (losses change sign), or None."""
        value = getattr(self, axis, None)
        if value is None:
            return None
        if isinstance(value, date):
            return float(value.toordinal())
        return -float(value) if axis in LOSSES else float(value)


@dataclass(frozen=True)
class Ladder:
    """All rungs of a study, in the order of their file; one lineage forms one ladder of models."""

    rungs: tuple[Rung, ...]
    axis: str
    """Axis stated in the file, or chosen: compute, else parameters, else release date, else loss."""
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        """Return the number of rungs."""
        return len(self.rungs)

    def __iter__(self) -> Iterator[Rung]:
        """Iterate over the rungs in the order of their file."""
        return iter(self.rungs)

    def __contains__(self, model: object) -> bool:
        """Return whether there is a rung called `model`."""
        return model in self._by_name

    def __getitem__(self, model: str) -> Rung:
        """Return the rung called `model`.

        Raises:
            UnknownName: there is none.
        """
        try:
            return self._by_name[model]
        except KeyError:
            raise UnknownName("model", model, self._by_name) from None

    @cached_property
    def _by_name(self) -> dict[str, Rung]:
        return {rung.model: rung for rung in self.rungs}

    def models(self) -> tuple[str, ...]:
        """Return the names of all rungs in the order of their file."""
        return tuple(self._by_name)

    def lineages(self) -> tuple[str, ...]:
        """Return the lineages in the order in which they first appear."""
        return tuple(dict.fromkeys(rung.lineage for rung in self.rungs))

    def of(self, lineage: str) -> tuple[Rung, ...]:
        """Return the rungs of `lineage`, weakest first; those without a place on the axis come last.

        Raises:
            UnknownName: no rung has that lineage.
        """
        members = [rung for rung in self.rungs if rung.lineage == lineage]
        if not members:
            raise UnknownName("lineage", lineage, self.lineages())
        axis = self.axis_of(lineage)
        heights = {rung.model: rung.height(axis) for rung in members}
        return tuple(
            sorted(members, key=lambda rung: (heights[rung.model] is None, heights[rung.model] or 0.0))
        )

    def axis_of(self, lineage: str) -> str:
        """Return the axis that orders `lineage`: that of the ladder where it has it, else a choice."""
        members = [rung for rung in self.rungs if rung.lineage == lineage]
        has_own = any(rung.height(self.axis) is not None for rung in members)
        return self.axis if has_own else default_axis(members)

    def is_release_ladder(self, lineage: str) -> bool:
        """Return whether the release date is what orders `lineage`."""
        return self.axis_of(lineage) == "released"

    def size_of(self, model: str) -> str:
        """Return the label shared by rungs that are held out together: one lineage at one size.

        A model of a release ladder, or one whose parameters are not known, is a size of its own.
        """
        rung = self[model]
        if rung.n_params is None or self.is_release_ladder(rung.lineage):
            return model
        return f"{rung.lineage}|{rung.n_params:.6g}"

    def next_after(self, models_with_cells: Collection[str]) -> Rung | None:
        """Return the first rung, along its axis, whose model has no cells; None if all have some."""
        ordered = (rung for lineage in self.lineages() for rung in self.of(lineage))
        return next((rung for rung in ordered if rung.model not in models_with_cells), None)

    def table(self) -> pl.DataFrame:
        """Return the rungs as a table of the schema ``ladder``."""
        import polars as pl

        from tasklaws.core.tables import LADDER, validate

        rows = [
            {name: value for name, value in asdict(rung).items() if name in LADDER.names}
            for rung in self.rungs
        ]
        return validate(pl.DataFrame(rows, schema=dict(LADDER.dtypes())), LADDER, "ladder")


def default_axis(rungs: Collection[Rung]) -> str:
    """Return the first of compute, parameters, release date and loss that two rungs or more have."""
    order = ("flops", "n_params", "released", "loss_nats", "bits_per_byte", "n_tokens")
    counts = {axis: sum(rung.height(axis) is not None for rung in rungs) for axis in order}
    enough = [axis for axis in order if counts[axis] >= 2]  # noqa: PLR2004 - two points order a ladder
    some = [axis for axis in order if counts[axis]]
    return (enough or some or ["flops"])[0]
