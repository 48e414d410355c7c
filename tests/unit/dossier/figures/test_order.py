"""A forecast that was sealed after its outcome, or a file that is not what the log tells of, is named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.unit.dossier.figures.conftest import Forger

from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.figures import evidence_failures, order_failures
from tasklaws.run.imports import import_runs
from tasklaws.study.folder import Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path


def seal(study: Path, target: str, label: str = "forecast", at: datetime | None = None) -> str:
    """Seal a forecast that says no more than it must, and return its file."""
    at = at or datetime.now(UTC)
    log = Log(study / "log.jsonl")
    entries = log.entries()
    head = entries[-1].hash if entries else None
    said = {"target": target, "label": label, "sealed_at": at.isoformat(), "log_head": head}
    content = json.dumps(said).encode()
    file = f"forecasts/{sha256_hex(content)[:8]}.json"
    (study / "forecasts").mkdir(exist_ok=True)
    (study / file).write_bytes(content)
    log.append("seal", {**said, "file": file, "sha256": sha256_hex(content)}, at)
    return file


def attempts(folder: Path, model: str, completed: str) -> Path:
    """Import an attempt of `model` that ended at some time; return the study."""
    csv = folder / f"{model}.csv"
    row = f"{model},f,t,0,1,{completed}"
    csv.write_text(f"model,task_family,task_id,instance_id,score,completed_at\n{row}\n")
    import_runs("table", csv, folder / "study")
    return folder / "study"


def test_an_honest_study_has_no_fault(small_study: Path) -> None:
    assert order_failures(Study(small_study)) == ()
    assert evidence_failures(Study(small_study)) == ()


def test_a_log_written_anew_in_another_order_is_caught_twice(forger: Forger) -> None:
    first, sealed, came, opened = forger.entries
    forger.write([first, came, sealed, opened])
    late, head = sorted(order_failures(Study(forger.path)), key=lambda one: len(one.file))
    assert late.file == sealed.payload["file"]
    assert "line 2 of log.jsonl, before the seal in line 3" in late.found
    assert head.file.endswith(": log_head")
    assert evidence_failures(Study(forger.path)) == ()


@pytest.mark.parametrize("label", ["forecast", "conditional"])
def test_results_before_the_seal_are_a_fault_also_when_they_were_removed(tmp_path: Path, label: str) -> None:
    study = attempts(tmp_path, "m0", "2026-01-02T00:00:00Z")
    late = datetime(2030, 1, 1, tzinfo=UTC)
    (brought,) = Study(study).imports()
    Log(study / "log.jsonl").append("remove", {"import_id": brought.import_id})
    file = seal(study, "m0", label, late)
    assert {one.file for one in order_failures(Study(study))} == {file}


def test_a_retrodiction_may_follow_its_results_and_another_model_is_none_of_its_own(tmp_path: Path) -> None:
    study = attempts(tmp_path, "m0", "2026-01-02T00:00:00Z")
    seal(study, "m0", "retrodiction")
    seal(study, "m1")
    assert order_failures(Study(study)) == ()


def test_a_label_in_the_log_does_not_hide_what_the_forecast_calls_itself(tmp_path: Path) -> None:
    study = attempts(tmp_path, "m0", "2026-01-02T00:00:00Z")
    file = seal(study, "m0", "forecast")
    entry = Study(study).log.entries()[-1]
    line = replace(entry, payload=entry.payload | {"label": "retrodiction"})
    Forger(study).write([*Study(study).log.entries()[:-1], line])
    assert {one.file for one in order_failures(Study(study))} == {file, f"{file}: label"}


def test_attempts_that_ended_before_the_seal_are_a_fault_though_imported_after_it(tmp_path: Path) -> None:
    study = attempts(tmp_path, "m0", "2026-01-02T00:00:00Z")
    early = seal(study, "m1", at=datetime(2026, 1, 3, tzinfo=UTC))
    late = seal(study, "m1", at=datetime(2026, 1, 5, tzinfo=UTC))
    attempts(tmp_path, "m1", "2026-01-04T00:00:00Z")
    (failure,) = order_failures(Study(study))
    assert failure.file == late != early
    assert "2026-01-04" in failure.found


def test_every_file_that_is_not_what_the_log_tells_of_is_named_with_both_hashes(study: Path) -> None:
    part = next((study / "cells").iterdir())
    (forecast,) = (study / "forecasts").iterdir()
    written = {path: sha256_hex(path.read_bytes()) for path in (part, forecast)}
    part.write_bytes(part.read_bytes()[:-1] + b"\0")
    forecast.unlink()
    (study / "forecasts" / "more.json").write_text("{}")
    (study / "anchors").mkdir()
    (study / "anchors" / "999-01234567.git_tag.txt").write_text("no tag")
    altered, gone, more, anchor = evidence_failures(Study(study))
    assert (altered.file, altered.expected) == (f"cells/{part.name}", written[part])
    assert altered.found == sha256_hex(part.read_bytes())
    assert (gone.file, gone.expected, gone.found) == (
        f"forecasts/{forecast.name}",
        written[forecast],
        "missing",
    )
    assert (more.file, more.expected) == ("forecasts/more.json", "a seal in log.jsonl")
    assert (anchor.file, anchor.found) == ("anchors/999-01234567.git_tag.txt", "4 lines")


def test_a_broken_log_names_its_first_line_and_both_hashes(study: Path) -> None:
    log = study / "log.jsonl"
    lines = log.read_bytes().split(b"\n")
    hashes = [entry.hash for entry in Study(study).log.entries()]
    log.write_bytes(b"\n".join([lines[0], lines[1].replace(b'"forecast"', b'"retrodict"'), *lines[2:]]))
    (altered,) = evidence_failures(Study(study))
    assert altered.file == "log.jsonl, line 2: hash"
    assert altered.found == hashes[1] != altered.expected
    log.write_bytes(b"\n".join([lines[0], *lines[2:]]))
    (gone,) = evidence_failures(Study(study))
    assert gone.file == "log.jsonl, line 2: prev"
    assert (gone.expected, gone.found) == (hashes[0], hashes[1])
    log.unlink()
    (missing,) = evidence_failures(Study(study))
    assert (missing.file, missing.found) == ("log.jsonl", "missing")
