"""What of a study is packed, what is withheld, and what is refused."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.packing.evidence import Piece, gather, pack
from tasklaws.dossier.packing.withheld import commitment, read_salts
from tasklaws.study.folder import Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

OWN = {
    "study.toml": b'name = "demo"\n',
    "ladder.toml": b"",
    "dossier.toml": b"",
    "redlines.toml": b"",
    "tasks.parquet": b"tasks",
    "controls.json": b"[]",
    "internals.json": b"{}",
    "runs/live.parquet": b"live",
    "runs/removed.parquet": b"removed",
    "forecasts/one-01234567.json": b"{}",
    "models/corpus.json": b"{}",
    "models/d8_s0.json": b"{}",
    "labels/ann.jsonl": b"",
    "anchors/00.tsr": b"stamp",
    "logs/1/a.eval": b"PK",
    "logs/b.json": b"{}",
}
OTHER = {
    "runs/unknown.parquet": b"no import tells of it",
    "forecasts/.one.json.tmp": b"",
    "models/d8.safetensors": b"weights",
    "models/d8_s0.parquet": b"cache",
    "models/compiled/jit": b"",
    "logs/1/logs.json": b"{}",
    "inspect-bundle/index.html": b"",
    "report.html": b"<html>",
    ".lock": b"",
    ".env": b"",
    "notes/probes.md": b"what the probes read",
    "notes/deep/more.md": b"more",
    "notes/.DS_Store": b"",
    "keys/rater.pub": b"-----BEGIN PUBLIC KEY-----\n",
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Return a study with one of everything."""
    root = tmp_path / "study"
    for name, content in (OWN | OTHER).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    log = Log(root / "log.jsonl")
    for identity in ("live", "removed", "lost"):
        part = f"runs/{identity}.parquet"
        said = {"import_id": identity, "format": "table", "rows": 1, "models": ["a"]}
        log.append("import", said | {"parts": {part: sha256_hex(identity.encode())}})
    for identity in ("removed", "lost"):
        log.append("remove", {"import_id": identity})
    return Study(root)


def facts(**said: Any) -> Any:
    """Return facts as `dossier.toml` gives them."""
    absent = {"status": "not-granted", "reason": "nobody said"}
    access = {"internals": absent} | said.get("access", {})
    return SimpleNamespace(
        blocks={"access": access},
        roles=said.get("roles", {}),
        evidence=[SimpleNamespace(path=p, title="", confidentiality=c) for p, c in said.get("evidence", [])],
        withheld=[
            SimpleNamespace(path=p, reason="secret weights", confidentiality="confidential")
            for p in said.get("withheld", [])
        ],
    )


def names(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.name for piece in pieces]


def test_figures_and_people_decide_what_is_evidence(study: Study) -> None:
    pieces = gather(study, facts())
    assert names(pieces) == sorted([*OWN, "log.jsonl"])
    assert {piece.confidentiality for piece in pieces} == {"public"}
    assert {piece.withheld for piece in pieces} == {None}


def test_facts_take_in_more(study: Study) -> None:
    probed = {"level": "query", "evidence": ["evidence/study/notes/probes.md"], "note": "", "amount": None}
    said = facts(
        access={"fine_tuning": probed},
        roles={
            "rater": SimpleNamespace(
                name="R", key=study.path.joinpath("keys/rater.pub").relative_to(study.path)
            )
        },
        evidence=[("notes", "internal"), ("report.htm?", "public")],
    )
    pieces = {piece.name: piece for piece in gather(study, said)}
    more = {"notes/probes.md", "notes/deep/more.md", "keys/rater.pub", "report.html"}
    assert pieces.keys() == {*OWN, "log.jsonl", *more}
    assert pieces["notes/deep/more.md"].confidentiality == "internal"


@pytest.mark.parametrize("pattern", ["notes/**", "notes", "notes/", "notes/**/*.md"])
def test_a_folder_means_what_lies_below_it(study: Study, pattern: str) -> None:
    found = set(names(gather(study, facts(evidence=[(pattern, "public")])))) - {*OWN, "log.jsonl"}
    assert found == {"notes/probes.md", "notes/deep/more.md"}


def test_a_key_outside_the_study_is_not_packed(study: Study, tmp_path: Path) -> None:
    (tmp_path / "rater.pub").write_bytes(b"-----BEGIN PUBLIC KEY-----\n")
    said = facts(roles={"rater": SimpleNamespace(name="R", key=tmp_path / "rater.pub")})
    assert names(gather(study, said)) == sorted([*OWN, "log.jsonl"])


def refused(study: Study, match: str, **said: Any) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        gather(study, facts(**said))
    assert caught.value.what
    assert caught.value.need
    assert caught.value.way_out


@pytest.mark.parametrize("pattern", ["notes/*.pdf", "", "/etc/passwd", "../study/notes/*", "a**b", "notes/["])
def test_a_pattern_that_matches_nothing_is_refused(study: Study, pattern: str) -> None:
    refused(study, r"\[\[withheld\]\]: .* matches no file", withheld=[pattern])
    refused(study, r"\[\[evidence\]\]: .* matches no file", evidence=[(pattern, "public")])


def test_what_facts_name_must_be_there(study: Study) -> None:
    said = {"level": "read", "evidence": ["notes/gone.md"], "note": "", "amount": None}
    refused(study, r"access.internals\] evidence: 'notes/gone.md' is no file", access={"internals": said})
    key = SimpleNamespace(name="R", key="keys/gone.pub")
    refused(study, r"roles.rater\] key: 'keys/gone.pub' is no file", roles={"rater": key})


