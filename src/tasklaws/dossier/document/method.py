"""Parts of the document on what was asked, of which models, and how."""

from __future__ import annotations

from tasklaws.dossier.document.kinds import (
    Count,
    Given,
    Hash,
    Number,
    Part,
    Positive,
    Reasoned,
    Text,
    Texts,
    Time,
)


class StudyPart(Part):
    """The study that the dossier was made of."""

    name: Text
    """Name of the study."""
    data_hash: Hash
    """SHA-256 of all its results, whatever their order."""
    log_head: Hash | None
    """Hash of the last entry of its log, which holds all before it; null where the log is empty."""
    log_entries: Count
    """How many entries the log has."""


class TaskFamily(Part):
    """A family of tasks that was asked."""

    family: Text
    """Name of the family."""
    n_tasks: Count
    """How many of its tasks have results."""
    version: Given[Text]
    """Version of the tasks."""
    sha256: Given[Hash]
    """SHA-256 of the sorted content hashes of its tasks."""
    structure: Given[Text]
    """How its tasks are built: in steps or at once, with or without tools, and how many steps."""
    tool_exactness: Given[Text]
    """Share of one-token mistakes in tool calls that are fatal, measured."""
    hardness_locked_at: Given[Time]
    """When the last of its tasks was frozen as it stands, UTC."""


class Surroundings(Part):
    """What attempts had around them."""

    tools: Given[Texts]
    """Tools that could be called; empty where there was none."""
    sandbox: Given[Text]
    """What kept attempts apart from the machine."""
    versions: Given[Texts]
    """Versions of the programs that ran the attempts."""


class Harness(Surroundings):
    """Limits and surroundings of attempts."""

    harness_id: Text
    """Name of the harness in the study."""
    n_attempts: Count
    """How many attempts were made under it."""
    token_limit: Given[Positive]
    """Most tokens of an attempt."""
    time_limit: Given[Positive]
    """Longest time of an attempt, in seconds."""
    message_limit: Given[Positive]
    """Most messages of an attempt."""


class Method(Part):
    """A way to draw out answers."""

    elicitation: Text
    """Its name, with its effort after an `@` where it has one."""
    n_attempts: Count
    """How many attempts were made so."""
    tokens: Given[Count]
    """Tokens that they used together."""


class GapEstimate(Reasoned):
    """What more effort of drawing out answers would add."""

    figures = ("gap", "lower", "upper")
    model: Text | None
    """The model; null where none has results."""
    gap: Number | None
    """By how much the score would still rise with unlimited effort, a share."""
    lower: Number | None
    """Lower end of its interval, a share."""
    upper: Number | None
    """Upper end of its interval, a share."""


class Effort(Part):
    """What people put into drawing out answers."""

    person_hours: Given[Positive]
    """Hours of work that people spent on it."""
    stop_rule: Given[Text]
    """When they stopped trying to do better."""


class Elicitation(Effort):
    """How answers were drawn out."""

    methods: list[Method]
    """All ways that were tried."""
    best_of: Given[Count]
    """Most answers of which the best counted."""
    gap_estimate: GapEstimate
    """What more effort would add for the rated model."""


class Rung(Part):
    """A model of the ladder."""

    model: Text
    """Its name."""
    lineage: Given[Text]
    """Models of one lineage differ only in size."""
    n_params: Given[Positive]
    """Number of parameters."""
    loss_nats: Given[Number]
    """Loss on the corpus, nats per token."""
    loss_corpus: Given[Text]
    """What the loss was measured on."""
    released: Given[Text]
    """Date of release, ISO 8601."""
    source: Given[Text]
    """Where these figures are from."""
