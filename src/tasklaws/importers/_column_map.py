"""`--map FILE`: a TOML that says which foreign column is which of ours.

.. code-block:: toml

    scale = 0.01                  # scores are multiplied by this
    pool = true                   # rows of one cell are added together
    [where]                       # only rows with these values
    set = "pythia"
    [columns]                     # ours = "theirs"; a list is joined by "/"
    model = ["lineage", "rung"]
    [constants]                   # one value for all rows
    metric = "accuracy"
    [wide]                        # one column per task
    values = ["MMLU", "ARC-C"]
    [scores]                      # text -> score
    C = 1
    I = 0
    [n]                           # task -> attempts, where the table has no such column
    MMLU = 14042
    [infer_n]                     # n is the least count that makes every value of a group whole
    by = ["run_id"]
    up_to = 64
    [floor]                       # task -> documented chance rate
    MMLU = 0.25
    [direction]                   # metric -> "higher" or "lower" is better
    ppl = "lower"
    [ladder]                      # covariate = "theirs", or with a scale, or years since a date
    n_params = { column = "Size (B)", scale = 1e9 }
    released = { column = "years", since = 2024-01-01 }
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tasklaws.core.errors import BadInput
from tasklaws.core.tables import CELLS, HUMAN_TIMES, LADDER, RUNS, TASKS
from tasklaws.spec.source import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

OURS = frozenset(
    {
        *(*RUNS.names, *CELLS.names, *TASKS.names, "value", "stderr", "mean", "se"),
        *(*HUMAN_TIMES.names, "population", "task_version", "limit_minutes"),
    }
)
"""Names that `[columns]` and `[constants]` may give."""


def _in_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _in_table(value: object) -> object:
    return {"column": value} if isinstance(value, str | list) else value


Joined = Annotated[tuple[str, ...], BeforeValidator(_in_tuple)]
"""One column of theirs, or several that are joined by a slash."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Covariate(_Part):
    """Where a covariate of the ladder stands."""

    column: Joined
    scale: float = 1.0
    since: date | None = None


class Wide(_Part):
    """Columns that each hold the scores of one task."""

    values: tuple[str, ...] = Field(min_length=1)


class InferN(_Part):
    """How n is found from the values themselves."""

    by: tuple[str, ...] = ()
    up_to: int = Field(default=64, ge=1, le=10_000)


class ColumnMap(_Part):
    """What a map file says."""

    scale: float = 1.0
    pool: bool = False
    where: dict[str, str] = {}
    columns: dict[str, Joined] = {}
    constants: dict[str, str | int | float] = {}
    wide: Wide | None = None
    scores: dict[str, float] = {}
    n: dict[str, int] = {}
    infer_n: InferN | None = None
    floor: dict[str, float] = {}
    direction: dict[str, Literal["higher", "lower"]] = {}
    ladder: dict[str, Annotated[Covariate, BeforeValidator(_in_table)]] = {}

    def used(self) -> set[str]:
        """Return the names of theirs that the map speaks of."""
        joined = [*self.columns.values(), *(covariate.column for covariate in self.ladder.values())]
        wide = self.wide.values if self.wide else ()
        return {name for names in joined for name in names} | set(self.where) | set(wide)


def read_map(path: Path | None) -> ColumnMap:
    """Return what `path` says; without a file, that our names are used.

    Raises:
        BadInput: it is not TOML, or a key or value is not one of those above.
    """
    if path is None:
        return ColumnMap()
    try:
        said = ColumnMap.model_validate(tomllib.loads(read_text(path)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name}: {error}.", "A map is a TOML file.", "Correct the line.") from None
    except ValidationError as error:
        raise _refusal(path, error.errors()[0]) from None
    _check_ours(said, path)
    return said


def _refusal(path: Path, first: ErrorDetails) -> BadInput:
    place = ".".join(str(part) for part in first["loc"])
    keys = ", ".join(ColumnMap.model_fields)
    return BadInput(
        f"{path.name}: {place}: {first['msg'].lower()}.", f"A map has the parts {keys}.", "Correct it."
    )


def _check_ours(said: ColumnMap, path: Path) -> None:
    covariates = frozenset(LADDER.names)
    for part, names, known in (
        ("columns", said.columns, OURS),
        ("constants", said.constants, OURS),
        ("ladder", said.ladder, covariates),
    ):
        for name in names:
            if name not in known:
                raise BadInput(
                    f"{path.name}: [{part}] has {name!r} on the left.",
                    f"On the left stand our names: {', '.join(sorted(known))}.",
                    'Write ours = "theirs".',
                )
