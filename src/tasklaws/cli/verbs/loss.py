"""`tasklaws loss`: held-out loss of a local model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

A_PATH = click.Path(path_type=Path)


def _wording(document: dict[str, Any]) -> Iterator[str]:
    error = f"standard error {number(document['stderr'], 4)}, over {document['stderr_over']}"
    yield f"{document['model']}  {document['loss_nats']:.4f} nats per token  ({error})"
    yield f"{document['bits_per_byte']:.4f} bits per byte"
    yield (
        f"{document['tokens']:,} tokens, {document['bytes']:,} bytes, {document['documents']:,} documents; "
        f"windows of {document['window']}, one every {document['stride']}"
    )
    start = document["start_token"]
    yield "first token of a document: " + (f"predicted after {start}" if start else "charged, an even guess")
    yield f"corpus  {document['corpus_sha256']}"
    if document["ladder"]:
        yield f"written into {document['ladder']}"


@verb(
    "loss",
    brief="Measure the held-out loss of a local model.",
    wording=_wording,
    example="tasklaws loss models/mine-125m --corpus held-out.jsonl --into-ladder ladder.toml",
)
@click.argument("model", type=A_PATH)
@click.option(
    "--corpus",
    metavar="FILE",
    required=True,
    type=A_PATH,
    help="A text, or JSON lines with the key 'text'; one the model was not trained on.",
)
@click.option("--batch", type=int, default=4, show_default=True, help="Windows that are run at once.")
@click.option("--window", type=int, help="Tokens of a window.  [default: 1024, or the model's context]")
@click.option("--stride", type=int, help="Tokens from one window to the next.  [default: half a window]")
@click.option("--into-ladder", metavar="FILE", type=A_PATH, help="ladder.toml whose rung gets the loss.")
@click.option("--model-name", metavar="NAME", help="That rung.  [default: the folder's name]")
def command(progress: Progress, model: Path, corpus: Path, **options: Any) -> Result:  # noqa: ANN401
    """Measure how well MODEL, a folder in the layout of Hugging Face, predicts a text.

    Nothing is fetched, and no code of the folder is run. Every token is predicted once, from at least
    window - stride + 1 tokens before it (fewer at the head of a document).
    """
    from tasklaws.run.held_out_loss import loss

    return loss(model, corpus, progress=progress, **options)
