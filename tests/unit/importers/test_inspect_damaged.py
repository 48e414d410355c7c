"""Logs that are cut off, half written, or made to do harm: read as far as they are whole, else refused."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.importers import _inspect_files, _inspect_member, _inspect_zip
from tasklaws.importers._inspect_calls import calls
from tasklaws.importers._inspect_trace import trace
from tasklaws.run.imports import read_results

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.importer import Imported


@dataclass
class Packed:
    """A member of a zip, and what the zip says of it where that is not the truth."""

    name: str
    content: bytes
    method: int = 8
    size: int | None = None
    at: int | None = None
    flags: int = 0
    wide: bool = False

    def data(self) -> bytes:
        if self.method == 93:
            zstandard = pytest.importorskip("zstandard")
            return bytes(zstandard.ZstdCompressor().compress(self.content))
        if self.method != 8:
            return self.content
        packing = zlib.compressobj(wbits=-15)
        return packing.compress(self.content) + packing.flush()


def pack(path: Path, *members: Packed) -> Path:
    """Write a zip as it is said, the truth or not."""
    body, directory = b"", b""
    for one in members:
        data, name = one.data(), one.name.encode("utf-8", "replace")
        size = len(one.content) if one.size is None else one.size
        facts = [20, one.flags, one.method, 0, 0, zlib.crc32(one.content)]
        place = len(body) if one.at is None else one.at
        sizes, extra = [len(data), size], b""
        if one.wide:
            sizes, extra = [2**32 - 1] * 2, struct.pack("<HHQQ", 1, 16, size, len(data))
        body += struct.pack("<4s5H3I2H", b"PK\x03\x04", *facts, *sizes, len(name), len(extra))
        body += name + extra + data
        facts = [20, *facts, len(data), size, len(name), 0, 0, 0, 0, 0, place]
        directory += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *facts) + name
    count = len(members)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return path


def head(status: str | None = "success", ids: tuple[Any, ...] = (1, 2, 3)) -> bytes:
    about = {"task": "maze", "model": "m", "dataset": {"sample_ids": list(ids)}, "config": {"epochs": 1}}
    return json.dumps({"version": 2, "status": status, "eval": about}).encode()


def sample(name: object, value: Any = "C", method: int = 8, **more: Any) -> Packed:
    said = {"id": name, "epoch": 1, "scores": {"match": {"value": value}}, **more}
    return Packed(f"samples/{name}_epoch_1.json", json.dumps(said).encode(), method)


def log(path: Path, *samples: Packed, **more: Any) -> Path:
    return pack(
        path, Packed("_journal/start.json", head(None)), *samples, Packed("header.json", head(**more))
    )


def read(path: Path) -> Imported:
    return read_results("inspect", [path])


def names(found: Imported) -> list[str]:
    assert found.runs is not None
    return sorted(found.runs["instance_id"])


@pytest.mark.parametrize("method", [0, 8, 93])
@pytest.mark.parametrize("wide", [False, True])
def test_of_a_log_that_was_cut_off_the_whole_samples_are_taken(
    tmp_path: Path, method: int, wide: bool
) -> None:
    samples = [sample(i, method=method) for i in (1, 2, 3)]
    for one in samples:
        one.wide = wide
    path = log(tmp_path / "l.eval", *samples)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"samples/3_epoch_1.json") + 30])
    found = read(path)
    assert names(found) == ["1", "2"]
    said = " ".join(found.warnings)
    assert "l.eval: it is cut off or damaged: 2 samples are whole and taken, 1 parts are lost" in said
    assert "never finished" in said
    assert "1 of 3 attempts are missing: 3 (epoch 1)" in said


def rows_or_refusal(path: Path) -> int:
    """Return the rows that are read, 0 where the log is refused; either is said, and names the file."""
    try:
        found = read(path)
    except BadInput as refused:
        said, rows = str(refused), 0
    else:
        said, rows = found.warnings[0], found.rows
        assert "it is cut off or damaged" in said
    assert path.name in said
    return rows


def test_a_log_is_read_or_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", *(sample(i) for i in (1, 2, 3)))
    content = path.read_bytes()
    taken = []
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        taken.append(rows_or_refusal(path))
    assert taken == sorted(taken)
    assert set(taken) == {0, 1, 2, 3}


@pytest.mark.parametrize("method", [0, 8, 93])
def test_whatever_bytes_are_changed_a_log_is_read_or_refused(tmp_path: Path, method: int) -> None:
    rng = Random(method)  # noqa: S311  no secrets here
    path = log(tmp_path / "l.eval", *(sample(i, method=method) for i in (1, 2, 3)))
    content = path.read_bytes()
    ends = set()
    for _ in range(150):
        changed = bytearray(content)
        for _ in range(rng.choice([1, 1, 2, 8])):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        path.write_bytes(bytes(changed))
        for reader in (read, lambda one: trace([one]), lambda one: calls([one])):
            try:
                reader(path)
                ends.add("read")
            except BadInput:
                ends.add("refused")
    assert ends == {"read", "refused"}


def test_damage_in_a_log_that_was_cut_off_costs_the_damaged_sample_only(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", *(sample(i) for i in (1, 2, 3)))
    content = bytearray(path.read_bytes())
    at = content.index(b"samples/2_epoch_1.json") + 25
    content[at : at + 4] = b"\0\0\0\0"
    path.write_bytes(bytes(content[:-30]))
    found = read(path)
    assert names(found) == ["1", "3"]
    assert "1 parts are lost" in " ".join(found.warnings)


def test_damage_in_a_log_that_is_whole_is_refused_and_named(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", sample(1), sample(2))
    content = bytearray(path.read_bytes())
    at = content.index(b"samples/2_epoch_1.json") + 25
    content[at : at + 4] = b"\0\0\0\0"
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match=r"l\.eval.*samples/2_epoch_1"):
        read(path)


@pytest.mark.parametrize("method", [8, 93])
def test_a_bomb_is_refused_before_it_is_inflated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: int
) -> None:
    def inflated(*_: object) -> bytes:
        raise AssertionError("it was inflated")

    path = log(tmp_path / "l.eval", Packed("samples/1_epoch_1.json", b" " * 2**22, method))
    monkeypatch.setattr(_inspect_zip, "inflated", inflated)
    with pytest.raises(BadInput, match=r"l\.eval.*a bomb"):
        read(path)


@pytest.mark.parametrize("method", [8, 93])
@pytest.mark.parametrize("stated", [10, 10_000])
def test_a_size_that_is_not_true_is_refused(tmp_path: Path, method: int, stated: int) -> None:
    lying = sample(1, method=method, padding="x" * 2000)
    lying.size = stated
    with pytest.raises(BadInput, match=r"samples/1_epoch_1\.json"):
        read(log(tmp_path / "l.eval", lying))


def test_no_more_is_inflated_than_a_zip_states() -> None:
    for method in (8, 93):
        packed = Packed("m", b" " * 2**24, method)
        told = _inspect_member.Member("m", 0, len(packed.data()), 100, method, 0, encrypted=False)
        assert len(_inspect_member.inflated(packed.data(), told)) == 101


def test_what_is_too_large_in_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = log(tmp_path / "l.eval", sample(1), sample(2))
    monkeypatch.setattr(_inspect_files, "MOST_IN_ALL", 300)
    with pytest.raises(BadInput, match="larger than can be read"):
        read(path)


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "samples/../../x", "a\\..\\x", "C:\\x", "samples/..", "\\x"]
)
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="leads out of the zip"):
        read(log(tmp_path / "l.eval", sample(1), Packed(name, b"{}")))


def test_names_with_dots_that_lead_nowhere_are_taken(tmp_path: Path) -> None:
    assert names(read(log(tmp_path / "l.eval", sample("a..b"), ids=("a..b",)))) == ["a..b"]


def test_members_over_each_other_are_refused(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", sample(1), sample(2, method=0))
    at = path.read_bytes().index(b"samples/1_epoch_1.json") - 30
    with pytest.raises(BadInput, match="lies over"):
        read(log(tmp_path / "l.eval", sample(1), Packed("samples/2_epoch_1.json", b"{}", at=at + 5)))


def test_an_encrypted_log_is_refused(tmp_path: Path) -> None:
    locked = sample(1)
    locked.flags = 1
    with pytest.raises(BadInput, match="encrypted"):
        read(log(tmp_path / "l.eval", locked))


def test_an_unknown_packing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="method 14"):
        read(log(tmp_path / "l.eval", sample(1, method=14)))


def test_of_a_sample_that_was_cancelled_and_run_again_the_rerun_counts(tmp_path: Path) -> None:
    ended = {"message": "CancelledError()", "traceback": ""}
    again = sample(1, "I")
    path = log(tmp_path / "l.eval", sample(1, scores={}, error=ended), again, sample(2), ids=(1, 2))
    found = read(path)
    assert names(found) == ["1", "2"]
    assert found.warnings == ()
    alone = read(log(tmp_path / "l.eval", sample(1, scores={}, error=ended), sample(2), ids=(1, 2)))
    assert names(alone) == ["2"]
    assert "1 samples were under way when the run was ended" in " ".join(alone.warnings)
    assert "1 of 2 attempts are missing" in " ".join(alone.warnings)


@pytest.mark.parametrize(("status", "said"), [("started", "'started'"), ("cancelled", "'cancelled'")])
def test_a_log_that_did_not_end_is_taken_with_a_warning(tmp_path: Path, status: str, said: str) -> None:
    found = read(log(tmp_path / "l.eval", sample(1), status=status))
    assert found.rows == 1
    assert said in found.warnings[0]
    assert "2 of 3 attempts are missing: 2 (epoch 1), 3 (epoch 1)" in found.warnings[1]


@pytest.mark.parametrize("suffix", ["json", "eval"])
def test_deep_nesting_is_refused(tmp_path: Path, suffix: str) -> None:
    deep = b'{"id": 1, "scores": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    path = tmp_path / f"l.{suffix}"
    if suffix == "eval":
        log(path, Packed("samples/1_epoch_1.json", deep))
    else:
        path.write_bytes(head()[:-1] + b', "samples": [' + deep + b"]}")
    with pytest.raises(BadInput, match=rf"l\.{suffix}"):
        read(path)


def test_numbers_that_doubles_cannot_hold_are_kept_or_left_out(tmp_path: Path) -> None:
    large = 2**80 + 1
    path = log(tmp_path / "l.eval", sample(large, model_usage={"m": {"output_tokens": large}}), ids=(large,))
    found = read(path)
    assert names(found) == [str(large)]
    assert found.warnings == ()
    assert found.runs is not None
    assert found.runs["tokens"].to_list() == [None]
    text = sample(1).content.replace(b'"C"', b"1e400")
    found = read(log(tmp_path / "l.eval", sample(2), Packed("samples/1_epoch_1.json", text)))
    assert names(found) == ["2"]
    assert "no score from 0 to 1" in found.quarantined[0].reason


def test_half_surrogates_do_no_harm(tmp_path: Path) -> None:
    assert names(read(log(tmp_path / "l.eval", sample("\ud800"), ids=("?",)))) == ["?"]


def test_what_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    said = b'{"id": 1, "epoch": 1, "scores": {"match": {"value": "C", "answer": "\xe9"}}}'
    with pytest.raises(BadInput, match=r"samples/1_epoch_1\.json.*utf-8"):
        read(log(tmp_path / "l.eval", Packed("samples/1_epoch_1.json", said)))


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = log(tmp_path / "outside.eval", sample(1))
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "l.eval").symlink_to(outside)
    with pytest.raises(BadInput, match="leads outside"):
        read(folder)


def test_an_invalidated_sample_is_set_aside(tmp_path: Path) -> None:
    found = read(log(tmp_path / "l.eval", sample(1, invalidation={"reason": "x"}), sample(2), ids=(1, 2)))
    assert names(found) == ["2"]
    assert "declared invalid" in found.quarantined[0].reason