def test_a_private_key_is_refused(study: Study) -> None:
    (study.path / "keys" / "rater.pub").write_text("-----BEGIN PRIVATE " + "KEY-----\n")
    key = SimpleNamespace(name="R", key="keys/rater.pub")
    refused(study, "rater.pub is a private key", roles={"rater": key})


def test_the_log_cannot_be_withheld(study: Study) -> None:
    refused(study, "a pattern matches log.jsonl", withheld=["*.jsonl"])


@pytest.mark.parametrize("name", ["redlines.toml", "logs", "models", "runs/live.parquet", "forecasts/x.json"])
def test_links_out_of_the_study_are_refused(study: Study, tmp_path: Path, name: str) -> None:
    path = study.path / name
    if path.exists():
        shutil.move(path, tmp_path / "outside")
    else:
        (tmp_path / "outside").write_text("{}")
    path.symlink_to(tmp_path / "outside")
    refused(study, "leads out of the study")


def test_a_link_that_stays_inside_is_packed_as_the_file_it_leads_to(study: Study, tmp_path: Path) -> None:
    (study.path / "forecasts" / "two.json").symlink_to(study.path / "forecasts" / "one-01234567.json")
    packed = pack(gather(study, facts()), tmp_path / "dossier", tmp_path / "salts.json")
    copied = tmp_path / "dossier" / "evidence" / "study" / "forecasts" / "two.json"
    assert not copied.is_symlink()
    assert copied.read_bytes() == b"{}"
    assert "evidence/study/forecasts/two.json" in {row["path"] for row in packed.evidence}


def test_names_that_would_not_outlive_a_copy_are_refused(study: Study) -> None:
    (study.path / "forecasts" / "ONE-01234567.json").write_text("{}")
    refused(study, "differ only by case")
    (study.path / "forecasts" / "ONE-01234567.json").rename(study.path / "forecasts" / "a\nb.json")
    refused(study, "no control characters")


def test_packed_files_are_the_files(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "dossier"
    packed = pack(gather(study, facts()), folder, tmp_path / "salts.json")
    assert [row["path"] for row in packed.evidence] == sorted(row["path"] for row in packed.evidence)
    for row in packed.evidence:
        content = (study.path / row["path"].removeprefix("evidence/study/")).read_bytes()
        assert (folder / row["path"]).read_bytes() == content
        assert (row["sha256"], row["bytes"]) == (sha256_hex(content), len(content))
        assert set(row) == {"path", "sha256", "bytes", "media_type", "confidentiality"}
    media = {row["path"]: row["media_type"] for row in packed.evidence}
    assert media["evidence/study/log.jsonl"] == "application/jsonl"
    assert media["evidence/study/tasks.parquet"] == "application/vnd.apache.parquet"
    assert packed.withheld == ()
    assert not (tmp_path / "salts.json").exists()
    assert Study(folder / "evidence" / "study").log.entries() == study.log.entries()


def test_withheld_files_leave_a_commitment(study: Study, tmp_path: Path) -> None:
    folder, salts = tmp_path / "dossier", tmp_path / "salts.json"
    said = facts(evidence=[("notes", "internal")], withheld=["notes/probes.md", "models/*.safetensors"])
    packed = pack(gather(study, said), folder, salts)
    assert [row["path"] for row in packed.withheld] == [
        "evidence/study/models/d8.safetensors",
        "evidence/study/notes/probes.md",
    ]
    for row in packed.withheld:
        assert set(row) == {"path", "commitment", "bytes", "media_type", "reason", "confidentiality"}
        content = (study.path / row["path"].removeprefix("evidence/study/")).read_bytes()
        salt = bytes.fromhex(read_salts(salts)[row["commitment"]]["salt"])
        assert row["commitment"] == commitment(salt, content)
        assert row["bytes"] == len(content)
        assert not (folder / row["path"]).exists()
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not [said for said in read_salts(salts).values() if said["salt"].encode() in held]
    assert "evidence/study/notes/deep/more.md" in {row["path"] for row in packed.evidence}


def test_what_was_left_behind_is_said(study: Study, tmp_path: Path) -> None:
    (warning,) = pack(gather(study, facts()), tmp_path / "dossier", tmp_path / "salts.json").left_behind
    assert warning.startswith("left behind in the study, being no evidence (0.0 MB): .env (1), .lock (1)")
    assert "models/ (3)" in warning
    assert "log.jsonl" not in warning


def test_salts_never_lie_in_the_dossier(study: Study, tmp_path: Path) -> None:
    pieces = gather(study, facts(withheld=["notes"]))
    with pytest.raises(BadInput, match="lies in the dossier"):
        pack(pieces, tmp_path / "dossier", tmp_path / "dossier" / "deep" / ".." / "salts.json")
    assert not (tmp_path / "dossier").exists()


def test_a_file_that_goes_away_meanwhile_is_named(study: Study, tmp_path: Path) -> None:
    pieces = gather(study, facts())
    (study.path / "controls.json").unlink()
    with pytest.raises(BadInput, match=r"controls\.json: could not be packed"):
        pack(pieces, tmp_path / "dossier", tmp_path / "salts.json")
    (study.path / "controls.json").write_bytes(b"[]")
    pieces = gather(study, facts(withheld=["notes"]))
    (study.path / "notes" / "probes.md").unlink()
    with pytest.raises(BadInput, match=r"probes\.md: No such file"):
        pack(pieces, tmp_path / "dossier", tmp_path / "salts.json")
