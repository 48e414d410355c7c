"""Parts of the document on forecasts: what was sealed, and how good it was."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasklaws.dossier.document.kinds import (
    Count,
    Hash,
    InEvidence,
    Number,
    Part,
    Positive,
    Reasoned,
    Share,
    Text,
    Time,
)

Label = Literal["forecast", "conditional", "retrodiction"]


class Sealed(Part):
    """A forecast that was sealed."""

    target: Text
    """The model whose results it is about."""
    file: InEvidence
    """Where it lies in this folder."""
    sha256: Hash
    """SHA-256 of the file, as the log holds it."""
    label: Label
    """`forecast`, `conditional` on a covariate of the target, or `retrodiction`, after results."""
    sealed_seq: Count
    """Number of the log's entry that sealed it."""
    sealed_at: Time
    """When it was sealed, by the clock of whoever sealed it, UTC."""
    outcome_seq: Count | None
    """Number of the log's entry with the target's first results; null where there are none yet."""
    outcome_at: Time | None
    """When those came, UTC; null where there are none yet."""
    code_version: Text
    """Version of the program that made it."""
    anchor: Text
    """What backs the time: `self-attested`, or an outside anchor and its time."""
    scored: bool
    """Whether it counts in the scores of forecasts."""
    reason: Text | None
    """Why it does not count; null where it does."""


class Covered(Reasoned):
    """How often the outcome lay inside a central interval."""

    figures = ("value", "lower", "upper")
    value: Share | None
    """Share of tasks whose outcome lay inside."""
    lower: Share | None
    """Lower end of its 90 % interval, a share."""
    upper: Share | None
    """Upper end of its 90 % interval, a share."""
    n: Count
    """How many tasks."""


class Coverages(Part):
    """Coverage of the central intervals."""

    of_50: Covered = Field(alias="50")
    """Of the interval that should hold half of all outcomes."""
    of_80: Covered = Field(alias="80")
    """Of the interval that should hold 80 % of all outcomes."""
    of_90: Covered = Field(alias="90")
    """Of the interval that should hold 90 % of all outcomes."""


class Skill(Reasoned):
    """How much better the forecasts were than the best baseline."""

    figures = ("value", "lower", "upper")
    value: Number | None
    """1 - CRPS / CRPS of the baseline: 0 is no better, 1 is perfect."""
    lower: Number | None
    """Lower end of its 90 % interval."""
    upper: Number | None
    """Upper end of its 90 % interval."""
    against: Text
    """The baseline."""


class Surprises(Part):
    """Tasks whose outcome lay far from its forecast."""

    n_tasks: Count
    """How many tasks were judged."""
    n: Count
    """How many of them surprised."""
    share: Share | None
    """Share of tasks that surprised; null where none was judged."""
    lower: Share | None
    """Lower end of its interval, a share."""
    upper: Share | None
    """Upper end of its interval, a share."""


class ForecastCoverages(Part):
    """Coverage of one forecast."""

    of_50: Share | None = Field(alias="50")
    """Share of tasks inside the interval that should hold half of them."""
    of_80: Share | None = Field(alias="80")
    """Share of tasks inside the interval that should hold 80 % of them."""
    of_90: Share | None = Field(alias="90")
    """Share of tasks inside the interval that should hold 90 % of them."""


class ForecastScore(Part):
    """The scores of one forecast."""

    target: Text
    """The model whose results it is about."""
    sha256: Hash
    """SHA-256 of its file."""
    label: Label
    """Only `forecast` and `conditional` count in the means."""
    crps: Positive | None
    """Continuous ranked probability score, in points (0 to 100); lower is better."""
    mae: Positive | None
    """Mean absolute error of the median, in points (0 to 100)."""
    log_score: Number | None
    """Mean log of the probability of the outcome, nats; higher is better."""
    coverage: ForecastCoverages
    """Share of outcomes inside central intervals."""
    best_baseline: Text | None
    """The best baseline for this target; null where none made a forecast."""
    skill: Number | None
    """1 - CRPS / CRPS of that baseline; null where there is none."""
    n_tasks: Count
    """How many tasks were forecast."""
    n_surprises: Count
    """How many of them surprised."""


class ForecastScores(Part):
    """How good the sealed forecasts were."""

    n_forecasts: Count
    """How many forecasts count."""
    n_targets: Count
    """How many models they are about."""
    crps: Positive | None
    """Mean CRPS, in points (0 to 100); null where no forecast counts."""
    mae: Positive | None
    """Mean absolute error, in points (0 to 100); null where no forecast counts."""
    log_score: Number | None
    """Mean log score, nats; null where no forecast counts."""
    coverage: Coverages
    """Share of outcomes inside central intervals."""
    skill: Skill
    """Against the best baseline, never the weakest."""
    surprises: Surprises
    """Tasks whose outcome lay far from its forecast."""
    forecasts: list[ForecastScore]
    """Each forecast that was opened."""
