"""What is counted in a held-out loss, on stand-ins for a model; real weights: tests/real."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from tasklaws.cli.verbs.loss import command
from tasklaws.core.errors import BadInput, BadLadder, BadTable, UnknownName
from tasklaws.run import held_out_loss, hf_model
from tasklaws.run.held_out_loss import enter, loss, measure, windows
from tasklaws.run.held_out_loss import ratio_stderr as stderr_of
from tasklaws.run.hf_model import local_model
from tasklaws.run.loss_corpus import Corpus, read_corpus
from tasklaws.spec.ladder_file import read_ladder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LADDER = """axis = "n_params"
[[rung]]
model = "small"
n_params = "10M"
n_tokens = 2e8
[[rung]]
model = "large"
n_params = "40M"
n_tokens = 8e8
"""


@dataclass
class Bytes:
    """A model of bytes whose -ln p is what `law(ids before, id)` says."""

    law: Any = lambda before, id_: 0.01 * id_ + len(before)
    name: str = "fake"
    vocabulary: int = 257
    context: int | None = None
    start: int | None = 256
    start_text: str | None = "<s>"
    batches: list[list[list[int]]] = field(default_factory=list)

    def encode(self, text: str) -> Sequence[int]:
        return list(text.encode())

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(ids).decode()

    def nats(self, rows: Sequence[Sequence[int]]) -> list[np.ndarray]:
        self.batches.append([list(row) for row in rows])
        return [np.array([self.law(row[:i], row[i]) for i in range(1, len(row))]) for row in rows]


def corpus(*documents: str) -> Corpus:
    return Corpus(documents, "ab" * 32)


@pytest.mark.parametrize(("n", "window", "stride"), [(1, 4, 2), (4, 4, 2), (5, 4, 2), (17, 5, 5), (30, 7, 1)])
def test_windows_make_every_prediction_once_with_enough_before_it(n: int, window: int, stride: int) -> None:
    seen: list[int] = []
    for start, new, stop in windows(n, window, stride):
        assert start <= new < stop <= start + window
        seen += range(new, stop)
        assert all(i - start + 1 >= min(i + 1, window - stride + 1) for i in range(new, stop))
    assert seen == list(range(n))


def test_no_predictions_need_no_window() -> None:
    assert not list(windows(0, 4, 2))


def test_one_window_is_the_plain_sum() -> None:
    text = "held out"
    found = measure(Bytes(), corpus(text))
    ids = [256, *text.encode()]
    total = sum(0.01 * ids[i] + i for i in range(1, len(ids)))
    assert found.loss_nats == pytest.approx(total / 8)
    assert found.bits_per_byte == pytest.approx(total / 8 / math.log(2))
    assert (found.tokens, found.bytes, found.windows, found.window, found.stride) == (8, 8, 1, 1024, 512)
    assert (found.first_token, found.start_token) == ("predicted", "<s>")


def test_later_windows_look_back_on_window_minus_stride_plus_one_tokens_or_more() -> None:
    looked_back: list[int] = []
    model = Bytes(law=lambda before, _: looked_back.append(len(before)) or float(len(before)))
    found = measure(model, corpus("x" * 10), window=4, stride=2, batch=1)
    # 1 to 4 tokens in the first window, then 3 and 4 in each of three.
    assert found.loss_nats == pytest.approx((1 + 2 + 3 + 4 + 3 * (3 + 4)) / 10)
    assert max(looked_back) == 4
    assert found.windows == 4


def test_context_that_does_not_matter_leaves_the_loss_alone() -> None:
    model, text = Bytes(law=lambda before, id_: 0.1 * before[-1] + 0.01 * id_), "abcdefghij" * 9
    whole = measure(model, corpus(text))
    for window, stride, batch in ((1, 1, 7), (5, 5, 2), (16, 3, 4)):
        cut = measure(model, corpus(text), window=window, stride=stride, batch=batch)
        assert cut.loss_nats == pytest.approx(whole.loss_nats, rel=1e-12)
        assert cut.tokens == whole.tokens


def test_an_even_guess_costs_ln_vocabulary_with_and_without_a_start_token() -> None:
    even = Bytes(law=lambda *_: math.log(257))
    for model in (even, replace(even, start=None, start_text=None)):
        found = measure(model, corpus("ä", "bc", "defg"), window=2)
        assert found.loss_nats == pytest.approx(math.log(257))
        assert found.bits_per_byte == pytest.approx(math.log2(257))
        assert found.stderr == pytest.approx(0.0, abs=1e-12)


def test_a_first_token_that_nothing_predicts_is_charged_and_told() -> None:
    found = measure(Bytes(law=lambda *_: 1.0, start=None, start_text=None), corpus("abcd", "e"))
    assert found.document()["first_token"] == "charged"  # noqa: S105 - a word, no password
    assert found.loss_nats == pytest.approx((3 + 2 * math.log(257)) / 5)
    assert found.windows == 1
    (told,) = found.warnings
    assert "2 documents is charged ln(257) = 5.55 nats, 78.7% of the total" in told


def test_bits_are_per_byte_of_utf_8_and_nats_per_token() -> None:
    class Letters(Bytes):
        def encode(self, text: str) -> Sequence[int]:
            return [ord(letter) for letter in text]

        def decode(self, ids: Sequence[int]) -> str:
            return "".join(map(chr, ids))

    found = measure(Letters(law=lambda *_: 2.0), corpus("äb"))
    assert (found.bytes, found.tokens, found.loss_nats) == (3, 2, 2.0)
    assert found.bits_per_byte == pytest.approx(4 / math.log(2) / 3)


def test_documents_do_not_see_each_other() -> None:
    model = Bytes()
    measure(model, corpus("abc", "de"), batch=8)
    assert model.batches == [[[256, *b"abc"], [256, *b"de"]]]


def test_batches_hold_rows_of_like_length_longest_first() -> None:
    model = Bytes()
    measure(model, corpus("a", "bcde", "fg", "hij"), batch=2)
    assert [[len(row) for row in batch] for batch in model.batches] == [[5, 4], [3, 2]]


def test_the_standard_error_is_that_of_a_ratio_of_sums() -> None:
    rng = np.random.default_rng(5)
    nats, tokens = [], []
    for _ in range(4000):
        n = rng.integers(1, 50, 40).astype(float)
        tokens.append(n)
        nats.append(n * rng.gamma(9, 0.3, 40))
    means = [a.sum() / b.sum() for a, b in zip(nats, tokens, strict=True)]
    told = [stderr_of(a, b) or 0.0 for a, b in zip(nats, tokens, strict=True)]
    assert np.sqrt(np.mean(np.square(told))) == pytest.approx(np.std(means), rel=0.06)


def test_the_standard_error_of_equal_parts_is_the_usual_one() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    assert stderr_of(values * 3, np.full(4, 3.0)) == pytest.approx(values.std(ddof=1) / 2)
    assert stderr_of(np.ones(1), np.ones(1)) is None


def test_the_standard_error_is_over_documents_else_over_windows() -> None:
    model = Bytes(law=lambda _, id_: 0.01 * id_)
    several = measure(model, corpus("aaaa", "zzzz"), window=2, stride=2)
    assert several.stderr_over == "documents"
    assert several.stderr == pytest.approx((1.22 - 0.97) / 2)
    one = measure(model, corpus("aaaazzzz"), window=4, stride=4)
    assert (one.stderr_over, one.stderr) == ("windows", pytest.approx((1.22 - 0.97) / 2))
    assert measure(model, corpus("aaaa")).stderr is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"window": 9}, "sees 8 tokens"),
        ({"window": 0}, "window is 0"),
        ({"stride": 0}, "stride is 0"),
        ({"window": 4, "stride": 5}, "skips tokens"),
        ({"batch": 0}, "batch is 0"),
    ],
)
def test_sizes_that_cannot_be_are_refused(asked: dict[str, int], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        measure(Bytes(context=8), corpus("abc"), **asked)


def test_the_usual_window_is_no_longer_than_the_context() -> None:
    assert measure(Bytes(context=8), corpus("abc")).window == 8
    assert measure(Bytes(context=9999), corpus("abc")).window == 1024


@pytest.mark.parametrize("wrong", [math.inf, math.nan])
def test_a_loss_that_is_not_finite_is_refused(wrong: float) -> None:
    with pytest.raises(BadInput, match="1 of 2 windows is not finite"):
        measure(Bytes(law=lambda _, id_: wrong if id_ == 98 else 1.0), corpus("a", "b"))


def test_a_tokeniser_of_another_model_is_refused() -> None:
    with pytest.raises(BadInput, match="gives the id 122"):
        measure(Bytes(vocabulary=100), corpus("az"))


def test_a_text_without_tokens_is_refused() -> None:
    class Deaf(Bytes):
        def encode(self, text: str) -> Sequence[int]:
            return []

    with pytest.raises(BadInput, match="0 tokens"):
        measure(Deaf(), corpus("abc"))


def test_a_tokeniser_that_drops_text_is_told() -> None:
    class Lower(Bytes):
        def encode(self, text: str) -> Sequence[int]:
            return super().encode(text.lower())

    assert "the tokens of 1 of 2 documents do not spell" in measure(Lower(), corpus("Ab", "cd")).warnings[0]
    assert not measure(Bytes(), corpus("Ab", "cd")).warnings


def test_a_text_is_one_document_and_hashed_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfone\ntwo \xc3\xa4\n")
    found = read_corpus(path)
    assert found.documents == ("one\ntwo ä\n",)
    assert found.bytes == 11
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_json_lines_are_documents_and_empty_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "docs.jsonl.gz"
    lines = [{"text": "one", "id": 1}, {"text": ""}, {"text": "two"}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    found = read_corpus(path)
    assert found.documents == ("one", "two")
    assert "1 of 3 documents are empty" in found.warnings[0]


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ('{"words": "a"}', BadTable, "document 1: text = None"),
        ('{"text": "a"}\n{"text": 3}', BadTable, "document 2: text = 3"),
        ('{"text": ""}', BadTable, "0 bytes of text"),
        ('{"text": "\\ud800"}', BadInput, "half a surrogate pair"),
        ("", BadTable, "empty"),
    ],
)
def test_a_corpus_without_text_is_refused(
    content: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "docs.jsonl"
    path.write_text(content)
    with pytest.raises(error, match=said):
        read_corpus(path)


@pytest.fixture
def ladder(tmp_path: Path) -> Path:
    path = tmp_path / "ladder.toml"
    path.write_text(LADDER)
    return path


def test_a_loss_is_written_into_its_rung_and_nothing_else_changes(ladder: Path) -> None:
    before, found = read_ladder(ladder), measure(Bytes(law=lambda *_: 2.0), corpus("abc"))
    enter(ladder, "small", found)
    after = read_ladder(ladder)
    measured = {"loss_nats": 2.0, "bits_per_byte": found.bits_per_byte, "loss_corpus": "ab" * 32}
    assert after["small"] == replace(before["small"], **measured)
    assert after["large"] == before["large"]
    assert after.axis == before.axis


def test_a_loss_on_another_corpus_is_refused_and_the_file_stays(ladder: Path) -> None:
    found = measure(Bytes(), corpus("abc"))
    enter(ladder, "small", found)
    enter(ladder, "small", found)
    before = ladder.read_bytes()
    for model in ("small", "large"):
        with pytest.raises(BadLadder, match=r"'small' was measured on abab.*, not on cdcd"):
            enter(ladder, model, replace(found, corpus_sha256="cd" * 32))
    assert ladder.read_bytes() == before


def test_a_loss_on_a_corpus_that_is_not_stated_is_refused(ladder: Path) -> None:
    ladder.write_text(LADDER + "loss_nats = 3.0\nbits_per_byte = 1.0\n")
    with pytest.raises(BadLadder, match="not stated"):
        enter(ladder, "small", measure(Bytes(), corpus("abc")))


def test_a_rung_that_is_not_there_and_a_csv_are_refused(ladder: Path) -> None:
    found = measure(Bytes(), corpus("abc"))
    with pytest.raises(UnknownName, match="Did you mean 'small'"):
        enter(ladder, "smal", found)
    with pytest.raises(BadLadder, match="is a CSV"):
        enter(ladder.with_suffix(".csv"), "small", found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.mkdir()
    (path / "config.json").write_text("{}")
    return path


def test_a_missing_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hf_model, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"torch, transformers not installed.*pip install 'tasklaws\[hf\]'"):
        local_model(folder)


def test_a_name_on_a_hub_is_not_a_model(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no config\.json.*nothing is fetched"):
        local_model(tmp_path / "gpt2")


def test_the_ladder_is_looked_at_before_the_model_is_run(
    folder: Path, ladder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out_loss, "local_model", lambda _: pytest.fail("the model was loaded"))
    text = ladder.with_name("text.txt")
    text.write_text("abc")
    with pytest.raises(UnknownName):
        loss(folder, text, into_ladder=ladder, model_name="none")
    with pytest.raises(BadInput, match="Add --into-ladder"):
        loss(folder, text, model_name="small")


def test_the_verb_prints_the_promised_keys_and_writes_the_rung_of_the_folders_name(
    folder: Path, ladder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out_loss, "local_model", lambda _: Bytes())
    text = ladder.with_name("text.txt")
    text.write_text("abcdef")
    words = [str(folder), "--corpus", str(text), "--into-ladder", str(ladder), "--window", "4", "-q"]
    told = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False, standalone_mode=False)
    document = json.loads(told.stdout)
    assert {"loss_nats", "bits_per_byte", "tokens", "corpus_sha256"} <= set(document)
    assert read_ladder(ladder)["small"].loss_nats == pytest.approx(document["loss_nats"])
    read = CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False).stdout
    assert f"fake  {document['loss_nats']:.4f} nats per token" in read
    assert f"written into {ladder}" in read


def test_progress_counts_windows() -> None:
    class Listener:
        def __init__(self) -> None:
            self.told: list[Any] = []

        def stage(self, name: str, total: int | None = None) -> Any:
            from contextlib import nullcontext

            self.told.append(total)
            return nullcontext(self.told.append)

    listener = Listener()
    measure(Bytes(), corpus("x" * 10), window=4, stride=2, batch=3, progress=listener)
    total, *steps = listener.told
    assert total == sum(steps) == 4
    assert all(later <= earlier for earlier, later in pairwise(steps))
