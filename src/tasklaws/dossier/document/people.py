"""Parts of the document that people fill: the subject, the auditor, access, and who does what."""

from __future__ import annotations

from tasklaws.dossier.document.kinds import Given, Hash, Inside, Part, Text, Texts, YesNo
from tasklaws.dossier.rating.access_levels import Level  # noqa: TC001 - pydantic reads it


class Subject(Part):
    """The model that is rated."""

    model: Given[Text]
    """Name of the model, as the study calls it."""
    version: Given[Text]
    """Version of the model, in its developer's words."""
    developer: Given[Text]
    """Who made the model."""
    digest: Given[Text]
    """Hash of the weights, or another proof that this very model was tested."""
    endpoint: Given[Text]
    """Where the model was asked, such as the name of an API and of the model there."""
    snapshot_date: Given[Text]
    """Date of the weights or of the endpoint's snapshot, ISO 8601."""
    release_date: Given[Text]
    """Date on which the model was released, ISO 8601."""
    architecture: Given[Text]
    """What kind of model it is."""
    modalities: Given[Texts]
    """What goes in and comes out, such as text."""
    dependencies: Given[Texts]
    """Models and data that it was made from."""


class Auditor(Part):
    """Who made this dossier."""

    name: Given[Text]
    """Name of the organisation or person."""
    registration: Given[Text]
    """Register and number under which the auditor is registered."""
    contact: Given[Text]
    """How the auditor is reached."""


class Independence(Part):
    """What ties the auditor to the developer, declared."""

    payer: Given[Text]
    """Who pays for the audit; `developer` where the developer does."""
    fee_basis: Given[Text]
    """What the fee depends on, such as `fixed`; `contingent` where it depends on the result."""
    sales_separation: Given[Text]
    """How sales are kept apart from ratings."""
    developer_review_right: Given[YesNo]
    """Whether the developer sees the dossier before it is published, and what it may change."""
    publication_veto: Given[YesNo]
    """Whether anybody may stop its publication: no, or who may and when."""
    prior_relations: Given[Text]
    """Earlier work for the developer."""
    staff_conflicts: Given[Text]
    """Holdings, offers and relatives of the people who worked on it."""


class Role(Part):
    """Who stands for one duty."""

    name: Given[Text]
    """Name of the person or organisation."""
    key_id: Hash
    """SHA-256 that names the public key."""
    public_key: Text
    """The public key, PEM."""


class Roles(Part):
    """Who did what; each signs with a key of its own."""

    builder: Given[Role]
    """Who built the model."""
    runner: Given[Role]
    """Who ran the attempts."""
    rater: Given[Role]
    """Who rates."""
    reviewer: Given[Role]
    """Who looks over the rating as a second person."""


class Granted(Part):
    """Access that was granted."""

    level: Level
    """How far it went: none, described, query, read or modify, each including those before."""
    evidence: list[Inside]
    """Files of this folder that show it."""
    note: Text | None
    """What is to be known of it; null where there is nothing."""
    amount: Text | None
    """How much there was, in its own unit, such as `20 days`; null where that says nothing."""


class Access(Part):
    """What the auditor could see and change of the model, and for how long."""

    architecture: Given[Granted]
    """How the model is built."""
    training_data: Given[Granted]
    """What it was trained on."""
    training_procedure: Given[Granted]
    """How it was trained."""
    internals: Given[Granted]
    """Weights and activations."""
    fine_tuning: Given[Granted]
    """Training it further."""
    helpful_only: Given[Granted]
    """A version without safety training."""
    safety_and_monitoring: Given[Granted]
    """Safeguards around it, and what they record."""
    strategic_plans: Given[Granted]
    """What the developer plans for it and its successors."""
    compute_budget: Given[Granted]
    """Compute that the audit could spend, in `amount`."""
    rate_limits: Given[Granted]
    """How fast it could be asked, in `amount`."""
    calendar_days: Given[Granted]
    """How long there was access, days in `amount`."""


class Deviations(Part):
    """Where the procedure was not followed."""

    deviations: list[Text]
    """Each deviation with its reason; empty where there was none."""


class FollowedProcedure(Deviations):
    """The rating procedure, which lies in the folder as procedure.toml."""

    id: Text
    """Name of the procedure."""
    version: Text
    """Its version."""
    sha256: Hash
    """SHA-256 of procedure.toml."""


class Review(Part):
    """What a second person looked over."""

    name: Text
    """Who did."""
    date: Given[Text]
    """When, ISO 8601."""
    note: Given[Text]
    """What was looked at, and what came of it."""


class Incident(Part):
    """Something that went wrong while the dossier was made."""

    date: Text
    """When, ISO 8601."""
    text: Text
    """What happened, and what was done about it."""


class Standard(Part):
    """A standard of somebody else."""

    name: Text
    """Its name and version."""
    note: Text
    """How this dossier stands to it; naming a standard claims no conformance."""
