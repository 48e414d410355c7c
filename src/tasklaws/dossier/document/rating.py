"""The part of the document on the rating: the grade, what it rests on, and what keeps it down."""

from __future__ import annotations

from pydantic import Field

from tasklaws.dossier.document.kinds import Given, Number, Part, Text, Time


class Scale(Part):
    """The grades that there are."""

    id: Text
    """The procedure that defines it."""
    question: Text
    """What a grade answers."""
    silent_on: Text
    """What it does not say."""
    grades: list[Text] = Field(min_length=2)
    """From best to worst."""


class Driver(Part):
    """A figure that decides the grade."""

    name: Text
    """Its name in the procedure."""
    title: Text
    """Its name for readers."""
    value: Number | None
    """The figure as this document has it, in its own unit; null where it is undefined."""
    lower: Number | None
    """Lower end of its interval, in the same unit; null where it has none."""
    upper: Number | None
    """Upper end of its interval, in the same unit; null where it has none."""
    used: Number | None
    """What the grade was taken from: the value or an end of its interval; null where that is undefined."""
    grade: Text
    """What it is worth."""
    reason: Text
    """Why it has this grade."""


class Capped(Part):
    """Something that keeps the grade down."""

    kind: Text
    """Which cap of the procedure."""
    grade: Text
    """The best grade that it leaves."""
    reason: Text
    """Why it applies."""


class Sensitive(Part):
    """What the grade would be if something were otherwise."""

    change: Text
    """What would be otherwise."""
    grade: Text
    """The grade then."""


class Lowered(Part):
    """A grade below the one that was worked out."""

    grade: Text
    """The grade that the rater gave."""
    reason: Text
    """Why."""


class Withdrawn(Part):
    """A rating that was taken back."""

    at: Time
    """When, UTC."""
    reason: Text
    """Why."""


class Dissent(Part):
    """Who disagrees."""

    dissent: Given[Text] | None
    """What somebody who worked on the rating holds against it; null where nothing was recorded."""


class Rating(Dissent):
    """The grade, and all that it follows from by the procedure. It is no statement of safety."""

    grade: Text
    """The grade after all caps, and after the rater lowered it."""
    means: Text
    """What this grade means, in the words of the procedure."""
    indicated: Text
    """The grade that the drivers indicate, before any cap."""
    scale: Scale
    """The grades that there are."""
    drivers: list[Driver]
    """The figures that decide."""
    capped_by: list[Capped]
    """Every cap that applies, worst first; those below the indicated grade hold it down."""
    sensitivity: list[Sensitive]
    """What would change the grade."""
    unchecked: list[Text]
    """What could not be checked."""
    lowered: Lowered | None
    """The rater's own lowering; null where there is none."""
    withdrawn: Withdrawn | None
    """When and why the rating was withdrawn; null where it stands."""
