"""The verb `diagnose`: the certificate of every family of a study, and what is broken where one fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tasklaws.assess.audit import Audit, audit
from tasklaws.assess.certificate import Certificate, certify
from tasklaws.assess.checks.harness_ceiling import ceilings
from tasklaws.assess.evidence import refuse_nothing, suites
from tasklaws.assess.planner import what_would_do
from tasklaws.assess.triage.route import Triage, triage
from tasklaws.core.errors import UnknownName
from tasklaws.core.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tasklaws.assess.evidence import Suite
    from tasklaws.core.progress import Progress
    from tasklaws.study.folder import Study

THE_ANSWER_IS_NO = 4
DATA = "enough_data"
"""The check that asks for more rungs or attempts; `would_do` says how many."""


@dataclass(frozen=True)
class Diagnosed:
    """One family: its certificate, where it is broken, and what design would tell more."""

    certificate: Certificate
    triage: Triage
    would_do: str | None
    """Rungs, seeds and attempts that would let it pass, where the data do not tell."""
    audit: Audit | None = None
    """What sampling says of the fit, where that was asked for."""

    def document(self) -> dict[str, Any]:
        """Return the JSON of the family."""
        more = {"would_do": self.would_do, "triage": self.triage.document()}
        audited = {"audit": self.audit.document()} if self.audit else {}
        return self.certificate.document() | more | audited


@dataclass(frozen=True)
class Diagnosis:
    """The certificates of a study."""

    families: tuple[Diagnosed, ...]
    models: tuple[dict[str, Any], ...]
    """How the attempts of each model ended, all families together, with limits counted three ways."""
    warnings: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """Return 4 unless every family can carry a law."""
        return 0 if all(one.certificate.can_carry for one in self.families) else THE_ANSWER_IS_NO

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and `models`."""
        return {"families": [one.document() for one in self.families], "models": list(self.models)}


def diagnose(
    study: Study | str | Path,
    *,
    families: Collection[str] | None = None,
    models: Collection[str] | None = None,
    audited: bool = False,
    progress: Progress = SILENT,
) -> Diagnosis:
    """Return whether each family of a study can carry a scaling law, and if not, why.

    Args:
        study: the study.
        families: only these; None for all.
        models: only what these models tell; None for all of the ladder.
        audited: also sample every family's fit, which takes some ten seconds each.
        progress: who hears how far it is.

    Raises:
        BadInput: an audit is asked for, and the packages of the extra `bayes` are not installed.
        NoAnswer: no model with results stands on the ladder.
        UnknownName: the study has no such family.
    """
    found = suites(study, models)
    refuse_nothing(found)
    known = {family for suite in found for family in suite.families}
    for family in families or ():
        if family not in known:
            raise UnknownName("family", family, known)
    wanted = [
        (suite, family) for suite in found for family in suite.families if not families or family in families
    ]
    made = []
    with progress.stage("diagnose", total=len(wanted)) as advance:
        for suite, family in wanted:
            made.append(_diagnosed(suite, family, audited=audited))
            advance(1)
    limited = [{"lineage": suite.lineage, **row} for suite in found for row in ceilings(suite).to_dicts()]
    notes = tuple(dict.fromkeys(note for suite in found for note in suite.notes))
    return Diagnosis(tuple(made), tuple(limited), notes)


def _diagnosed(suite: Suite, family: str, *, audited: bool) -> Diagnosed:
    evidence = suite.evidence(family)
    certificate = certify(evidence)
    short = any(one.check.name == DATA and one.ok is False for one in certificate.listed)
    would_do = what_would_do(suite, family)[0] if short else None
    sampled = audit(evidence.counts, suite.seed) if audited else None
    return Diagnosed(certificate, triage(evidence, certificate), would_do, sampled)
