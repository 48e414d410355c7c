"""What `dossier.toml` says is taken as it stands; what it does not say is not granted."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from tests.unit.dossier.made_up import INDEPENDENCE, SUBJECT, made_up

from tasklaws.core.errors import BadInput
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.document import faults
from tasklaws.dossier.document.kinds import Absent
from tasklaws.dossier.document.people import Granted
from tasklaws.dossier.facts import EvidenceRule, Facts, RoleFact, WithheldRule, read_facts
from tasklaws.dossier.facts_tables import DossierToml, RoleSaid
from tasklaws.dossier.rating.access_levels import KINDS

EXAMPLE = Path(__file__).parents[3] / "examples" / "dossier.toml"
UNSAID = {"status": "not-granted", "reason": "dossier.toml does not say"}
FILES = (
    *("study.toml", "ladder.toml", "internals.json", "controls.json", "models/corpus.json"),
    *("keys/builder.pem.pub", "keys/runner.pem.pub", "keys/rater.pem.pub", "keys/reviewer.pem.pub"),
    *("notes/probes.md", "notes/interview.md"),
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a folder with the files that facts may name."""
    for name in FILES:
        path = tmp_path / "study" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path / "study"


def said(study: Path, text: str | bytes) -> Facts:
    """Return the facts of a study whose dossier.toml holds a text."""
    (study / "dossier.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_facts(study)


def placed(facts: Facts) -> dict[str, Any]:
    """Return the made-up document with the facts in it."""
    document = made_up()
    blocks = dict(facts.blocks)
    document["elicitation"] |= blocks.pop("elicitation")
    document["procedure"] |= blocks.pop("procedure")
    document["rating"] |= blocks.pop("rating")
    document["harness"][0] |= blocks.pop("harness")
    named = [path for one in blocks["access"].values() for path in one.get("evidence", ())]
    row = document["evidence"][0]
    return document | blocks | {"evidence": [row, *(row | {"path": path} for path in dict.fromkeys(named))]}


@pytest.mark.parametrize(
    ("text", "reason"), [(None, "there is no dossier.toml"), ("", UNSAID["reason"]), ("\n", UNSAID["reason"])]
)
def test_what_is_not_said_is_not_granted(study: Path, text: str | None, reason: str) -> None:
    facts = read_facts(study) if text is None else said(study, text)
    unsaid = {"status": "not-granted", "reason": reason}
    assert facts.blocks["subject"] == dict.fromkeys(("model", *SUBJECT), unsaid)
    assert facts.blocks["independence"] == dict.fromkeys(INDEPENDENCE, unsaid)
    assert facts.blocks["access"] == dict.fromkeys(KINDS, unsaid)
    assert facts.blocks["review"] == unsaid
    assert facts.blocks["elicitation"] == {"person_hours": unsaid, "stop_rule": unsaid}
    assert facts.blocks["rating"] == {"dissent": unsaid}
    assert facts.blocks["procedure"] == {"deviations": []}
    assert facts.blocks["harness"] == {}
    assert [facts.blocks[name] for name in ("limits", "incidents", "standards")] == [[], [], []]
    assert (facts.roles, facts.evidence, facts.withheld) == ({}, (), ())
    assert faults(placed(facts)) == ()


def test_values_reasons_and_dates_are_taken_as_they_are_said(study: Path) -> None:
    facts = said(
        study,
        """
        limits = ["small"]
        [subject]
        developer = "Example Models"
        modalities = ["text", "images"]
        snapshot_date = 2026-01-02
        release_date = "spring 2026"
        endpoint = { status = "not-applicable", reason = "weights are at hand" }
        [independence]
        publication_veto = false
        developer_review_right = "errors of fact, 14 days"
        [access.internals]
        level = "read"
        evidence = ["notes/probes.md"]
        amount = "20 days"
        [access.fine_tuning]
        status = "not-granted"
        reason = "the developer refused"
        [roles.rater]
        name = "R. Ater"
        key = "keys/rater.pem.pub"
        [roles.builder]
        name = "B. Uilder"
        [harness]
        sandbox = "gVisor"
        [elicitation]
        person_hours = 12.5
        [review]
        name = "S. Econd"
        [[incidents]]
        date = 2026-01-03T04:05:06Z
        text = "a run stopped"
        [[evidence]]
        path = "notes/*.md"
        [[withheld]]
        path = "notes/interview.md"
        reason = "names people"
        """,
    )
    subject, access = facts.blocks["subject"], facts.blocks["access"]
    assert subject["developer"] == "Example Models"
    assert subject["modalities"] == ["text", "images"]
    assert (subject["snapshot_date"], subject["release_date"]) == ("2026-01-02", "spring 2026")
    assert subject["endpoint"] == {"status": "not-applicable", "reason": "weights are at hand"}
    assert subject["version"] == UNSAID
    assert facts.blocks["independence"]["publication_veto"] is False
    assert access["internals"] == {
        "level": "read",
        "evidence": ["evidence/study/notes/probes.md"],
        "note": None,
        "amount": "20 days",
    }
    assert access["fine_tuning"] == {"status": "not-granted", "reason": "the developer refused"}
    assert facts.roles == {
        "rater": RoleFact("R. Ater", Path("keys/rater.pem.pub")),
        "builder": RoleFact("B. Uilder", None),
    }
    assert facts.blocks["harness"] == {"sandbox": "gVisor"}
    assert facts.blocks["elicitation"] == {"person_hours": 12.5, "stop_rule": UNSAID}
    assert facts.blocks["review"] == {"name": "S. Econd", "date": UNSAID, "note": UNSAID}
    assert facts.blocks["incidents"] == [{"date": "2026-01-03T04:05:06+00:00", "text": "a run stopped"}]
    assert facts.evidence == (EvidenceRule("notes/*.md", "", "public"),)
    assert facts.withheld == (WithheldRule("notes/interview.md", "names people", "withheld"),)
    assert faults(placed(facts)) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[subjct]\n", "the file has no key called 'subjct'. Did you mean 'subject'?"),
        ('[subject]\ndevloper = "X"', "[subject] has no key called 'devloper'. Did you mean 'developer'?"),
        ('[access.internal]\nlevel = "none"', "no key called 'internal'. Did you mean 'internals'?"),
        ('[access.internals]\nlevl = "none"', "[access.internals] has no key called 'levl'."),
        ('[roles.ratr]\nname = "X"', "[roles] has no key called 'ratr'. Did you mean 'rater'?"),
        ('[roles.rater]\nkeys = "X"', "[roles.rater] has no key called 'keys'. Did you mean 'key'?"),
        ('[[withheld]]\npath = "a"\nresaon = "b"', "[withheld.1] has no key called 'resaon'."),
        ("[harness]\nzzz = 1", "[harness] has no key called 'zzz'. There are: tools, sandbox, versions."),
        ('[access.internals]\nlevel = "write"', "access.internals.level = 'write'. It must be 'none',"),
        ("[access.internals]\nnote = 'x'", "access.internals.level is missing."),
        ("[subject]\ndeveloper = 3", "subject.developer = 3. It must be text, or not-granted"),
        ("[subject]\ndeveloper = ' '", "subject.developer = ' '. It must be text that is not blank"),
        ("[subject]\ndeveloper = {status = 'secret', reason = 'x'}", "subject.developer.status = 'secret'."),
        ("[subject]\ndeveloper = {status = 'not-granted'}", "subject.developer.reason is missing."),
        ("[subject]\ndeveloper = {reason = 'no'}", "subject.developer.status is missing."),
        (
            '[access.internals]\nstatus = "not-granted"\nreason = "no"\nnote = "x"',
            "[access.internals] has no key called 'note'. There are: status, reason.",
        ),
        ('"<value>" = 1', "the file has no key called '<value>'."),
        ('[subject]\n"<absent>" = 1', "[subject] has no key called '<absent>'."),
        (f"{'a' * 10**5} = 1\n{'a' * 10**5} = 1", "It is a TOML file in UTF-8."),
        ("subject = 3", "subject = 3. It must be a table."),
        ("access = 'all'", "access = 'all'. It must be a table."),
        ("roles = []", "roles = []. It must be a table."),
        ("limits = 'none'", "limits = 'none'. It must be a list."),
        ("limits = ['a', 3]", "limits.2 = 3. It must be text."),
        ("[evidence]\npath = 'a'", "evidence = {'path': 'a'}. It must be a list."),
        ("[[withheld]]\npath = 'a'", "withheld.1.reason is missing."),
        ("[[incidents]]\ntext = 'a'", "incidents.1.date is missing."),
        ("[elicitation]\nperson_hours = nan", "elicitation.person_hours = nan. It must be a finite number"),
        ("[elicitation]\nperson_hours = -1", "elicitation.person_hours = -1."),
        ("[elicitation]\nperson_hours = true", "elicitation.person_hours = True. It must be a number"),
        ("[rating]\ngrade = 'A'", "[rating] has no key called 'grade'."),
        ("limits = [", "It is a TOML file in UTF-8."),
        ("a = 1\na = 2", "It is a TOML file in UTF-8."),
        (b"name = '\xff'", "It is a TOML file in UTF-8."),
        (b"\x1f\x8b\x00", "It is a TOML file in UTF-8."),
        (b"[subject]\x00", "It is a TOML file in UTF-8."),
        (f"x = {'9' * 5000}", "It is a TOML file in UTF-8."),
        (f"x = {'[' * 5000}", "It is a TOML file in UTF-8."),
        (f"{'a.' * 2000}a = 1", "It is a TOML file in UTF-8."),
        ('[subject]\ndeveloper = "a\\u0000b"', "subject.developer = 'a\\x00b'. Texts hold no"),
        ('limits = ["\\u202Egood"]', "limits.1 = '\\u202egood'. Texts hold no control characters"),
        ('"\\u202E" = 1', "the file has no key called '\\\\u202e'."),
        (b"#" * (1 << 20) + b"#", "more than 1048576 bytes."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_place(study: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        said(study, text)
    assert "dossier.toml" in str(caught.value)
    assert told in str(caught.value)
    assert caught.value.need
    assert caught.value.way_out
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


def test_a_byte_order_mark_is_dropped(study: Path) -> None:
    assert said(study, b"\xef\xbb\xbf" + b'limits = ["a"]').blocks["limits"] == ["a"]


def test_texts_over_several_lines_are_texts(study: Path) -> None:
    facts = said(study, '[review]\nname = "S"\nnote = """one\n\ttwo"""')
    assert facts.blocks["review"]["note"] == "one\n\ttwo"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("notes/gone.md", "is no file of the study"),
        ("notes", "is no file of the study"),
        ("x" * 5000, "is no file of the study"),
        ("loop", "is no file of the study"),
        ("link", "leads out of the study"),
        ("outside/other.md", "leads out of the study"),
        ("../other.md", "a path inside its folder"),
        ("notes/../../other.md", "a path inside its folder"),
        ("./notes/probes.md", "a path inside its folder"),
        ("/etc/passwd", "a path inside its folder"),
        ("notes\\\\probes.md", "a path inside its folder"),
        ("", "text that is not blank"),
    ],
)
@pytest.mark.parametrize(
    ("table", "place"),
    [
        ('[access.internals]\nlevel = "read"\nevidence = ["{}"]', "access.internals"),
        ('[roles.rater]\nkey = "{}"', "roles.rater"),
    ],
)
def test_files_that_are_named_lie_in_the_study(
    study: Path, name: str, told: str, table: str, place: str
) -> None:
    (study.parent / "other.md").write_text("not of the study")
    (study / "link").symlink_to("../other.md")
    (study / "outside").symlink_to("..")
    (study / "loop").symlink_to("loop")
    with pytest.raises(BadInput, match=re.escape(place)) as caught:
        said(study, table.format(name))
    assert told in str(caught.value)


@pytest.mark.parametrize("level", ["query", "read", "modify"])
def test_access_that_somebody_had_is_shown_by_evidence(study: Path, level: str) -> None:
    with pytest.raises(BadInput, match=rf"\[access\.internals\]: level '{level}' without evidence"):
        said(study, f'[access.internals]\nlevel = "{level}"')
    for said_only in ("none", "described"):
        facts = said(study, f'[access.internals]\nlevel = "{said_only}"')
        assert facts.blocks["access"]["internals"]["evidence"] == []


def test_evidence_that_is_withheld_may_be_missing(study: Path) -> None:
    text = '[access.internals]\nlevel = "read"\nevidence = ["notes/interview.md"]'
    whole = said(study, text)
    (study / "notes" / "interview.md").unlink()
    with pytest.raises(BadInput, match="is no file of the study"):
        read_facts(study)
    assert read_facts(study, absent_evidence=["notes/interview.md"]) == whole


@pytest.mark.parametrize("kind", ["folder", "loop", "nowhere"])
def test_a_dossier_toml_that_is_no_file_is_refused(study: Path, kind: str) -> None:
    path = study / "dossier.toml"
    path.mkdir() if kind == "folder" else path.symlink_to("dossier.toml" if kind == "loop" else "gone.toml")
    with pytest.raises(BadInput, match=r"dossier\.toml"):
        read_facts(study)


def uncommented() -> str:
    """Return the example with its lines on files that a new study does not have."""
    return re.sub(r"(?m)^#(?=\S)", "", EXAMPLE.read_text("utf-8"))


def test_the_example_is_read_as_it_stands_and_with_all_its_lines(study: Path) -> None:
    facts = said(study, EXAMPLE.read_bytes())
    levels = {kind: one.get("level") for kind, one in facts.blocks["access"].items()}
    assert all(levels[kind] == "modify" for kind in ("architecture", "training_data", "internals"))
    assert faults(placed(facts)) == ()
    every = said(study, uncommented())
    assert all(role.key for role in every.roles.values())
    assert every.withheld
    assert faults(placed(every)) == ()


def test_the_example_has_every_key() -> None:
    document = tomllib.loads(uncommented())
    assert set(document) == set(DossierToml.model_fields)
    for name, keys in keys_of(DossierToml).items():
        assert set(first(document[name])) == keys, name
    granted = [one for one in document["access"].values() if not is_absent(one)]
    assert {key for one in granted for key in one} == set(Granted.model_fields)
    assert all(set(one) == set(RoleSaid.model_fields) for one in document["roles"].values())


def keys_of(model: type[BaseModel]) -> dict[str, set[str]]:
    """Return table -> its keys, of a model whose fields are tables or lists of them."""
    tables = {name: table_of(field.annotation) for name, field in model.model_fields.items()}
    return {name: set(table.model_fields) for name, table in tables.items() if table}


def table_of(annotation: Any) -> type[BaseModel] | None:
    """Return the table that an annotation speaks of, whatever else may stand there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return None if annotation is Absent else annotation
    return next(filter(None, map(table_of, get_args(annotation))), None)


def first(table: Any) -> Any:
    return table[0] if isinstance(table, list) else table
