"""`tasklaws loss` on real weights and tokenisers, drawn at random and saved as users save theirs.

Skipped without the extra `hf`. Every socket is closed, so that a fetch would fail.
"""

from __future__ import annotations

import json
import math
import shutil
import socket
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pytest
from click.testing import CliRunner

from tasklaws.cli.verbs.loss import command
from tasklaws.core.errors import BadInput
from tasklaws.run.held_out_loss import loss
from tasklaws.run.hf_model import local_model
from tasklaws.spec.ladder_file import read_ladder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch", reason="the extra hf is not installed")
    transformers = pytest.importorskip("transformers", reason="the extra hf is not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="the extra hf is not installed")

CONTEXT = 32
START = "<|start|>"
WORDS = ("held", "out", "loss", "ladder", "größer", "naïve", "42", "—", START)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> NoReturn:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def byte_tokenizer(*, start: bool = True) -> Any:
    """Return a tokeniser whose tokens are the 256 bytes, and perhaps a start token."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    bytes_only = tokenizers.models.BPE({letter: i for i, letter in enumerate(alphabet)}, [])
    tokens = tokenizers.Tokenizer(bytes_only)
    tokens.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokens.decoder = tokenizers.decoders.ByteLevel()
    if start:
        # As many tokenisers do, it puts the start token in front unless told not to.
        tokens.add_special_tokens([START])
        framed = tokenizers.processors.TemplateProcessing
        tokens.post_processor = framed(f"{START} $A", special_tokens=[(START, tokens.token_to_id(START))])
    named = {"bos_token": START} if start else {}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokens, **named)


def gpt2(seed: int = 0, **changed: Any) -> Any:
    torch.manual_seed(seed)
    size = {"vocab_size": 260, "n_positions": CONTEXT, "n_embd": 24, "n_layer": 2, "n_head": 2}
    # A wide initialisation, so that what stands before a token matters.
    config = transformers.GPT2Config(**size, initializer_range=0.5, bos_token_id=None, eos_token_id=None)
    config.update(changed)
    return transformers.GPT2LMHeadModel(config).eval()


def saved(model: Any, tokens: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(gpt2(), byte_tokenizer(), tmp_path_factory.mktemp("models") / "tiny")


def documents(n: int, most: int, rng: np.random.Generator) -> list[str]:
    return [" ".join(rng.choice(WORDS, rng.integers(1, most))) for _ in range(n)]


@pytest.fixture
def short(tmp_path: Path) -> tuple[Path, list[str]]:
    """Return a corpus of documents that the model sees whole."""
    texts = [text[:20] for text in documents(30, 6, np.random.default_rng(1))]
    path = tmp_path / "short.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    assert max(len(text.encode()) for text in texts) < CONTEXT
    return path, texts


def nats_of(model: Any, ids: list[int]) -> float:
    """Return the nats of all ids but the first, from one forward pass over them all."""
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double()
    told = torch.log_softmax(logits, -1)
    return -float(sum(told[i, ids[i + 1]] for i in range(len(ids) - 1)))


def byte_ids(tokens: Any, text: str) -> list[int]:
    """Return one id a byte, looked up letter by letter."""
    spelling = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    ((piece, _),) = spelling.pre_tokenize_str(text)
    return [tokens.convert_tokens_to_ids(letter) for letter in piece]


@pytest.mark.parametrize("batch", [1, 7])
def test_loss_is_that_of_one_forward_pass_a_document(
    folder: Path, short: tuple[Path, list[str]], batch: int
) -> None:
    path, texts = short
    model, tokens = gpt2(), byte_tokenizer()
    total = sum(nats_of(model, [tokens.bos_token_id, *byte_ids(tokens, text)]) for text in texts)
    size = sum(len(text.encode()) for text in texts)
    found = loss(folder, path, batch=batch)
    assert found.tokens == found.bytes == size
    assert found.loss_nats == pytest.approx(total / size, abs=1e-4)
    assert found.bits_per_byte == pytest.approx(total / size / math.log(2), abs=1e-4)
    assert (found.window, found.stride, found.start_token) == (CONTEXT, CONTEXT // 2, START)
    assert not found.warnings
    # The loss must tell what stands before apart, or the comparison says little.
    assert abs(found.loss_nats - math.log(260)) > 0.5


@pytest.mark.parametrize(("window", "stride"), [(32, 16), (32, 1), (20, 20)])
def test_a_long_document_is_cut_as_told(folder: Path, tmp_path: Path, window: int, stride: int) -> None:
    text = documents(1, 41, np.random.default_rng(2))[0] * 3
    (tmp_path / "long.txt").write_text(text, encoding="utf-8")
    model, tokens = gpt2(), byte_tokenizer()
    ids = [tokens.bos_token_id, *byte_ids(tokens, text)]
    total = 0.0
    for i in range(1, len(ids)):
        # The first window that reaches token i: prediction i - 1 from `begin` on.
        begin = next(s for s in range(0, len(ids), stride) if s + window > i - 1)
        with torch.no_grad():
            told = torch.log_softmax(model(torch.tensor([ids[begin:i]])).logits[0, -1].double(), -1)
        total -= float(told[ids[i]])
    found = loss(folder, tmp_path / "long.txt", window=window, stride=stride)
    assert found.loss_nats == pytest.approx(total / (len(ids) - 1), abs=1e-4)
    assert found.stderr_over == "windows"


def test_a_model_that_guesses_evenly_loses_ln_vocabulary(
    short: tuple[Path, list[str]], tmp_path: Path
) -> None:
    even = gpt2()
    torch.nn.init.zeros_(even.transformer.wte.weight)
    found = loss(saved(even, byte_tokenizer(), tmp_path / "even"), short[0])
    assert found.loss_nats == pytest.approx(math.log(260), abs=1e-5)
    assert found.bits_per_byte == pytest.approx(math.log2(260), abs=1e-5)


def test_without_a_start_token_the_first_is_charged(short: tuple[Path, list[str]], tmp_path: Path) -> None:
    path, texts = short
    model, tokens = gpt2(vocab_size=256), byte_tokenizer(start=False)
    found = loss(saved(model, tokens, tmp_path / "bare"), path)
    total = sum(nats_of(model, byte_ids(tokens, text)) + math.log(256) for text in texts)
    assert found.document()["first_token"] == "charged"  # noqa: S105 - a word, no password
    assert found.loss_nats == pytest.approx(total / found.tokens, abs=1e-4)
    assert "charged ln(256)" in found.warnings[0]


def test_half_precision_weights_are_read_in_full(short: tuple[Path, list[str]], tmp_path: Path) -> None:
    half = saved(gpt2().bfloat16(), byte_tokenizer(), tmp_path / "half")
    exact = gpt2().bfloat16().float()
    ids = [[256, *byte_ids(byte_tokenizer(), text)] for text in short[1]]
    assert byte_tokenizer().bos_token_id == 256
    total = sum(nats_of(exact, row) for row in ids)
    assert loss(half, short[0]).loss_nats == pytest.approx(total / sum(len(r) - 1 for r in ids), abs=1e-4)


def test_the_verb_writes_the_rung(folder: Path, short: tuple[Path, list[str]], tmp_path: Path) -> None:
    ladder = tmp_path / "ladder.toml"
    ladder.write_text('[[rung]]\nmodel = "tiny"\nn_params = "20k"\n[[rung]]\nmodel = "b"\nn_params = "1M"\n')
    words = [str(folder), "--corpus", str(short[0]), "--into-ladder", str(ladder), "--json"]
    told = CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)
    document = json.loads(told.stdout)
    rung = read_ladder(ladder)["tiny"]
    assert (rung.loss_nats, rung.bits_per_byte) == (document["loss_nats"], document["bits_per_byte"])
    assert rung.loss_corpus == document["corpus_sha256"]


def test_weights_that_are_missing_are_not_drawn_at_random(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    part = shutil.copytree(folder, tmp_path / "part")
    weights = load_file(part / "model.safetensors")
    del weights["transformer.h.1.mlp.c_fc.weight"]
    save_file(weights, part / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadInput, match=r"1 weights are missing.*h\.1\.mlp\.c_fc\.weight"):
        local_model(part)


def test_a_model_that_looks_ahead_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = transformers.BertConfig(vocab_size=260, max_position_embeddings=CONTEXT, **size)
    model = transformers.BertLMHeadModel(config)
    with pytest.raises(BadInput, match="does not look ahead"):
        local_model(saved(model, byte_tokenizer(), tmp_path / "bert"))


def without(*names: str) -> Any:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return spoil


def torn(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(gpt2().state_dict(), folder / "pytorch_model.bin")


def with_code(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    own = {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config | own))
    (folder / "own.py").write_text("raise SystemExit('code of the folder ran')\n")


@pytest.mark.parametrize(
    "spoil",
    [
        without("model.safetensors"),
        without("tokenizer.json"),
        torn,
        pickled,
        with_code,
    ],
    ids=["no weights", "no vocabulary", "torn", "pickled", "own code"],
)
def test_a_folder_that_is_not_whole_is_refused(folder: Path, tmp_path: Path, spoil: Any) -> None:
    broken = shutil.copytree(folder, tmp_path / "broken")
    spoil(broken)
    with pytest.raises(BadInput, match="not a model that can be read"):
        local_model(broken)


def test_a_tokeniser_that_is_not_there_is_not_taken_for_an_empty_one(folder: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(folder, tmp_path / "bare")
    without("tokenizer.json", "tokenizer_config.json")(bare)
    with pytest.raises(BadInput, match="the tokeniser knows no word"):
        local_model(bare)


@pytest.fixture
def talk() -> Iterator[Any]:
    before = transformers.logging.get_verbosity()
    yield transformers.logging
    transformers.logging.set_verbosity(before)


def test_loading_leaves_the_loudness_of_the_library_alone(folder: Path, talk: Any) -> None:
    talk.set_verbosity_info()
    local_model(folder)
    assert talk.get_verbosity() == talk.INFO
    assert talk.is_progress_bar_enabled()
