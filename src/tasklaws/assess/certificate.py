"""The certificate of a family: what every check found, and whether the family can carry a scaling law.

Tests are judged together: a check that fails by a test stands as failed only where its p holds against all
tests of the certificate (Holm). What the evidence does not tell is never a pass.

Source: formal model, section 4.0 and 0b.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import ALPHA, CHECKS
from tasklaws.assess.many_tests import holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tasklaws.assess.check import Check, Finding
    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.verdicts import Verdict

FAULTS = ("C4", "C7", "C10")
"""Where one fails the scores are not those of the models: limits, edits or poor elicitation set them."""
STEPS = ("C1", "C3", "C9")
"""Where one fails nothing shows before it comes: one threshold, a cliff, a step."""
OUTPUTS = ("C6",)
NOTED = ("C2", "C5")
"""Reported, and they do not decide: the law has an effect of its own for what a family shares on a rung
(C2), and stands over the ladder's axis, not over human time (C5)."""
PROCESS = "surrogate"
"""The check that offers another metric where outputs carry no law; `details["offered"]` names it."""


@dataclass(frozen=True)
class Listed:
    """A finding as a certificate lists it."""

    check: Check
    finding: Finding
    p_holm: float | None
    """Its p among all tests of the certificate."""
    decides: bool = True
    """Whether the verdict hangs on it: not where it only informs, or stands in for outputs that need none."""

    @property
    def ok(self) -> bool | None:
        """Return whether the family passes, with all tests judged together."""
        if self.finding.ok is False and self.p_holm is not None and self.p_holm > ALPHA:
            return True
        return self.finding.ok

    @property
    def text(self) -> str:
        """Return the finding's sentence; that of a test which chance over all tests explains says so."""
        if self.finding.ok is False and self.ok:
            over_all = f"not beyond chance over all checks of the family: p = {self.p_holm:.2g}"
            return f"{self.finding.text} ({over_all})"
        return self.finding.text

    @property
    def missing(self) -> bool:
        """Return whether the check decides, applies, and was not answered."""
        return self.decides and self.ok is None and self.finding.applies

    def document(self) -> dict[str, Any]:
        """Return the JSON of the finding."""
        found = self.finding
        return {
            "check": self.check.label,
            "ok": self.ok,
            "applies": found.applies,
            "decides": self.decides,
            "statistic": found.statistic,
            "p": found.p,
            "p_holm": self.p_holm,
            "lower": found.lower,
            "upper": found.upper,
            "text": self.text,
            "reason": found.reason,
            "details": dict(found.details),
        }


@dataclass(frozen=True)
class Certificate:
    """The verdict on one family, with every finding behind it."""

    family: str
    lineage: str
    verdict: Verdict
    listed: tuple[Listed, ...]
    process_metric: str | None
    """The metric that carries the law where outputs do not."""
    because: tuple[str, ...]
    """What decided the verdict: the sentences of the findings, or what is missing."""

    @property
    def can_carry(self) -> bool:
        """Return whether a law can be forecast, directly or through a process metric."""
        return self.verdict.startswith("forecastable")

    def document(self) -> dict[str, Any]:
        """Return the JSON of the certificate."""
        return {
            "family": self.family,
            "lineage": self.lineage,
            "verdict": self.verdict,
            "process_metric": self.process_metric,
            "because": list(self.because),
            "findings": [one.document() for one in self.listed],
        }


def certify(evidence: Evidence, *, informing: bool = True) -> Certificate:
    """Return the certificate of a family.

    Args:
        evidence: what is known of it.
        informing: run also the checks that inform and do not decide.
    """
    checks = [check for check in CHECKS.values() if informing or check.letter]
    ordered = sorted(checks, key=_place)
    findings = [check.judge(evidence, generator(evidence, check.name)) for check in ordered]
    return judged(evidence, ordered, findings)


def judged(evidence: Evidence, checks: Sequence[Check], findings: Sequence[Finding]) -> Certificate:
    """Return the certificate that these findings make."""
    listed = tuple(
        Listed(check, finding, p, check.letter is not None and check.letter not in NOTED)
        for check, finding, p in zip(checks, findings, _together(checks, findings), strict=True)
    )
    if not _failed(listed, OUTPUTS, besides=PROCESS):
        listed = tuple(replace(one, decides=one.decides and one.check.name != PROCESS) for one in listed)
    verdict, deciding = _verdict(listed)
    offered = _offered(listed) if verdict == "forecastable_via_process" else None
    because = tuple(
        one.finding.reason or one.finding.text if one.ok is None else one.finding.text for one in deciding
    )
    return Certificate(evidence.family, evidence.suite.lineage, verdict, listed, offered, because)


def generator(evidence: Evidence, check: str) -> np.random.Generator:
    """Return the source of randomness of one check on one family: the same in every process."""
    name = f"{evidence.suite.lineage}\0{evidence.family}\0{check}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big")
    return np.random.default_rng([evidence.suite.seed, number])


def _place(check: Check) -> tuple[bool, int, str]:
    """Return the order of a certificate: by letter, then those that only inform."""
    return (check.letter is None, int((check.letter or check.diagnostic)[1:]), check.name)


def _together(checks: Sequence[Check], findings: Sequence[Finding]) -> list[float | None]:
    """Return each p adjusted for all tests that decide; None where there is none."""
    pairs = zip(checks, findings, strict=True)
    return holm([found.p if check.letter and found.applies else None for check, found in pairs])


def _failed(listed: Iterable[Listed], letters: Sequence[str], besides: str | None = None) -> list[Listed]:
    return [
        one for one in listed if one.check.letter in letters and one.ok is False and one.check.name != besides
    ]


def _verdict(listed: Sequence[Listed]) -> tuple[Verdict, list[Listed]]:
    """Return the verdict and the findings that decided it."""
    faults, steps = _failed(listed, FAULTS), _failed(listed, STEPS)
    if faults:
        return "invalid", faults
    if steps:
        return "only_detectable", steps
    outputs = _failed(listed, OUTPUTS, besides=PROCESS)
    missing = [one for one in listed if one.missing]
    if outputs:
        return _through_process(listed, outputs, missing)
    needed = missing + _failed(listed, ("C8",))
    if needed:
        return "not_enough_data", needed
    return "forecastable", [one for one in listed if one.ok and one.decides]


def _through_process(
    listed: Sequence[Listed], outputs: list[Listed], missing: list[Listed]
) -> tuple[Verdict, list[Listed]]:
    """Return the verdict where the answers carry no law: through another metric, if one is shown to do."""
    offer = next((one for one in listed if one.check.name == PROCESS), None)
    if offer is not None and offer.finding.ok:
        rest = [one for one in missing if one.check.letter not in OUTPUTS] + _failed(listed, ("C8",))
        return ("not_enough_data", rest) if rest else ("forecastable_via_process", [*outputs, offer])
    if offer is None or offer.ok is None:
        return "not_enough_data", [*outputs, *([offer] if offer else [])]
    return "only_detectable", [*outputs, offer]


def _offered(listed: Sequence[Listed]) -> str | None:
    named = [one.finding.details.get("offered") for one in listed if one.check.name == PROCESS]
    return str(named[0]) if named and named[0] else None
