"""Measure the embedded ladder as Inspect's provider: ``python benchmarks/provider.py STUDY``.

The study's questions are answered by the local runner, by concurrent calls of the provider's `generate`, and
by Inspect's `Model.generate`, in turn; each with an empty memory, the median of some rounds. Sampled answers
have a seed each. With ``--mixed`` the tasks come in one another; the local runner sorts them. First all
greedy answers and likelihoods of references are compared, bit by bit.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import anyio
import numpy as np
from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model

from tasklaws.ladder.store import MODELS, read_asked
from tasklaws.run.inspect_bridge import provider
from tasklaws.run.inspect_bridge._models import Model
from tasklaws.run.local_questions import Question, questions
from tasklaws.run.local_writing import Pen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from inspect_ai.model import Model as InspectModel

WAYS = ("local", "api", "model")
HEATS = {"greedy": 0.0, "sampled": 1.0}
ROUNDS = 5


async def together(asks: Sequence[Callable[[], Awaitable[Any]]], at_once: int) -> list[Any]:
    """Return what `asks` give, `at_once` of them going on at a time."""
    given: list[Any] = [None] * len(asks)
    places = iter(range(len(asks)))

    async def one_after_another() -> None:
        for place in places:
            given[place] = await asks[place]()

    async with anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(one_after_another)
    return given


def settings(heat: float, n: int) -> list[GenerateConfig]:
    """Return the settings of each request."""
    return [GenerateConfig(temperature=heat, seed=seed, max_connections=400) for seed in range(n)]


def asking(way: str, model: InspectModel, asked: Sequence[Question], heat: float) -> Callable[[], list[str]]:
    """Return a function that has all questions answered and returns the answers."""
    if way == "local":
        pen = Pen(model.api._model.writer)  # noqa: SLF001
        return lambda: [one.text for one in pen.write(asked, heat, np.random.default_rng(0))]
    told = settings(heat, len(asked))
    inputs = [[ChatMessageUser(content=question.prompt)] for question in asked]
    if way == "api":
        asks = [
            partial(model.api.generate, said, [], "auto", one) for said, one in zip(inputs, told, strict=True)
        ]
    else:
        asks = [partial(model.generate, said, config=one) for said, one in zip(inputs, told, strict=True)]

    async def go() -> list[str]:
        return [output.completion for output in await together(asks, model.api.max_connections())]

    return lambda: anyio.run(go)


def rates(model: InspectModel, asked: Sequence[Question], heat: float) -> dict[str, tuple[float, float]]:
    """Return way -> answers per second of the clock and of the CPU."""
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way, figures in found.items():
            ask = asking(way, anew(model), asked, heat)
            clock, cpu = time.perf_counter(), time.process_time()
            ask()
            figures.append((time.perf_counter() - clock, time.process_time() - cpu))
    return {way: tuple(len(asked) / np.median(figures, axis=0)) for way, figures in found.items()}


def anew(model: InspectModel) -> InspectModel:
    """Return `model`, which remembers nothing."""
    model.api._model = Model(model.api._model.writer)  # noqa: SLF001
    return model


def differences(model: InspectModel, asked: Sequence[Question]) -> dict[str, float]:
    """Return how many answers and likelihoods differ from the local runner's, and the largest difference."""
    pen = Pen(model.api._model.writer)  # noqa: SLF001
    ours, known = pen.write(asked, 0.0, np.random.default_rng(0)), pen.measured(asked)
    mixed = np.random.default_rng(1).permutation(len(asked))

    async def go() -> tuple[list[Any], list[Any]]:
        said = [partial(model.api._model.written, provider.Request(asked[i].prompt)) for i in mixed]  # noqa: SLF001
        told = [partial(model.api.measured, asked[i]) for i in mixed]
        return await together(said, 70), await together(told, 70)

    anew(model)
    written, measured = anyio.run(go)
    far = [abs(known[i].nll - one.nll) for i, one in zip(mixed, measured, strict=True) if one.nll is not None]
    return {
        "questions": len(asked),
        "texts": sum(ours[i].text != one.text for i, one in zip(mixed, written, strict=True)),
        "log_probs": sum(ours[i].log_prob != one.log_prob for i, one in zip(mixed, written, strict=True)),
        "measured": sum(known[i] != one for i, one in zip(mixed, measured, strict=True)),
        "largest": max(far, default=0.0),
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--models", nargs="+", default=["d8_s0", "d32_s0"])
    parser.add_argument("--mixed", action="store_true", help="ask the questions in random order")
    parser.add_argument("--only-compare", action="store_true", help="measure no rates")
    said = parser.parse_args()
    asked = [one for one in questions(read_asked(said.study / MODELS).questions) if one]
    if said.mixed:
        asked = [asked[i] for i in np.random.default_rng(2).permutation(len(asked))]
    for name in said.models:
        model = get_model(f"tasklaws/{name}", study=str(said.study))
        print(name, " ".join(f"{what} {n:g}" for what, n in differences(model, asked).items()))
        for kind, heat in {} if said.only_compare else HEATS.items():
            for way, (wall, cpu) in rates(model, asked, heat).items():
                print(f"  {kind:8s} {way:6s} {wall:8.0f} answers/s  {cpu:8.0f} answers/CPU s")


if __name__ == "__main__":
    main()
