"""Elicitation: how scores grow with the effort of drawing answers out, and what more effort would add.

Reads the cells of elicitations that name their effort, such as ``best_of_n@8``, and the controls that a study
left in `controls.json`. Where the ladder is long enough, the laws at the least and at the greatest effort are
forecast separately and compared. In the effort curves, efforts of one study share their questions, and often
their samples: counted as independent there, they make the intervals too wide rather than too narrow.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.effort import NEEDED, gaps, points
from tasklaws.assess.elicited_laws import Compared, compare, ends_of
from tasklaws.assess.internals import INTERNALS, Internals, internals
from tasklaws.assess.selection import select
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.study.attempts import one_per_task
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.assess.effort import Gap, Points

CONTROLS = "controls.json"
AT = re.compile(r".+@[1-9]\d{0,8}")
"""Name of an elicitation with its effort."""
FALLS = "no gap: the score does not grow with effort"
DOUBTFUL = 0.01
"""Probability below which the efforts are said not to follow the law."""


@dataclass(frozen=True)
class EffortRow:
    """The score of one family at one effort, over the tasks that were tried at every effort."""

    model: str
    family: str
    effort: str
    """Elicitation and effort, such as ``best_of_n@8``."""
    elicitation: str
    at: int
    n: int
    score: float


@dataclass(frozen=True)
class GapRow:
    """What more effort would add to a family's score at the highest effort; undefined with a reason."""

    model: str
    family: str
    elicitation: str
    gap: float | None
    lower: float | None
    upper: float | None
    limit: float | None
    """Score without any limit of effort, y_inf."""
    exponent: float | None
    pooled: bool
    """Whether the exponent was shared with the model's other families."""
    p: float | None
    """Of the test that the efforts follow y_inf - c E^-g."""
    reason: str | None
    """Why there is no gap, or why to doubt it."""


@dataclass(frozen=True)
class Control:
    """A model whose hidden ability was known, and whether it was found."""

    name: str
    ok: bool | None
    """None where it could not be tried."""
    detail: str


@dataclass(frozen=True)
class ElicitResult:
    """Effort curves, gaps and controls of a study."""

    rows: tuple[EffortRow, ...]
    gaps: tuple[GapRow, ...]
    controls: tuple[Control, ...]
    compared: Compared = field(default_factory=Compared)
    """The laws at the least and at the greatest effort."""
    laws_reason: str | None = None
    """Why there are no laws to compare."""
    internals: Internals = field(default_factory=Internals)
    """What tuning and probes found inside models."""

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `elicit`."""
        return {
            "rows": [asdict(row) for row in self.rows],
            "gaps": [asdict(row) for row in self.gaps],
            "controls": [asdict(control) for control in self.controls],
            "laws": list(self.compared.laws),
            "trend": list(self.compared.trend),
            "targets": list(self.compared.targets),
            "laws_reason": self.laws_reason,
            "internals": self.internals.document(),
        }


def elicit(study: Study | str | Path) -> ElicitResult:
    """Return the effort curves of a study, the gap of each to its limit, and its controls.

    Raises:
        NoAnswer: no elicitation of the study names an effort.
        BadInput: `controls.json` or `internals.json` is not as it should be.
    """
    opened = study if isinstance(study, Study) else Study(study)
    cells = opened.cells(harness=opened.settings.harness)
    tried = _tried(cells, opened.settings.metric)
    curves = [
        one
        for _, part in tried.group_by("model", "elicitation", maintain_order=True)
        for one in _curves(part)
    ]
    rows = tuple(row for rows, _ in curves for row in rows)
    found = tuple(found for _, found in curves)
    inside = internals(opened.path / INTERNALS)
    return ElicitResult(rows, found, controls(opened.path / CONTROLS), *_compared(opened, cells), inside)


def _compared(study: Study, cells: pl.DataFrame) -> tuple[Compared, str | None]:
    """Return the laws at two efforts compared, or why they cannot be."""
    efforts = ends_of(name for name in cells["elicitation"].unique() if AT.fullmatch(name))
    if efforts is None:
        return Compared(), "no elicitation has two efforts"
    try:
        return compare(select(study), cells, efforts), None
    except (NoAnswer, BadInput) as error:
        return Compared(), error.what.removeprefix(f"{getattr(error, 'reason', '')}: ").removesuffix(".")


def _tried(cells: pl.DataFrame, metric: str | None) -> pl.DataFrame:
    """Return one cell per model, task, elicitation and effort, these two in columns of their own."""
    labels = [name for name in cells["elicitation"].unique(maintain_order=True) if AT.fullmatch(name)]
    if not labels:
        raise NoAnswer(
            "no-efforts",
            f"no elicitation of the study names its effort: {', '.join(cells['elicitation'].unique())}.",
            "An effort curve needs scores at several efforts, such as best_of_n@1, best_of_n@2, ...",
            "Run the study with such elicitations.",
        )
    named = cells.filter(pl.col("elicitation").is_in(labels))
    metric = metric or one_per_task(named)[0]["metric"][0]
    parts = [one_per_task(named, metric, label)[0] for label in labels]
    return (
        pl.concat(parts)
        .with_columns(
            pl.col("elicitation").str.extract(r"^(.+)@\d+$", 1).alias("elicitation"),
            pl.col("elicitation").str.extract(r"@(\d+)$", 1).cast(pl.Int64).alias("effort"),
            pl.coalesce("k", "sum").alias("total"),
            pl.coalesce("k", "sum_sq").alias("squares"),
        )
        .sort("model", "elicitation", "task_family", "effort", "task_id")
    )


def _curves(part: pl.DataFrame) -> Iterator[tuple[list[EffortRow], GapRow]]:
    """Yield the curve and the gap of each family of one model under one elicitation."""
    families = {
        str(key[0]): _common(cells) for key, cells in part.group_by("task_family", maintain_order=True)
    }
    known = {
        name: _points(cells)
        for name, cells in families.items()
        if cells["effort"].n_unique() >= NEEDED and cells["total"].sum() > 0
    }
    found = dict(zip(known, gaps(list(known.values())), strict=True))
    for name, cells in families.items():
        rows = list(_effort_rows(name, cells))
        yield rows, _gap_row(part, name, rows, found.get(name))


def _common(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the cells of the tasks that were tried at every effort."""
    efforts = cells["effort"].n_unique()
    return cells.filter(pl.len().over("task_id") == efforts)


