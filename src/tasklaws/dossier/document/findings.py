"""Parts of the document that the study shows: results, certificates, red lines and stress tests."""

from __future__ import annotations

from typing import Literal

from tasklaws.assess.verdicts import Verdict  # noqa: TC001 - pydantic reads it
from tasklaws.dossier.document.kinds import Count, Given, Number, Part, Positive, Reasoned, Share, Text


class Result(Reasoned):
    """The score of a model on a family."""

    figures = ("score", "lower", "upper")
    model: Text
    """The model."""
    family: Text
    """The family of tasks."""
    n_tasks: Count
    """How many tasks of it."""
    k: Positive | None
    """Attempts that succeeded; null where attempts have scores instead."""
    n: Count
    """Attempts."""
    score: Share | None
    """Mean score over all attempts, a share; null where scores are no shares."""
    lower: Share | None
    """Lower end of its 90 % interval, a share."""
    upper: Share | None
    """Upper end of its 90 % interval, a share."""


class Certified(Part):
    """Whether a family can carry a law."""

    family: Text
    """The family of tasks."""
    lineage: Given[Text]
    """The lineage of models."""
    verdict: Verdict
    """What the checks of the family come to."""
    because: list[Text]
    """What decided it."""


class RedLine(Part):
    """A score that somebody decided on beforehand, and how far the models are from it."""

    line: Text
    """Name of the line."""
    family: Text
    """The family, or a pattern of families, whose mean score it is about."""
    threshold: Share
    """The score at which it is crossed, a share."""
    margin: Share
    """How far below that it binds already, a share."""
    definition: Text
    """What is measured, why the line stands there, and who decides."""
    target: Text | None
    """The next model; null where none can be forecast."""
    p_cross: Share | None
    """Probability that it crosses the line; null where it has no forecast."""
    verdict: Text
    """What follows for this line."""
    lead: Count | None
    """How many models ahead the line is in sight; null where it is not."""
    score: Share | None
    """Best score so far, a share."""
    score_lower: Share | None
    """Lower end of its interval, a share."""
    score_upper: Share | None
    """Upper end of its interval, a share."""
    text: Text
    """The verdict in a sentence."""


class StressTest(Reasoned):
    """What a change of circumstance would do to the scores."""

    figures = ("effect", "lower", "upper")
    scenario: Text
    """Name of the change."""
    status: Literal["computed", "not-granted", "not-applicable"]
    """Whether the study tells."""
    effect: Number | None
    """Change of the mean score, in points (-100 to 100); null where the study does not tell."""
    lower: Number | None
    """Lower end of its 90 % interval, in points."""
    upper: Number | None
    """Upper end of its 90 % interval, in points."""
    n_models: Count
    """How many models it was worked out from."""
    method: Text | None
    """How it was worked out; null where it was not."""
