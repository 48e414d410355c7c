"""What a flag is: a rule that finds one kind of conduct in a transcript, and quotes what it found.

A flag asks a reader to look. None of them changes a score or an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.assess.observation.others import Others
    from tasklaws.assess.observation.transcripts import Transcript

QUOTED = 160
"""Characters of a quote."""


@dataclass(frozen=True)
class Seen:
    """What a flag found: the words, and where they stand."""

    quote: str
    place: str
    """Such as ``turn 3, call 1 of python``."""


@dataclass(frozen=True)
class Flag:
    """One flag; its module's name is its name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    rule: str
    """When it is raised, in one sentence."""
    look: Callable[[Transcript, Others], Seen | None]
    among: bool = False
    """Whether an attempt is judged by what the others did; such a flag does not read turns."""
    suggests: str | None = None
    """Outcome that a reader should think of; it is never set without one."""

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the flag."""
        return {"rule": self.rule, "suggests": self.suggests or "nothing"}


FLAGS: Catalogue[Flag] = Catalogue("flag", "tasklaws.assess.observation.flags", "FLAG")
"""All flags by name; a module is imported when its entry is read."""


def seen(quote: str, place: str) -> Seen:
    """Return what was found, the quote on one line and cut."""
    line = " ".join(quote.split())
    return Seen(line if len(line) <= QUOTED else line[: QUOTED - 1] + "…", place)
