"""Reading a rating procedure from its file, the one that ships or somebody else's, just as strictly."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tasklaws.core.errors import BadInput
from tasklaws.dossier.rating.procedure import AccessRule, CapRule, Driver, Part, Procedure, StressRule
from tasklaws.dossier.rating.procedure_checks import refuse_unsound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

PARTS: dict[str, type[Part]] = {"driver": Driver, "access": AccessRule, "cap": CapRule, "stress": StressRule}
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
