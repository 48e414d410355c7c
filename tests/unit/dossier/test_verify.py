"""Forgeries that agree with themselves: whoever makes one writes every hash anew, and signs nothing."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import tasklaws as tl
from tasklaws.dossier.folder import (
    CRATE,
    DOCUMENT,
    HISTORY,
    MANIFEST,
    PROCEDURE,
    STUDY,
    document_bytes,
    read_document,
)
from tasklaws.dossier.packing.manifest import file_hash, manifest_of
from tasklaws.dossier.rating.change import changed
from tasklaws.dossier.rating.history import read_history
from tasklaws.study.folder import LOG_FILE
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasklaws.dossier.verify import Verified

Document = dict[str, Any]


@pytest.fixture(scope="module")
def unsigned(small_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unsigned") / "dossier"
    tl.dossier_build(small_study, folder)
    return folder


@pytest.fixture
def folder(unsigned: Path, tmp_path: Path) -> Path:
    return shutil.copytree(unsigned, tmp_path / "dossier")


def forged(folder: Path, change: Callable[[Document], object] = lambda _document: None) -> Verified:
    """Change the document, list the evidence anew, renew the last rating and the manifest, and verify."""
    document = read_document(folder)
    for row in document["evidence"]:
        path = folder / row["path"]
        row |= {"sha256": file_hash(path), "bytes": path.stat().st_size}
    change(document)
    if "history" in document:
        (first,) = read_history(folder / HISTORY)
        history, document = changed(document, (), "rated", first.payload["reason"])
        (folder / HISTORY).write_bytes(b"".join(entry.line() for entry in history))
    (folder / DOCUMENT).write_bytes(document_bytes(document))
    (folder / MANIFEST).write_bytes(manifest_of(folder))
    return tl.dossier_verify(folder)


def places(found: Verified) -> str:
    assert found.exit_code == 3
    assert found.grade is None
    return "\n".join(failure.file for failure in found.failures)


def test_without_a_change_the_forger_has_an_honest_dossier(folder: Path) -> None:
    assert forged(folder).ok


def put(*keys: Any, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place: Any = document
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (put("results", 0, "score", value=0.9999), "results[0].score"),
        (put("results", 1, "k", value=1), "results[1].k"),
        (put("forecast_scores", "crps", value=0.001), "forecast_scores.crps"),
        (put("forecast_scores", "coverage", "80", "value", value=0.8), "forecast_scores.coverage.80.value"),
        (put("preregistration", 0, "sealed_at", value="2020-01-01T00:00:00+00:00"), "preregistration[0]"),
        (put("preregistration", 0, "anchor", value="rfc3161 2020-01-01T00:00:00Z"), "preregistration[0]"),
        (put("ladder", 0, "n_params", value=1e12), "ladder[0].n_params"),
        (put("stress_tests", 0, "status", value="not-applicable"), "stress_tests[0].status"),
        (put("elicitation", "gap_estimate", "model", value="other"), "elicitation.gap_estimate.model"),
        (put("study", "data_hash", value="0" * 64), "study.data_hash"),
        (put("subject", "developer", value="Somebody Else"), "subject.developer"),
        (put("access", "architecture", "level", value="modify"), "access.architecture.level"),
        (put("limits", value=[]), None),
        (put("rating", "grade", value="A"), "rating.grade"),
        (put("rating", "indicated", value="A"), "rating.indicated"),
        (put("rating", "capped_by", value=[]), "rating.capped_by"),
        (put("procedure", "version", value="9.9.9"), PROCEDURE),
        (put("edition", value=2), HISTORY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_changed_statement_does_not_follow_from_the_evidence(
    folder: Path, change: Callable[[Document], None], place: str | None
) -> None:
    found = forged(folder, change)
    if place is None:  # what the study's file does not say is the same as nothing
        assert found.ok
    else:
        assert place in places(found)


def test_a_field_that_is_missing_is_named(folder: Path) -> None:
    found = forged(folder, lambda document: document.pop("independence"))
    (failure,) = found.failures
    assert failure.file == f"{DOCUMENT}: independence"
    assert "not-granted" in failure.expected + failure.reason


def test_one_identity_in_two_duties_is_told(folder: Path) -> None:
    def change(document: Document) -> None:
        one = {"name": "R. Ater", "key_id": "0" * 64, "public_key": "PEM"}
        document["roles"] |= {"builder": one, "rater": one}

    told = [failure.found for failure in forged(folder, change).failures]
    assert any("builder and rater" in words for words in told)


def test_a_seal_that_was_moved_behind_its_outcome_is_told(folder: Path) -> None:
    path = folder / STUDY / LOG_FILE
    entries = Log(path).entries()
    seal = next(entry for entry in entries if entry.kind == "seal")
    path.unlink()
    for entry in (*(one for one in entries if one.kind != "seal"), seal):
        Log(path).append(entry.kind, entry.payload)  # type: ignore[arg-type]
    found = forged(folder)
    assert f"{STUDY}/{seal.payload['file']}" in places(found)
    assert any("before any result" in failure.expected for failure in found.failures)


def test_a_forecast_that_was_edited_and_sealed_anew_is_scored_anew(folder: Path) -> None:
    path = folder / STUDY / LOG_FILE
    entries = Log(path).entries()
    seal = next(entry for entry in entries if entry.kind == "seal")
    sealed = folder / STUDY / seal.payload["file"]
    content = json.loads(sealed.read_bytes())
    content["forecasters"]["law"]["points"][0] = [0.5] * 99
    sealed.write_bytes(document_bytes(content)[:-1])
    assert seal.payload["file"] in places(forged(folder))  # the log knows the hash
    path.unlink()
    for entry in entries:
        renewed = {"sha256": file_hash(sealed)} if "sha256" in entry.payload else {}
        Log(path).append(entry.kind, entry.payload | renewed)  # type: ignore[arg-type]
    assert "forecast_scores.crps" in places(forged(folder)) or "sealed_at" in places(forged(folder))


@pytest.mark.parametrize("name", ["tasks.parquet", "ladder.toml", "study.toml", "dossier.toml"])
def test_evidence_that_no_reader_can_read_shows_nothing(folder: Path, name: str) -> None:
    path = folder / STUDY / name
    path.write_bytes(b"PAR1 \xff\x00 nonsense PAR1")
    document = read_document(folder)
    row = {
        "path": f"{STUDY}/{name}",
        "sha256": "",
        "bytes": 0,
        "media_type": "x/y",
        "confidentiality": "public",
    }
    paths = {one["path"] for one in document["evidence"]}

    def change(document: Document) -> None:
        if row["path"] not in paths:
            more = row | {"sha256": file_hash(path), "bytes": path.stat().st_size}
            document["evidence"] = sorted([*document["evidence"], more], key=lambda one: one["path"])

    assert STUDY in places(forged(folder, change))


def test_what_does_not_decide_is_held_by_the_manifest_alone(folder: Path) -> None:
    (folder / CRATE).write_bytes(b"{}\n")
    (failure,) = tl.dossier_verify(folder).failures
    assert failure.file == CRATE
    assert failure.found == file_hash(folder / CRATE)
