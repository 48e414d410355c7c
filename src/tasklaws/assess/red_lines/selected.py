"""What a line is about: the cells of its metric, harness and elicitation, and the tasks of its family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasklaws.core.errors import UnknownName
from tasklaws.spec.red_lines import DEFAULT
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from tasklaws.assess.selection import Selection
    from tasklaws.spec.red_lines import RedLine
    from tasklaws.study.settings import Settings


class ForLine(Study):
    """A study that forecasts what a red line is about instead of what its `study.toml` names."""

    said: Settings

    def __init__(self, study: Study, line: RedLine) -> None:
        """Look at `study` as `line` does."""
        super().__init__(study.path)
        own = {
            name: value
            for name in ("metric", "harness", "elicitation")
            if (value := getattr(line, name)) != DEFAULT
        }
        object.__setattr__(self, "said", replace(study.settings, **own))

    @property
    def settings(self) -> Settings:
        """Return what `study.toml` says, but for what the line says."""
        return self.said


def for_line(study: Study, line: RedLine) -> Study:
    """Return the study as a line looks at it: the study itself where the line leaves all to it."""
    return study if is_default(line) else ForLine(study, line)


def is_default(line: RedLine) -> bool:
    """Return whether the line is about whatever the study forecasts."""
    return line.metric == line.harness == line.elicitation == DEFAULT


def families_of(selection: Selection, line: RedLine) -> tuple[str, ...]:
    """Return the families of a selection that a line is about, sorted.

    Raises:
        UnknownName: there is none.
    """
    known = selection.cells["task_family"].unique().sort().to_list()
    found = tuple(family for family in known if line.matches(family))
    if not found:
        raise UnknownName(f"family of red line {line.name!r}", line.family, known)
    return found
