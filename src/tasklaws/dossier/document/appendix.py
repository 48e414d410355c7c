"""Last parts of the document: standards that it answers, files that it rests on, and all ratings so far."""

from __future__ import annotations

from typing import Literal

from tasklaws.dossier.document.kinds import Count, Hash, InEvidence, Part, Text, Time

Answered = Literal["full", "minimum", "absent", "not applicable"]


class StreamRow(Part):
    """What this document answers of one criterion of STREAM."""

    id: Text
    """Number of the criterion in the map."""
    group: Text
    """Its group."""
    criterion: Text
    """What it asks, in the project's words."""
    status: Answered
    """How far this document answers it."""
    where: Text
    """Fields that answer it."""
    reason: Text
    """Why it has this status."""


class EuCodeRow(Part):
    """What this document answers of one measure of the EU Code of Practice."""

    id: Text
    """Number of the row in the map."""
    measure: Text
    """The measure, and what it asks in the project's words."""
    status: Answered
    """How far this document answers it."""
    where: Text
    """Fields that answer it."""
    reason: Text
    """Why it has this status."""


class Coverage(Part):
    """What this document answers of other people's standards."""

    stream: list[StreamRow]
    """The criteria of STREAM (ChemBio)."""
    eu_code: list[EuCodeRow]
    """Measures of the EU Code of Practice for general-purpose AI."""
    note: Text
    """What these maps are, and what they are not."""


class Evidence(Part):
    """A file of evidence in this folder."""

    path: InEvidence
    """Where it lies."""
    sha256: Hash
    """SHA-256 of its bytes."""
    bytes: Count
    """Its size, in bytes."""
    media_type: Text
    """What kind of file it is."""
    confidentiality: Text
    """Who may see it."""


class Withheld(Part):
    """A file of evidence that is not shown."""

    path: InEvidence
    """Where it would lie."""
    commitment: Hash
    """Salted hash that proves later that it was this file."""
    bytes: Count
    """Its size, in bytes."""
    media_type: Text
    """What kind of file it is."""
    reason: Text
    """Why it is not shown."""
    confidentiality: Text
    """Who may see it."""


class HistoryRow(Part):
    """One rating of those so far."""

    seq: Count
    """Number of its entry in history.jsonl, from 0."""
    at: Time
    """When, UTC."""
    kind: Literal["rated", "changed", "withdrawn"]
    """What happened."""
    grade: Text
    """The grade since."""
    reason: Text
    """Why."""
    key_id: Hash | None
    """SHA-256 that names the rater's key; null where nobody signed."""
    hash: Hash
    """Hash of the entry, which holds the hash of the one before."""
