"""The verb `loss`: how well a model predicts a text it was not trained on.

A document is cut into windows that overlap, so that every token is predicted once and, beyond the
first window, from at least `window - stride + 1` tokens before it. A document starts with the
tokeniser's start token, which is not counted. Where there is none, nothing stands before the first
token: it is charged ln(vocabulary), an even guess, so that the nats still spell the whole text.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, BadLadder
from tasklaws.core.progress import SILENT, Progress
from tasklaws.run.hf_model import local_model
from tasklaws.run.loss_corpus import read_corpus
from tasklaws.spec.bounds import whole
from tasklaws.spec.ladder_file import ladder_bytes, make_ladder, read_ladder
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from tasklaws.run.hf_model import LanguageModel
    from tasklaws.run.loss_corpus import Corpus
    from tasklaws.spec.ladder import Ladder

USUAL_WINDOW = 1024
"""Tokens of a window where none is asked for; fewer where the model sees fewer."""
USUAL_BATCH = 4
"""Windows that go through the model at once."""


@dataclass(frozen=True)
class LossResult:
    """The loss of a model on a corpus, and how it was measured."""

    model: str
    loss_nats: float
    """Mean over all tokens."""
    bits_per_byte: float
    """All nats, in bits, over the bytes of the text: comparable between tokenisers."""
    stderr: float | None
    """Standard error of `loss_nats`, from the spread between documents, or windows where there is one
    document; None where there is one of either."""
    stderr_over: str
    tokens: int
    bytes: int
    documents: int
    windows: int
    window: int
    stride: int
    first_token: str
    """``predicted`` after the start token, or ``charged`` ln(vocabulary)."""
    start_token: str | None
    corpus_sha256: str
    ladder: str | None = None
    """The ladder file it was written into."""
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and how the loss was measured."""
        return asdict(self) | {"warnings": list(self.warnings)}


def loss(
    model: str | Path,
    corpus: str | Path,
    *,
    batch: int = USUAL_BATCH,
    window: int | None = None,
    stride: int | None = None,
    into_ladder: str | Path | None = None,
    model_name: str | None = None,
    progress: Progress = SILENT,
) -> LossResult:
    """Return the loss of a local model on a text that it was not trained on.

    Args:
        model: folder of a causal language model in the layout of Hugging Face: `config.json`, weights as
            safetensors, tokeniser. Nothing is fetched and no code of the folder is run.
        corpus: a text, which is one document, or JSON lines, each a document under ``text``.
        batch: windows that go through the model at once.
        window: tokens the model looks back on at most; by default 1024, or its context where shorter.
        stride: tokens from one window to the next; by default half a window.
        into_ladder: `ladder.toml` whose rung gets the loss.
        model_name: that rung; by default the folder's name.
        progress: told of each window.

    Raises:
        BadInput: a file cannot be used, a number cannot be, or the extra `hf` is not installed.
        BadLadder: the ladder has losses on another corpus.
        UnknownName: it has no such rung.
    """
    if model_name and not into_ladder:
        raise BadInput(
            "a model name, but no ladder.", "It names the rung of a ladder.", "Add --into-ladder FILE."
        )
    folder, text = Path(model), read_corpus(corpus)
    rung = model_name or folder.resolve().name
    if into_ladder:
        _admitting(Path(into_ladder), rung, text.sha256)
    found = measure(local_model(folder), text, batch=batch, window=window, stride=stride, progress=progress)
    if not into_ladder:
        return found
    ladder = enter(into_ladder, rung, found)
    return replace(found, ladder=str(into_ladder), warnings=(*found.warnings, *ladder.warnings))


def windows(predictions: int, window: int, stride: int) -> Iterator[tuple[int, int, int]]:
    """Yield the windows over so many predictions, as (start, first new one, stop)."""
    stop = 0
    for start in range(0, predictions, stride):
        new, stop = stop, min(start + window, predictions)
        yield start, new, stop
        if stop == predictions:
            return


