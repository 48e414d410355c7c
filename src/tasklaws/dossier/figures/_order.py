"""Whether forecasts were sealed before anything of their outcome was there."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tasklaws.anchoring.backing import first_result
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.figures._outcomes import COUNTED
from tasklaws.study.folder import LOG_FILE
from tasklaws.study.log import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.study.folder import Study
    from tasklaws.study.log import Entry

LATE = "A forecast is sealed before any result of its target; else it is a retrodiction."
OTHER = "What a forecast says of its own sealing is what the log says of it."


def order_failures(study: Study) -> tuple[Failure, ...]:
    """Return the forecasts that claim to have come before their outcome and did not.

    Results that were removed since count too. Evidence that cannot be read is told of by `evidence_failures`.

    Raises:
        VerificationFailed: the log is not what was written.
    """
    entries = study.log.entries()
    seals = [entry for entry in entries if entry.kind == "seal"]
    return tuple(failure for seal in seals for failure in _of_seal(study, entries, seal))


def _of_seal(study: Study, entries: Sequence[Entry], seal: Entry) -> Iterator[Failure]:
    document = _document(study, seal)
    if {seal.payload["label"], document.get("label")} & {*COUNTED}:
        yield from _late(study, entries, seal)
    yield from _other_words(seal, document)


def _late(study: Study, entries: Sequence[Entry], seal: Entry) -> Iterator[Failure]:
    """Yield what was there of a target before its forecast was sealed."""
    file, target = str(seal.payload["file"]), str(seal.payload["target"])
    came = first_result(entries, target)
    if came is not None and came.seq < seal.seq:
        where = f"results of {target!r} in line {came.seq + 1} of {LOG_FILE}, before the seal in line"
        yield Failure(file, "a seal before any result of its target", f"{where} {seal.seq + 1}", LATE)
    done = _first_completed(study, target)
    if done is not None and done < datetime.fromisoformat(seal.at):
        found = f"an attempt of {target!r} completed at {done.isoformat()}, sealed at {seal.at}"
        yield Failure(file, "attempts of its target after the seal", found, LATE)


def _document(study: Study, seal: Entry) -> dict[str, Any]:
    """Return what was sealed; empty where the file is not there or not what was sealed."""
    path = study.path / str(seal.payload["file"])
    content = path.read_bytes() if path.is_file() else b""
    if sha256_hex(content) != seal.payload["sha256"]:
        return {}
    found: dict[str, Any] = json.loads(content)
    return found


def _other_words(seal: Entry, document: dict[str, Any]) -> Iterator[Failure]:
    """Yield where the forecast names another target, label, time or head of the log than its seal."""
    head = seal.prev if seal.prev != FIRST else None
    logged = {
        **{name: seal.payload[name] for name in ("target", "label")},
        "sealed_at": seal.at,
        "log_head": head,
    }
    for name, value in logged.items():
        if name in document and document[name] != value:
            yield Failure(f"{seal.payload['file']}: {name}", str(value), str(document[name]), OTHER)


def _first_completed(study: Study, model: str) -> datetime | None:
    """Return when the first attempt of a model ended, of those that say; also of removed imports."""
    import polars as pl

    brought = [record for record in study.imports() if model in record.models]
    parts = {pair for one in brought for pair in zip(one.parts, one.hashes, strict=True)}
    times = []
    for part, written in sorted(parts):
        path = study.path / part
        content = path.read_bytes() if part.startswith("runs/") and path.is_file() else b""
        if sha256_hex(content) == written:
            table = pl.read_parquet(io.BytesIO(content), columns=["model", "completed_at"])
            times.append(table.filter(pl.col("model") == model)["completed_at"].min())
    return min((one for one in times if one is not None), default=None)  # type: ignore[return-value]
