"""What a dossier is made of, what is refused, and what happens to a rating afterwards."""

from __future__ import annotations

import shutil
import tomllib
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
import tomli_w

import tasklaws as tl
from tasklaws.dossier.folder import read_document
from tasklaws.dossier.rating.procedure_file import shipped
from tasklaws.study.folder import LOG_FILE
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Keys = dict[str, "Path"]


@pytest.fixture
def study(small_study: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small_study, tmp_path / "study")


def tell(study: Path, more: str) -> None:
    path = study / "dossier.toml"
    path.write_text(path.read_text() + more)


def refused(call: Callable[[], object], error: type[tl.TasklawsError]) -> str:
    """Return the message of a refusal that has three parts."""
    with pytest.raises(error) as caught:
        call()
    assert caught.value.what
    assert caught.value.need
    assert caught.value.way_out
    return str(caught.value)


def test_what_nobody_told_is_not_granted_and_caps_the_grade(study: Path, tmp_path: Path) -> None:
    (study / "dossier.toml").unlink()
    made = tl.dossier_build(study, tmp_path / "dossier").document()
    document = read_document(tmp_path / "dossier")
    assert document["access"]["internals"]["status"] == "not-granted"
    assert {"unsigned", "api_only", "unanchored", "unreviewed"} <= {cap["kind"] for cap in made["capped_by"]}
    grades = document["rating"]["scale"]["grades"]
    assert grades.index(made["grade"]) >= grades.index("D")
    found = tl.dossier_verify(tmp_path / "dossier").document()
    assert found["ok"]
    assert found["grade"] == made["grade"]
    assert found["signed_by"] == {}


@pytest.mark.parametrize("other", ["builder", "runner", "reviewer"])
def test_one_key_does_not_hold_two_duties(study: Path, tmp_path: Path, keys: Keys, other: str) -> None:
    sign = {"rater": keys["rater"], other: keys["rater"]}
    message = refused(lambda: tl.dossier_build(study, tmp_path / "dossier", sign=sign), tl.BadInput)
    assert "rater" in message
    assert other in message
    assert not (tmp_path / "dossier").exists()


def test_nor_does_one_name(study: Path, tmp_path: Path, keys: Keys) -> None:
    tell(study, '\n[roles.builder]\nname = " r.  ATER"\n')
    sign = {role: keys[role] for role in ("builder", "rater")}
    assert "name" in refused(lambda: tl.dossier_build(study, tmp_path / "dossier", sign=sign), tl.BadInput)


def test_a_forecast_that_was_sealed_after_its_outcome_is_refused(study: Path, tmp_path: Path) -> None:
    entries = Log(study / LOG_FILE).entries()
    seal = next(entry for entry in entries if entry.kind == "seal")
    (study / LOG_FILE).unlink()
    log = Log(study / LOG_FILE)
    for entry in (*(one for one in entries if one.kind != "seal"), seal):
        log.append(entry.kind, entry.payload, datetime.fromisoformat(entry.at))  # type: ignore[arg-type]
    message = refused(lambda: tl.dossier_build(study, tmp_path / "dossier"), tl.VerificationFailed)
    assert seal.payload["file"] in message
    assert "before any result" in message


