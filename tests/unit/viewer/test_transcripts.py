"""Transcripts: Inspect's own viewer, over the logs of the study and no other file."""

from __future__ import annotations

import json
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from tests.unit.viewer.studies import attempts, study_of

from tasklaws.viewer import transcripts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.viewer.conftest import Asking

LOG = "sub/one.eval"


def with_log(root: Path, name: str = LOG) -> Path:
    path = root / "logs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m", "eval_id": "e"}}
    with zipfile.ZipFile(path, "w") as log:
        log.writestr("header.json", json.dumps(head))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = [f"logs/{LOG}", "logs/gone.eval", "/etc/passwd"]
    made = study_of(tmp_path / "s", attempts(n=3, log_file=files, sample_id=["a/1", "b", "c"]))
    with_log(made)
    return made


def test_an_attempt_leads_to_its_sample(root: Path, asking: Callable[[Path], Asking]) -> None:
    one = asking(root)
    if find_spec("inspect_ai") is None:
        pytest.skip("Inspect AI is not installed")
    (link,) = one.links("runs", "/transcripts/")
    assert link.endswith("/transcripts/index.html#/logs/sub/one.eval/samples/sample/a%2F1/1")
    page = one.get("transcripts/index.html")
    assert 'id="log_dir_context" type="application/json">{"log_dir": "logs"}' in page.text
    assert "'wasm-unsafe-eval'" in page.headers["content-security-policy"]
    assert one.get("transcripts/assets/index.js").headers["content-type"].startswith("text/javascript")
    assert one.get("transcripts").headers["location"].endswith("/transcripts/")
    assert "not in the folder logs" in one.text("run?run=p0-1")


def test_logs_are_listed_and_read_in_ranges(root: Path, asking: Callable[[Path], Asking]) -> None:
    one = asking(root)
    listed = one.get("transcripts/logs/listing.json").json()
    assert {name: (said["task"], said["status"]) for name, said in listed.items()} == {LOG: ("t", "success")}
    whole = one.get(f"transcripts/logs/{LOG}").content
    part = one.get(f"transcripts/logs/{LOG}", headers={"range": "bytes=2-9"})
    assert (part.status_code, part.content) == (206, whole[2:10])
    assert one.get(f"transcripts/logs/{LOG}", headers={"range": "bytes=99999999-"}).status_code == 416


@pytest.mark.parametrize(
    "name",
    [
        "../log.jsonl",
        "%2e%2e/log.jsonl",
        "..%2flog.jsonl",
        "%2fetc%2fpasswd",
        "sub",
        "",
        "out.eval",
        "dir/x.eval",
    ],
)
def test_no_address_leads_out_of_the_logs(
    root: Path, asking: Callable[[Path], Asking], tmp_path: Path, name: str
) -> None:
    with_log(tmp_path, "x.eval")
    (root / "logs" / "out.eval").symlink_to(root / "log.jsonl")
    (root / "logs" / "dir").symlink_to(tmp_path / "logs")
    one = asking(root)
    assert one.get(f"transcripts/logs/{name}").status_code in {404, 405}
    assert list(one.get("transcripts/logs/listing.json").json()) == [LOG]


def test_a_log_that_becomes_a_link_is_refused(root: Path, asking: Callable[[Path], Asking]) -> None:
    one = asking(root)
    path = root / "logs" / LOG
    path.unlink()
    path.symlink_to(root / "log.jsonl")
    assert one.get(f"transcripts/logs/{LOG}").status_code == 404


def test_without_inspect_the_page_says_how_to_get_it(
    root: Path, asking: Callable[[Path], Asking], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcripts, "find_spec", lambda _: None)
    one = asking(root)
    assert "pip install &#39;tasklaws[inspect]&#39;" in one.get("transcripts/").text
    assert one.links("runs", "/transcripts/") == []
    assert "tasklaws[inspect]" in one.text("run?run=p0-0")
