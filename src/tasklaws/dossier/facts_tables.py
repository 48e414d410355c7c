"""The tables and keys of a `dossier.toml`."""

from __future__ import annotations

from tasklaws.dossier.document import people
from tasklaws.dossier.document.kinds import Given, Inside, Part, Text
from tasklaws.dossier.document.method import Effort, Surroundings
from tasklaws.dossier.document.rating import Dissent


class RoleSaid(Part):
    """Who stands for one duty."""

    name: Text | None
    key: Inside | None
    """Their public key, a path in the study."""


class RolesSaid(Part):
    """Who did what; roles may be left out."""

    builder: RoleSaid | None = None
    runner: RoleSaid | None = None
    rater: RoleSaid | None = None
    reviewer: RoleSaid | None = None


class Shown(Part):
    """Files of the study that are packed beside those that always are."""

    path: Text
    title: str
    confidentiality: Text


class Hidden(Part):
    """Files of the study that are not shown."""

    path: Text
    reason: Text
    confidentiality: Text


class DossierToml(Part):
    """All that the file may say."""

    subject: people.Subject
    auditor: people.Auditor
    independence: people.Independence
    roles: RolesSaid
    access: people.Access
    procedure: people.Deviations
    harness: Surroundings
    elicitation: Effort
    review: Given[people.Review]
    rating: Dissent
    limits: list[Text]
    incidents: list[people.Incident]
    standards: list[people.Standard]
    evidence: list[Shown]
    withheld: list[Hidden]


FILLED: dict[str, type[Part]] = {
    "subject": people.Subject,
    "auditor": people.Auditor,
    "independence": people.Independence,
    "access": people.Access,
    "harness": Surroundings,
    "elicitation": Effort,
    "rating": Dissent,
}
"""Tables of which every key has a value or a reason."""
