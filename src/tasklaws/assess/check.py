"""What a check is: one question put to the evidence on a family, and the finding that answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

    from tasklaws.assess.evidence import Evidence


@dataclass(frozen=True)
class Column:
    """One axis of a chart: its key in the rows, and what it is called, with its unit."""

    key: str
    title: str
    log: bool = False
    share: bool = False
    """Written as a percentage."""


@dataclass(frozen=True)
class Chart:
    """What a finding looks like: rows, and which columns are drawn how. Nothing here draws."""

    title: str
    """States the finding."""
    description: str
    rows: tuple[Mapping[str, Any], ...]
    x: Column
    y: Column
    mark: Literal["points", "lines", "bars"] = "points"
    colour: Column | None = None
    """Nominal; one line or shade for each value."""
    interval: tuple[str, str] | None = None
    """Keys of the lower and upper end of an interval of `y`."""
    reference: float | None = None
    """A level of `y` to compare with."""


@dataclass(frozen=True)
class Finding:
    """The answer of one check on one family."""

    ok: bool | None
    """Whether the family passes; None where the evidence does not tell. That is never a pass."""
    text: str
    """One plain sentence with its figures."""
    statistic: float | None = None
    lower: float | None = None
    upper: float | None = None
    """Interval of the statistic, at 90 % where nothing else is said."""
    p: float | None = None
    """Of the null that the family is sound in this respect; smaller speaks against it."""
    applies: bool = True
    """False where the study holds nothing that this check is about; `ok` is None then, and blocks nothing."""
    reason: str | None = None
    """Why `ok` or the statistic is null: what is missing."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Further figures; JSON."""
    chart: Chart | None = None


def unknown(reason: str, text: str, **details: Any) -> Finding:  # noqa: ANN401
    """Return a finding that the evidence does not tell; `reason` says what is missing."""
    return Finding(None, text, reason=reason, details=details)


def does_not_apply(text: str) -> Finding:
    """Return a finding of a check that has nothing to look at in this study."""
    return Finding(None, text, applies=False, reason=text)


@dataclass(frozen=True)
class Check:
    """One check; its module's name is its name."""

    name: str
    diagnostic: str
    """``D1`` to ``D15``, the number in the formal model."""
    letter: str | None
    """``C1`` to ``C10``, its place in the certificate; None where it informs and does not decide."""
    summary: str
    source: str
    status: Literal["published", "emerging"]
    judge: Callable[[Evidence, np.random.Generator], Finding]

    @property
    def label(self) -> str:
        """Return the name that findings are listed under, such as ``C4 harness_ceiling``."""
        return f"{self.letter} {self.name}" if self.letter else self.name

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the check."""
        return {"diagnostic": self.diagnostic, "certificate": self.letter or "informs only"}


CHECKS: Catalogue[Check] = Catalogue("check", "tasklaws.assess.checks", "CHECK")
"""All checks by name; a module is imported when its entry is read."""

ALPHA = 0.05
"""Level of a certificate over all its tests."""
