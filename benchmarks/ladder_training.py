"""Training tokens per CPU second of the embedded ladder, beside a plain PyTorch loop of the same training.

    python -m benchmarks.ladder_training [WIDTH ...]

Both train the same model from the same weights on the same batches with Muon and AdamW on one thread; the
time of compiling is left out. Asked of one seed: as fast as PyTorch up to width 32, three quarters as fast
above. Where PyTorch is not installed its columns stay empty. The losses of the last chunk, of one seed, of
two and of PyTorch, say whether the first and the last did the same.
"""

from __future__ import annotations

import math
import os
import sys
import time
from typing import TYPE_CHECKING, Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import jax
import numpy as np

from tasklaws.ladder.corpus import corpus
from tasklaws.ladder.model import EMBEDDING_SCALE, SMALL, initial
from tasklaws.ladder.optimiser import CLIP, DECAY, LAST, WARM_UP
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.size import size_of
from tasklaws.ladder.train import BATCH, CHUNK, Trainer, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.ladder.size import Size

try:
    import torch
    from torch.nn import functional
except ImportError:
    torch = None  # type: ignore[assignment]

WIDTHS = (8, 16, 24, 32, 48, 64)
TIMED = 3
"""Chunks of steps that are timed, after one that is not."""
DOCUMENTS = (TIMED + 1) * CHUNK * 50
"""Enough for them."""
NARROW, WIDE = 32, 0.75
"""Up to this width as fast as PyTorch is asked for, above it this share."""
FACTORS = (3.4445, -4.7750, 2.0315)
ROUNDS, BETA = 4, 0.95


def ours(trainer: Trainer, size: Size, seeds: tuple[int, ...]) -> Iterator[float]:
    """Yield the mean loss of each chunk of steps of all seeds."""
    state = started(size, seeds, trainer.steps)
    while True:
        state = trainer.chunk(state)
        yield state.losses[-1]


def theirs(trainer: Trainer, size: Size) -> Iterator[float]:
    """Yield the same of the loop in PyTorch, one seed."""
    torch.set_num_threads(1)
    run = steps(trainer, size)
    while True:
        yield float(np.mean([next(run) for _ in range(CHUNK)]))


def timed(runs: list[Iterator[float]]) -> tuple[list[float], list[float]]:
    """Return the least CPU seconds of a chunk of each run, taken in turns, and the loss of the last chunk."""
    seconds, losses = [math.inf] * len(runs), [math.nan] * len(runs)
    for run in runs:
        next(run)
    for _ in range(TIMED):
        for i, run in enumerate(runs):
            begun = time.process_time()
            losses[i] = next(run)
            seconds[i] = min(seconds[i], time.process_time() - begun)
    return seconds, losses


def steps(trainer: Trainer, size: Size) -> Iterator[float]:
    """Yield the loss of each step of training in PyTorch."""
    params = jax.tree.map(lambda leaf: torch.tensor(leaf, requires_grad=True), initial(size, 0))
    matrices = [leaf for block in params["blocks"] for leaf in block.values() if leaf.ndim == 2]  # noqa: PLR2004
    every = jax.tree.leaves(params)
    rest = [leaf for leaf in every if all(leaf is not matrix for matrix in matrices)]
    (adam, muon), momenta = size.rate, [torch.zeros_like(leaf) for leaf in matrices]
    optimiser = torch.optim.AdamW(rest, lr=adam, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    for step in range(trainer.steps):
        batch = [torch.from_numpy(part[step].astype(np.int64)) for part in trainer.rows]
        for leaf in every:
            leaf.grad = None
        loss = loss_of(params, batch, size.heads)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(every, CLIP)
        share = risen(step, trainer.steps)
        optimiser.param_groups[0]["lr"] = adam * share
        optimiser.step()
        descend(matrices, momenta, muon * share, adam * share * DECAY)
        yield loss.item()


def loss_of(params: dict[str, Any], batch: list[Any], heads: int) -> Any:  # noqa: ANN401
    """Return the mean loss of answer tokens."""
    tokens, places, documents, counts = batch
    width, (n, length) = params["gain"].shape[0], tokens.shape
    x = EMBEDDING_SCALE * math.sqrt(width) * (params["tokens"][tokens] + params["places"][places])
    seen = (documents[:, :, None] == documents[:, None, :]).tril()[:, None]
    for block in params["blocks"]:
        q, k, v = (
            part.view(n, length, heads, width // heads).transpose(1, 2)
            for part in (normed(x, block["attend_gain"]) @ block["qkv"]).split(width, dim=-1)
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        x = x + mixed.transpose(1, 2).reshape(n, length, width) @ block["out"]
        x = x + (normed(x, block["feed_gain"]) @ block["up"]).relu().square() @ block["down"]
    learned = counts[:, :-1].bool()
    scores = normed(x[:, :-1][learned], params["gain"]) @ params["tokens"].T
    return functional.cross_entropy(scores, tokens[:, 1:][learned])


def normed(x: Any, gain: Any) -> Any:  # noqa: ANN401
    """Return the layer norm of `x` with a gain."""
    return functional.layer_norm(x, gain.shape, gain, None, SMALL)


def risen(step: int, n: int) -> float:
    """Return the share of the highest rate at a step: a rise, then a cosine."""
    rise = min(WARM_UP, n // 4)
    if step < rise:
        return step / rise
    return LAST + (1 - LAST) * (1 + math.cos(math.pi * (step - rise) / (n - rise))) / 2


def descend(matrices: list[Any], momenta: list[Any], rate: float, decay: float) -> None:
    """Make one step of Muon."""
    with torch.no_grad():
        for matrix, momentum in zip(matrices, momenta, strict=True):
            momentum.lerp_(matrix.grad, 1 - BETA)
            move = orthogonal(matrix.grad.lerp(momentum, BETA))
            stretch = math.sqrt(max(1.0, matrix.shape[1] / matrix.shape[0]))
            matrix.mul_(1 - decay).sub_(move, alpha=rate * stretch)


def orthogonal(x: Any) -> Any:  # noqa: ANN401
    """Return a matrix of nearly the same directions whose singular values are near 1."""
    a, b, c = FACTORS
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-8)
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


def main() -> None:
    """Print the table."""
    data = corpus(MIX, DOCUMENTS, 0)
    tokens = data.n_tokens / data.rows.tokens.shape[0] * BATCH * CHUNK
    print(f"{'width':>5} {'one seed':>9} {'two seeds':>9} {'PyTorch':>9} {'times':>6} {'asked':>6}  losses")
    for width in [int(word) for word in sys.argv[1:]] or WIDTHS:
        size = size_of(width)
        trainer = Trainer(size, data)
        runs = [ours(trainer, size, (0,)), ours(trainer, size, (0, 1))]
        (one, two, *other), losses = timed([*runs, *([theirs(trainer, size)] if torch else [])])
        line = f"{width:5} {tokens / one:9,.0f} {2 * tokens / two:9,.0f}"
        asked = f"{1.0 if width <= NARROW else WIDE:6}"
        beside = f"{tokens / other[0]:9,.0f} {other[0] / one:6.2f} {asked}" if other else " " * 23
        print(f"{line} {beside}  {' '.join(f'{loss:.3f}' for loss in losses)}", flush=True)


if __name__ == "__main__":
    main()
