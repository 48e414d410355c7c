"""The whole document."""

# ruff: noqa: TC001 - pydantic reads annotations when the program runs

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasklaws.dossier.document.appendix import Coverage, Evidence, HistoryRow, Withheld
from tasklaws.dossier.document.findings import Certified, RedLine, Result, StressTest
from tasklaws.dossier.document.forecasts import ForecastScores, Sealed
from tasklaws.dossier.document.kinds import Given, Ordinal, Part, Text, Time
from tasklaws.dossier.document.method import Elicitation, Harness, Rung, StudyPart, TaskFamily
from tasklaws.dossier.document.people import (
    Access,
    Auditor,
    FollowedProcedure,
    Incident,
    Independence,
    Review,
    Roles,
    Standard,
    Subject,
)
from tasklaws.dossier.document.rating import Rating


class Dossier(Part):
    """What an audit of a model saw, what follows from it, and a rating: dossier.json."""

    kind: Literal["tasklaws-dossier"]
    """Marks the document as what it is."""
    schema_version: int = Field(ge=1, le=1)
    """Version of this schema."""
    dossier_id: Text
    """Names the dossier in all its editions."""
    edition: Ordinal
    """1, 2, ..: every change of the rating makes a new one."""
    built_at: Time
    """When this edition was made, UTC."""
    code_version: Text
    """Version and source hash of the program that made it."""
    study: StudyPart
    """The study that it was made of."""
    subject: Subject
    """The model that is rated."""
    auditor: Auditor
    """Who made this dossier."""
    independence: Independence
    """What ties the auditor to the developer."""
    roles: Roles
    """Who did what."""
    access: Access
    """What the auditor could see and change."""
    procedure: FollowedProcedure
    """The rating procedure that was followed."""
    tasks: list[TaskFamily]
    """What was asked, by family."""
    harness: list[Harness]
    """Under what limits attempts were made."""
    elicitation: Elicitation
    """How answers were drawn out."""
    ladder: list[Rung]
    """The models along which scores are forecast."""
    preregistration: list[Sealed]
    """Every forecast that was sealed, in the order of the log."""
    results: list[Result]
    """The score of every model on every family."""
    forecast_scores: ForecastScores
    """How good the sealed forecasts were."""
    certificates: list[Certified]
    """Whether each family can carry a law."""
    red_lines: Given[list[RedLine]]
    """Scores that somebody decided on beforehand."""
    stress_tests: list[StressTest]
    """What changes of circumstance would do to the scores."""
    rating: Rating
    """The grade, and all that it follows from."""
    coverage: Coverage
    """What this document answers of other people's standards."""
    limits: list[Text]
    """What the auditor says that this dossier cannot tell."""
    incidents: list[Incident]
    """What went wrong while it was made."""
    standards: list[Standard]
    """Standards of other people, and how this dossier stands to them."""
    evidence: list[Evidence]
    """Every file of evidence in this folder."""
    withheld: list[Withheld]
    """Every file of evidence that is not shown."""
    review: Given[Review]
    """What a second person looked over."""
    history: list[HistoryRow]
    """All ratings so far, first to last."""