def test_evidence_that_its_log_does_not_tell_of_is_refused(study: Path, tmp_path: Path) -> None:
    part = next((study / "cells").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    message = refused(lambda: tl.dossier_build(study, tmp_path / "dossier"), tl.VerificationFailed)
    assert part.name in message


def test_a_folder_of_something_else_stays_as_it_is(study: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    refused(lambda: tl.dossier_build(study, tmp_path / "other"), tl.BadInput)
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["letter.txt"]


def test_withheld_evidence_is_shown_later_and_worked_out_again(study: Path, tmp_path: Path) -> None:
    tell(study, '\n[[withheld]]\npath = "cells/*"\nreason = "test items"\n')
    folder, shown = tmp_path / "dossier", tmp_path / "shown"
    made = tl.dossier_build(study, folder)
    assert not (folder / "evidence" / "study" / "cells").exists()
    found = tl.dossier_verify(folder)
    assert found.ok, found.failures
    assert "results" in found.recomputed.left
    assert "results" not in found.recomputed.blocks
    shutil.copytree(study / "cells", shown / "evidence" / "study" / "cells")
    shutil.copyfile(str(made.salts), shown / "salts.json")
    found = tl.dossier_verify(folder, revealed=shown)
    assert found.ok, found.failures
    assert "results" in found.recomputed.blocks
    part = next((shown / "evidence" / "study" / "cells").iterdir())
    part.write_bytes(part.read_bytes() + b"\0")
    (failure,) = tl.dossier_verify(folder, revealed=shown).failures
    assert part.name in failure.file
    assert failure.expected != failure.found


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a procedure of one driver, so that the figures of a small study leave room below."""
    said = tomllib.loads(shipped().decode())
    said["driver"] = [one for one in said["driver"] if one["name"] == "track_record"]
    path = tmp_path_factory.mktemp("procedure") / "lenient.toml"
    path.write_text(tomli_w.dumps(said | {"id": "lenient"}))
    return path


def test_a_rating_is_lowered_withdrawn_and_renewed_in_the_open(
    small_study: Path, lenient: Path, keys: Keys, public: list[tuple[str, Path]], tmp_path: Path
) -> None:
    dossier, first = tmp_path / "dossier", tmp_path / "first"
    made = tl.dossier_build(small_study, dossier, sign=keys, procedure=lenient).document()
    assert made["grade"] == "D"
    shutil.copytree(dossier, first)
    refused(lambda: tl.dossier_rate(dossier, keys["builder"], reason="no"), tl.BadInput)
    refused(lambda: tl.dossier_rate(dossier, keys["rater"], reason="up", lower_to="A"), tl.BadInput)
    lowered = tl.dossier_rate(dossier, keys["rater"], reason="a leak", lower_to="E").document()
    assert lowered["grade"] == "E"
    assert lowered["awaiting"] == ["reviewer"]
    (waiting,) = tl.dossier_verify(dossier, keys=public[:3]).failures
    assert "reviewer" in waiting.file
    tl.dossier_sign(dossier, "reviewer", keys["reviewer"])
    assert tl.dossier_verify(dossier, keys=public, earlier=first).document()["grade"] == "E"
    tl.dossier_rate(dossier, keys["rater"], reason="the wrong model", withdraw=True)
    tl.dossier_sign(dossier, "reviewer", keys["reviewer"])
    found = tl.dossier_verify(dossier, keys=public)
    assert found.ok, found.failures
    assert found.grade is None
    assert "the wrong model" in str(found.document()["reason"])
    refused(lambda: tl.dossier_build(small_study, dossier, sign=keys), tl.BadInput)
    tl.dossier_build(small_study, dossier, sign=keys, reason="the right model", procedure=lenient)
    found = tl.dossier_verify(dossier, keys=public, earlier=first)
    assert found.ok, found.failures
    history = found.said["history"]
    assert [row["kind"] for row in history] == ["rated", "changed", "withdrawn", "changed"]
    assert [row["reason"] for row in history][1:3] == ["a leak", "the wrong model"]
    assert not tl.dossier_verify(first, keys=public, earlier=dossier).ok


def test_trust_is_in_keys_that_are_given(
    built: Path, public: list[tuple[str, Path]], keys: Keys, tmp_path: Path
) -> None:
    unknown = tl.dossier_verify(built)
    assert unknown.ok
    assert unknown.trusted == frozenset()
    assert "untrusted" in {cap["kind"] for cap in unknown.capped_by}
    tl.dossier_key(tmp_path / "other.pem")
    other = tmp_path / "other.pem.pub"
    assert tl.dossier_verify(built, keys=[("rater", other)]).exit_code == 3
    assert tl.dossier_verify(built, keys=[(None, other)]).exit_code == 3
    swapped = [("rater", path) for role, path in public if role == "runner"]
    assert tl.dossier_verify(built, keys=swapped).exit_code == 3
    with pytest.raises(tl.UnknownName, match="no role called 'owner'"):
        tl.dossier_verify(built, keys=[("owner", other)])
    refused(lambda: tl.dossier_verify(built, keys=[("rater", keys["rater"])]), tl.BadInput)
    refused(lambda: tl.dossier_verify(tmp_path), tl.BadInput)