@dataclass(frozen=True)
class _Row:
    """One window of a document: what the model is given, and the token after it."""

    document: int
    ids: Sequence[int]
    known: int
    """Predictions at its beginning that the window before has made."""

    @property
    def new(self) -> int:
        return len(self.ids) - 1 - self.known


def measure(
    model: LanguageModel,
    corpus: Corpus,
    *,
    batch: int = USUAL_BATCH,
    window: int | None = None,
    stride: int | None = None,
    progress: Progress = SILENT,
) -> LossResult:
    """Return the loss of any model on a corpus; the arguments are those of `loss`.

    Raises:
        BadInput: the text has no tokens, a loss is not finite, or a number cannot be.
    """
    window, stride = _sizes(model, window, stride)
    whole(batch, 1, "the batch")
    documents = [list(model.encode(document)) for document in corpus.documents]
    warnings = _unspelt(model, corpus, documents)
    tokens = np.array([len(ids) for ids in documents], float)
    _refuse_ids(model, documents)
    before = [] if model.start is None else [model.start]
    rows = [
        _Row(number, given[start : stop + 1], new - start)
        for number, ids in enumerate(documents)
        for given in [before + ids]
        for start, new, stop in windows(len(given) - 1, window, stride)
    ]
    nats = _nats(model, rows, batch, progress)
    per_document = np.zeros(len(documents))
    np.add.at(per_document, np.array([row.document for row in rows], int), nats)
    if model.start is None:
        per_document += np.where(tokens > 0, math.log(model.vocabulary), 0.0)
        warnings.append(_charged(model, tokens, per_document))
    total, several = float(per_document.sum()), len(documents) > 1
    new = np.array([row.new for row in rows], float)
    return LossResult(
        model=model.name,
        loss_nats=total / float(tokens.sum()),
        bits_per_byte=total / math.log(2) / corpus.bytes,
        stderr=ratio_stderr(per_document, tokens) if several else ratio_stderr(nats, new),
        stderr_over="documents" if several else "windows",
        tokens=int(tokens.sum()),
        bytes=corpus.bytes,
        documents=len(documents),
        windows=len(rows),
        window=window,
        stride=stride,
        first_token="charged" if model.start is None else "predicted",
        start_token=model.start_text,
        corpus_sha256=corpus.sha256,
        warnings=(*corpus.warnings, *warnings),
    )


def _sizes(model: LanguageModel, window: int | None, stride: int | None) -> tuple[int, int]:
    """Return window and stride, as asked for or the usual ones."""
    longest = USUAL_WINDOW if model.context is None else model.context
    window = min(USUAL_WINDOW, longest) if window is None else window
    whole(window, 1, "the window")
    if model.context is not None and window > model.context:
        raise BadInput(
            f"the window is {window}.",
            f"{shown(model.name)} sees {model.context} tokens.",
            "Make it shorter.",
        )
    stride = max(1, window // 2) if stride is None else stride
    whole(stride, 1, "the stride")
    if stride > window:
        raise BadInput(
            f"the stride is {stride}.", f"Beyond the window, {window}, it skips tokens.", "Make it shorter."
        )
    return window, stride


def _nats(model: LanguageModel, rows: Sequence[_Row], batch: int, progress: Progress) -> NDArray[np.float64]:
    """Return the nats of each row's new predictions; rows of like length go together, longest first."""
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))
    nats = np.zeros(len(rows))
    with progress.stage("loss", len(rows)) as advance:
        for at in range(0, len(order), batch):
            chunk = order[at : at + batch]
            for i, found in zip(chunk, model.nats([rows[i].ids for i in chunk]), strict=True):
                nats[i] = found[rows[i].known :].sum(dtype=float)
            advance(len(chunk))
    if not np.isfinite(nats).all():
        n = int((~np.isfinite(nats)).sum())
        raise BadInput(
            f"{shown(model.name)}: the loss of {n} of {len(rows)} windows is not finite.",
            "Every token needs a probability above zero.",
            "Check the weights.",
        )
    return nats


