"""Short aligned tables and numbers for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_ROWS = 60
"""Rows shown; the rest is counted, never dropped in silence."""

UNDEFINED = "-"

LONGEST = 80
"""Characters of a cell."""


def number(value: float | None, digits: int = 2) -> str:
    """Return `value` with that many decimals; what is undefined is a dash."""
    return UNDEFINED if value is None else f"{value:.{digits}f}"


def text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value in words."""
    if value is None:
        return UNDEFINED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(text(item) for item in value)
    return str(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], longest: int = LONGEST) -> Iterator[str]:
    """Yield a header and one line a row, texts to the left, numbers to the right, cells cut at `longest`."""
    first = rows[:MOST_ROWS]
    cells = [list(columns)] + [[shown(text(row.get(column)), longest) for column in columns] for row in first]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    right = [_numeric(row.get(column) for row in first) for column in columns]
    for line in cells:
        padded = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        )
        yield "  ".join(padded).rstrip()
    if len(rows) > MOST_ROWS:
        yield f"showing {MOST_ROWS} of {len(rows)}; --json has all"


def _numeric(values: Iterable[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in known)
