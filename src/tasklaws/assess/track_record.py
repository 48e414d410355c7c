"""The record of all sealed forecasts of a study, opened or not, and the latest of either kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.anchoring.backing import seal_words
from tasklaws.anchoring.study_anchors import study_anchors
from tasklaws.assess.opening import (
    Opened,
    anchor_of,
    find_seal,
    of_scores,
    score_sealed,
    unopened,
    verified_bytes,
)
from tasklaws.assess.prediction import forecast_frame
from tasklaws.assess.sealed import Sealed, read_sealed
from tasklaws.core.errors import VerificationFailed
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from tasklaws.study.log import Entry


SCORES = ("mae", "log_score", "crps", "crps_doublings", "skill", "best_baseline")
"""What a row tells of an opened forecast: errors of scores in points, of time horizons in doublings."""


@dataclass(frozen=True)
class SealedForecast:
    """A sealed forecast as tables, verified against the log."""

    target: str
    lineage: str
    label: str
    sha256: str
    sealed_at: str
    table: pl.DataFrame
    """Of the schema ``forecasts``."""
    anchor: str
    """What backs the time of the seal."""


@dataclass(frozen=True)
class OpenedForecast:
    """A sealed forecast with its scores."""

    sealed: SealedForecast
    scored: Opened


def latest_unopened(study: Study) -> SealedForecast | None:
    """Return the latest sealed forecast of scores that was never opened, or None."""
    waiting = [seal for seal in unopened(study.log.entries()) if of_scores(seal)]
    return _tables(study, _verified(study, waiting[-1]), waiting[-1]) if waiting else None


def latest_opened(study: Study) -> OpenedForecast | None:
    """Return the forecast of scores that was opened last, scored again from its bytes, or None."""
    entries = study.log.entries()
    opened = [entry.payload["sha256"] for entry in entries if entry.kind == "open" and of_scores(entry)]
    if not opened:
        return None
    seal = find_seal(entries, opened[-1])
    sealed = _verified(study, seal)
    return OpenedForecast(_tables(study, sealed, seal), score_sealed(study, sealed, seal))


def _verified(study: Study, seal: Entry) -> Sealed:
    return read_sealed(verified_bytes(study, seal), seal.payload["file"])


def _tables(study: Study, sealed: Sealed, seal: Entry) -> SealedForecast:
    document = sealed.document
    return SealedForecast(
        document["target"],
        document["lineage"],
        document["label"],
        seal.payload["sha256"],
        document["sealed_at"],
        forecast_frame(document),
        anchor_of(study, seal),
    )


@dataclass(frozen=True)
class TrackRecord:
    """All sealed forecasts of a study, opened or not."""

    rows: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"forecasts": list(self.rows)}


def forecasts(study: Study | str | Path) -> TrackRecord:
    """List every sealed forecast with its label, whether it was opened, and its scores.

    Log score and skill are those of the first opening; skill is against the best baseline of that
    forecast, known only with hindsight.

    Raises:
        VerificationFailed: the log is not what was written.
    """
    study = study if isinstance(study, Study) else Study(study)
    entries = study.log.entries()
    anchored = study_anchors(study.path, entries)
    seals = [entry for entry in entries if entry.kind == "seal"]
    rows = (_row(study, seal, entries) | {"anchor": seal_words(anchored, entries, seal)} for seal in seals)
    return TrackRecord(tuple(rows))


def _row(study: Study, seal: Entry, entries: tuple[Entry, ...]) -> dict[str, Any]:
    digest = seal.payload["sha256"]
    first = next((e for e in entries if e.kind == "open" and e.payload["sha256"] == digest), None)
    scores = first.payload if first else {}
    return {
        "kind": seal.payload.get("kind", "score"),
        "target": seal.payload["target"],
        "sha256": digest,
        "label": seal.payload["label"],
        "sealed_at": seal.at,
        "opened": first is not None,
        "opened_at": first.at if first else None,
        **{name: scores.get(name) for name in SCORES},
        "intact": _intact(study, seal),
    }


def _intact(study: Study, seal: Entry) -> bool:
    try:
        verified_bytes(study, seal)
    except VerificationFailed:
        return False
    return True
