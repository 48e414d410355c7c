"""A rating procedure: the scale, the drivers, the caps and their reasons, as one file says them.

The file that ships is `procedure.toml`; other people's are read just as strictly. Whatever a procedure says,
access to nothing but an API and a rating that nobody stands for stay below its best grade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.rating.access_levels import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Role = Literal["builder", "runner", "rater", "reviewer"]


class Part(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Driver(Part):
    """One figure that decides the grade, and what each grade needs of it."""

    name: Said
    title: Said
    figure: Said
    """Where it is read: a name of `drivers.FIGURES`."""
    direction: Literal["higher", "lower", "near"]
    target: Number | None = None
    """What `near` is near to."""
    end: Literal["unfavourable", "value"]
    grades: dict[str, Number]
    """Grade -> what it needs at least, at most, or as a distance from the target at most."""
    missing: Said
    """The grade where the figure is undefined."""
    reason: Said


class AccessRule(Part):
    """A cap where every kind of access in `below` stands below its level."""

    name: Said
    below: Annotated[dict[str, Level], Field(min_length=1)]
    cap: Said
    reason: Said
    unchecked: Said
    """What could then not be checked."""


class CapRule(Part):
    """A cap on a condition that the program knows, one of `caps.CONDITIONS`."""

    kind: Said
    grade: Said
    reason: Said


class StressRule(Part):
    """A cap where a stress test was not computed."""

    scenario: Said
    cap: Said
    reason: Said


class Procedure(Part):
    """How a dossier is rated."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$")]
    question: Said
    silent_on: Said
    """What the grade says nothing of."""
    grades: Annotated[tuple[Said, ...], Field(min_length=2)]
    """Best first."""
    indicated: Literal["worst"]
    """How the drivers' grades become one."""
    indicated_reason: Said
    conflicts: tuple[tuple[Role, Role], ...]
    """Roles that one identity must not hold together."""
    meaning: dict[str, Said]
    """Of each grade."""
    unproven_access: Level
    """What a level of access counts as at most where no evidence is named for it."""
    driver: Annotated[tuple[Driver, ...], Field(min_length=1)]
    access: Annotated[tuple[AccessRule, ...], Field(min_length=1)]
    cap: Annotated[tuple[CapRule, ...], Field(min_length=1)]
    stress: tuple[StressRule, ...]
    _content: bytes = PrivateAttr(b"")

    def model_post_init(self, context: Any) -> None:  # noqa: ANN401 - the bytes that were read
        """Keep the bytes of the file."""
        self._content = context or b""

    @property
    def content(self) -> bytes:
        """Return the bytes of the file."""
        return self._content

    @property
    def sha256(self) -> str:
        """Return the hash of the file."""
        return sha256_hex(self._content)

    def worst(self, grades: Iterable[str]) -> str:
        """Return the worst of some grades; the best of the scale where there are none."""
        return max(grades, key=self.grades.index, default=self.grades[0])

    def is_worse(self, grade: str, other: str) -> bool:
        """Return whether `grade` is worse than `other`."""
        return self.grades.index(grade) > self.grades.index(other)