def _points(cells: pl.DataFrame) -> Points:
    efforts = cells["effort"].unique().sort()
    shape = len(efforts), -1
    columns = (cells[name].cast(pl.Float64).to_numpy().reshape(shape) for name in ("n", "total", "squares"))
    return points(efforts.to_list(), *columns)


def _effort_rows(family: str, cells: pl.DataFrame) -> Iterator[EffortRow]:
    for (effort,), at in cells.group_by("effort", maintain_order=True):
        model, name, n = at["model"][0], at["elicitation"][0], int(at["n"].sum())
        score = float(at["total"].sum()) / n
        yield EffortRow(model, family, f"{name}@{effort}", name, int(str(effort)), n, score)


def _gap_row(part: pl.DataFrame, family: str, rows: list[EffortRow], found: Gap | None) -> GapRow:
    model, name = part["model"][0], part["elicitation"][0]
    if found is None:
        return GapRow(
            model, family, name, None, None, None, None, None, pooled=False, p=None, reason=_why(rows)
        )
    return GapRow(
        model,
        family,
        name,
        found.gap,
        found.lower,
        found.upper,
        min(1.0, found.top + found.gap),
        found.exponent if found.gap > 0 else None,
        found.pooled,
        found.p,
        _doubt(found),
    )


def _why(rows: list[EffortRow]) -> str:
    """Return why a curve has no gap."""
    if not rows:
        return "no task was tried at every effort"
    if len(rows) < NEEDED:
        return f"{len(rows)} of the {NEEDED} efforts that a law of three parameters needs"
    return "no success at any effort"


def _doubt(found: Gap) -> str | None:
    if found.p < DOUBTFUL:
        return f"the efforts do not follow the law (p = {found.p:.2g}); do not rely on the gap"
    return FALLS if found.upper == 0 else None


def controls(path: Path) -> tuple[Control, ...]:
    """Return the controls that stand in the file `path`; none where there is no such file.

    Raises:
        BadInput: the file is not a list of records with `name`, `ok` and `detail`.
    """
    if not path.exists():
        return ()
    try:
        return tuple(_control(one) for one in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} does not hold controls ({type(error).__name__}: {error}).",
            'It is a list of {"name": text, "ok": true, false or null, "detail": text}.',
            "Write it anew by running the controls again, or remove it.",
        ) from None


def _control(record: dict[str, Any]) -> Control:
    name, ok, detail = record["name"], record["ok"], record["detail"]
    if not all(isinstance(said, str) for said in (name, detail)):
        raise TypeError("name and detail must be texts")
    if not (ok is None or isinstance(ok, bool)):
        raise TypeError(f"ok is {ok!r}")
    return Control(name, ok, detail)
