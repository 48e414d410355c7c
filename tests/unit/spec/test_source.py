from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.spec import source
from tasklaws.spec.source import expand, read_csv, read_json, read_json_lines, read_text

if TYPE_CHECKING:
    from pathlib import Path


def test_gzip_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read_text(path) == "a,b\n1,2\n"


def test_a_file_that_inflates_beyond_the_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a" * 2000))
    with pytest.raises(BadInput, match="more than 1000 bytes"):
        read_text(path)


def test_expand_takes_files_and_folders_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "note.txt", "deep/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [path.name for path in expand([tmp_path], ("*.csv",))] == ["a.csv", "b.csv", "c.csv"]
    assert expand([tmp_path / "note.txt"], ("*.csv",)) == [tmp_path / "note.txt"]


def test_expand_refuses_a_folder_without_results(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file matches \*\.csv"):
        expand([tmp_path], ("*.csv",))


def test_expand_refuses_a_link_that_leads_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(BadInput, match="leads outside"):
        expand([tmp_path / "folder"], ("*.csv",))


def test_csv_fields_stay_text_and_empty_ones_are_null(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,name\n007,"x, ""y"""\n1,\n')
    assert read_csv(path).rows() == [("007", 'x, "y"'), ("1", None)]


def test_csv_rows_longer_than_the_header_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(BadInput, match=r"a.csv"):
        read_csv(path)


def test_json_lines_skip_blank_lines_and_keep_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n[1]\n')
    with pytest.raises(BadInput, match="row 3: '\\[1\\]' is not an object"):
        read_json_lines(path)


def test_a_whole_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}')
    assert read_json_lines(path) == ([{"a": 1}, {"a": 2}], [])


def test_json_that_is_not_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{")
    with pytest.raises(BadInput, match=r"a.json: not JSON"):
        read_json(path)