def _refuse_ids(model: LanguageModel, documents: Sequence[Sequence[int]]) -> None:
    if not any(documents):
        raise BadInput("0 tokens.", "The tokeniser must find some in the text.", "Check it.")
    largest = max(max(ids) for ids in documents if ids)
    if largest >= model.vocabulary:
        raise BadInput(
            f"the tokeniser of {shown(model.name)} gives the id {largest}.",
            f"The model knows the ids below {model.vocabulary}.",
            "Put the model's own tokeniser into the folder.",
        )


def _unspelt(model: LanguageModel, corpus: Corpus, documents: Sequence[Sequence[int]]) -> list[str]:
    """Return a warning where tokens do not spell the text; a space put in front of it is forgiven."""
    lost = sum(
        model.decode(ids).lstrip(" ") != text.lstrip(" ")
        for ids, text in zip(documents, corpus.documents, strict=True)
    )
    told = f"the tokens of {lost} of {len(documents)} documents do not spell their text; "
    return [told + "bits_per_byte leaves out what the tokeniser drops"] if lost else []


def _charged(model: LanguageModel, tokens: NDArray[np.float64], nats: NDArray[np.float64]) -> str:
    charge, times = math.log(model.vocabulary), int((tokens > 0).sum())
    return (
        f"no start token: the first token of {times} documents is charged ln({model.vocabulary}) = "
        f"{charge:.2f} nats, {times * charge / nats.sum():.1%} of the total"
    )


def ratio_stderr(nats: NDArray[np.float64], tokens: NDArray[np.float64]) -> float | None:
    """Return the standard error of sum(nats) / sum(tokens) over parts of unlike length.

    The parts are taken as drawn independently; None where there is one.

    Source: Cochran, Sampling Techniques (1977), section 6.4, the linearised variance of a ratio.
    """
    parts = len(tokens)
    if parts < 2:  # noqa: PLR2004 - one part has no spread
        return None
    off = nats - nats.sum() / tokens.sum() * tokens
    return float(math.sqrt(parts / (parts - 1) * (off @ off)) / tokens.sum())


def enter(path: str | Path, model: str, found: LossResult) -> Ladder:
    """Write a loss into the rung `model` of the ladder at `path`, and return the ladder.

    The file is written anew: its values stay, comments in it do not.

    Raises:
        BadLadder: the ladder has losses on another corpus, or is not TOML.
        UnknownName: it has no such rung.
    """
    path = Path(path)
    ladder = _admitting(path, model, found.corpus_sha256)
    told: dict[str, Any] = {
        "loss_nats": found.loss_nats,
        "bits_per_byte": found.bits_per_byte,
        "loss_corpus": found.corpus_sha256,
    }
    rungs = [replace(rung, **told) if rung.model == model else rung for rung in ladder]
    made = make_ladder(rungs, ladder.axis, path.name)
    write_whole(path, ladder_bytes(made))
    return made


def _admitting(path: Path, model: str, corpus: str) -> Ladder:
    """Return the ladder at `path`, which has that rung and no loss on another corpus."""
    if path.suffix.lower() == ".csv":
        raise BadLadder(f"{path.name} is a CSV.", "A loss is written into TOML.", "Keep the ladder as TOML.")
    ladder = read_ladder(path)
    ladder[model]  # raises where there is no such rung
    for rung in ladder:
        if (rung.loss_nats or rung.bits_per_byte) and rung.loss_corpus != corpus:
            raise BadLadder(
                f"{path.name}: the loss of {shown(rung.model)!r} was measured on "
                f"{shown(rung.loss_corpus or '(not stated)')}, not on {corpus}.",
                "The losses of a ladder need one corpus.",
                "Measure on that corpus, or take out the losses on it first.",
            )
    return ladder
