"""A rating procedure: the scale, the drivers, the caps and their reasons, as one file says them.

The file that ships is `procedure.toml`; other people's are read just as strictly. Whatever a procedure says,
access to nothing but an API and a rating that nobody stands for stay below its best grade.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, ValidationError

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.access_levels import Level
from tasklaws.dossier.procedure_checks import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Role = Literal["builder", "runner", "rater", "reviewer"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Driver(_Part):
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


class AccessRule(_Part):
    """A cap where every kind of access in `below` stands below its level."""

    name: Said
    below: Annotated[dict[str, Level], Field(min_length=1)]
    cap: Said
    reason: Said
    unchecked: Said
    """What could then not be checked."""


class CapRule(_Part):
    """A cap on a condition that the program knows, one of `caps.CONDITIONS`."""

    kind: Said
    grade: Said
    reason: Said


class StressRule(_Part):
    """A cap where a stress test was not computed."""

    scenario: Said
    cap: Said
    reason: Said


class Procedure(_Part):
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


PARTS: dict[str, type[_Part]] = {"driver": Driver, "access": AccessRule, "cap": CapRule, "stress": StressRule}
UNKNOWN_KEY = "extra_forbidden"
"""Name of that fault."""


def shipped() -> bytes:
    """Return the rating procedure that ships, byte for byte."""
    return Path(__file__).with_name("procedure.toml").read_bytes()


def read_procedure(content: bytes, name: str) -> Procedure:
    """Return the procedure that the bytes of a file hold.

    Args:
        content: TOML.
        name: of the file, for messages.

    Raises:
        BadInput: it is no such file; the message names the place, what is needed and the way out.
    """
    try:
        procedure = Procedure.model_validate(tomllib.loads(content.decode()), context=content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            f"{name}: {error}.", "A rating procedure is a TOML file in UTF-8.", "Correct the line."
        ) from None
    except ValidationError as error:
        raise _refusal(name, error.errors()) from None
    refuse_unsound(procedure, name)
    return procedure


def _refusal(name: str, faults: list[ErrorDetails]) -> BadInput:
    """Return the first fault as an error of three parts; unknown keys come first, with the nearest name."""
    first = next((one for one in faults if one["type"] == UNKNOWN_KEY), faults[0])
    *above, last = first["loc"]
    known = list((PARTS[str(above[0])] if above and above[0] in PARTS else Procedure).model_fields)
    if first["type"] == UNKNOWN_KEY:
        near = difflib.get_close_matches(str(last), known, n=1)
        what = f"there is no key {str(last)!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        return BadInput(
            f"{name}: {place(above)}: {what}", f"There are: {', '.join(known)}.", "Correct the key."
        )
    said = first["msg"][0].lower() + first["msg"][1:]
    return BadInput(
        f"{name}: {place(first['loc'])}: {said}.",
        f"The keys here are: {', '.join(known)}.",
        "Correct it, or start from a copy of the procedure that ships.",
    )


def place(path: Iterable[str | int]) -> str:
    """Return where in the file something stands, tables counted from 1."""
    return ".".join(str(one + 1) if isinstance(one, int) else one for one in path) or "top of the file"
