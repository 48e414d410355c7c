"""The crate has what the standard asks of it, and follows from the document alone."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from tests.unit.dossier.made_up import made_up

from tasklaws.core.provenance import canonical_json
from tasklaws.dossier.packing.ro_crate import CONTEXT, ro_crate

if TYPE_CHECKING:
    from pathlib import Path

CRATE = "ro-crate-metadata.json"


@pytest.fixture
def document() -> dict[str, Any]:
    """Return a document with a strange path and one withheld file."""
    made = made_up()
    odd = made["evidence"][0] | {"path": "evidence/study/notes/50% f\u00fcr uns #1.md"}
    made["evidence"].append(odd)
    row = {"path": "evidence/study/w.bin", "commitment": "c" * 64, "bytes": 9, "media_type": "x/y"}
    made["withheld"].append(row | {"reason": "weights", "confidentiality": "confidential"})
    return made


def graph(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    crate = json.loads(ro_crate(document))
    assert crate["@context"] == CONTEXT
    entities = {one["@id"]: one for one in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    return entities


def test_the_root_has_all_that_the_standard_asks(document: dict[str, Any]) -> None:
    entities = graph(document)
    descriptor = entities[CRATE]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["conformsTo"] == {"@id": CONTEXT.removesuffix("/context")}
    root = entities[descriptor["about"]["@id"]]
    assert root["@id"] == "./"
    assert root["@type"] == "Dataset"
    assert root["datePublished"] == document["built_at"]
    assert {"name", "description", "license"} <= root.keys()
    terms = entities[root["license"]["@id"]]
    assert {"name", "description"} <= terms.keys()


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if isinstance(value, dict):
        own = {value["@id"]} if set(value) == {"@id"} else set()
        return own.union(*map(_references, value.values()))
    return set()


def test_every_reference_leads_to_an_entity(document: dict[str, Any]) -> None:
    entities = graph(document)
    led = set().union(*(_references(one) for one in entities.values()))
    assert led - entities.keys() == {CONTEXT.removesuffix("/context")}
    assert entities.keys() - led == {CRATE}


def test_every_file_is_there_with_size_and_hash(document: dict[str, Any]) -> None:
    entities = graph(document)
    files = {unquote(one["@id"]): one for one in entities.values() if one["@type"] == "File"}
    own = {"dossier.json", "dossier.html", "procedure.toml", "history.jsonl"}
    assert files.keys() == own | {row["path"] for row in document["evidence"]}
    for row in document["evidence"]:
        entity = files[row["path"]]
        assert (entity["sha256"], entity["contentSize"]) == (row["sha256"], str(row["bytes"]))
        assert entity["encodingFormat"] == row["media_type"]
        assert entity["@id"].isascii()
        assert not {" ", "#"} & set(entity["@id"])
    assert [part["@id"] for part in entities["./"]["hasPart"]] == [one["@id"] for one in files.values()]


def test_what_is_withheld_is_mentioned_and_not_in_the_crate(document: dict[str, Any]) -> None:
    entities = graph(document)
    mentioned = [entities[one["@id"]] for one in entities["./"]["mentions"]]
    (hidden,) = [one for one in mentioned if one["@type"] == "CreativeWork"]
    assert hidden["identifier"] == f"commitment:{'c' * 64}"
    assert hidden["description"] == "Withheld: weights"


def test_the_same_document_gives_the_same_canonical_bytes(document: dict[str, Any]) -> None:
    content = ro_crate(document)
    assert content == ro_crate(copy.deepcopy(document))
    assert content == canonical_json(json.loads(content)) + b"\n"
    document["rating"]["grade"] = "A"
    assert content != ro_crate(document)


def test_absent_facts_are_left_out(document: dict[str, Any]) -> None:
    absent = {"status": "not-granted", "reason": "nobody said"}
    document["auditor"]["name"] = document["subject"]["model"] = absent
    entities = graph(document)
    assert entities["#auditor"]["name"] == entities["#subject"]["name"] == "not stated"
    assert b"not-granted" not in ro_crate(document)
    document["subject"] |= {"version": "2", "digest": "d" * 64, "developer": "Example Models"}
    entities = graph(document)
    assert entities["#subject"]["softwareVersion"] == "2"
    assert entities["#subject"]["author"] == {"@id": "#developer"}
    assert entities["#developer"]["name"] == "Example Models"


@pytest.mark.slow
def test_a_library_of_the_standard_reads_it(document: dict[str, Any], tmp_path: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    for row in document["evidence"]:
        (tmp_path / row["path"]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / row["path"]).write_bytes(b"")
    for name in ("dossier.json", "dossier.html", "procedure.toml", "history.jsonl"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / CRATE).write_bytes(ro_crate(document))
    crate = rocrate.ROCrate(tmp_path)
    assert crate.root_dataset["name"] == "Dossier demo-0123456789ab, edition 1"
    assert len(crate.root_dataset["hasPart"]) == 4 + len(document["evidence"])
    assert crate.get("#auditor")["name"] == "Example Evaluations"
