"""Measure what our solver and scorer add to Inspect's own work: ``python benchmarks/inspect_overhead.py``.

The same questions are put to Inspect's mock model in two ways: by Inspect's own `generate()` with its scorer
`match()`, and as a task of tasklaws with all metrics of the family. The family has no tool, so that a sample
is one answer in both. Each measurement is a process of its own, which first runs a few samples to load what
is loaded late; the two ways take turns. Of the evaluations of a process the one counts that took least CPU
time, for what others do on the machine only adds to it. What is asked for is a ratio, not seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspect_ai import Task
    from inspect_ai.model import Model

FAMILY = "transform"
SIZES = (2, 4, 6, 8)
WARM = 8
"""Samples that are run before the clock starts."""
WAYS = ("inspect", "tasklaws")


def task(way: str, samples: int) -> Task:
    """Return a task of so many samples."""
    from inspect_ai import Task
    from inspect_ai.dataset import Sample
    from inspect_ai.scorer import match
    from inspect_ai.solver import generate

    from tasklaws.run.inspect_bridge.tasks import family_task

    ours = family_task(FAMILY, sizes=SIZES, items=samples // len(SIZES))
    if way == "tasklaws":
        return ours
    plain = [Sample(input=one.input, target=one.target, id=one.id) for one in ours.dataset]
    return Task(plain, solver=generate(), scorer=match())


def mock() -> Model:
    """Return a model that answers at once, always alike."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def answer(*_: object) -> ModelOutput:
        said = ModelOutput.from_content("mockllm/model", "The word is\nabc")
        said.usage = ModelUsage(input_tokens=60, output_tokens=5, total_tokens=65)
        return said

    return get_model("mockllm/model", custom_outputs=answer)


def cpu_per_sample(way: str, samples: int, evaluations: int = 1) -> float:
    """Return the least CPU milliseconds per sample of some evaluations in this process."""
    from inspect_ai import eval as evaluate

    def run(n: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (log,) = evaluate(
                task(way, n),
                model=mock(),
                display="none",
                log_dir=folder,
                log_realtime=False,
                score_display=False,
            )
        if log.status != "success" or not log.results or log.results.completed_samples != n:
            raise RuntimeError(f"{way}: {log.status}, {log.error}")

    run(WARM)
    taken = []
    for _ in range(evaluations):
        start = time.process_time()
        run(samples)
        taken.append(1000 * (time.process_time() - start) / samples)
    return min(taken)


def main() -> None:
    """Print CPU times of both ways, and what ours adds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3, help="processes for each way")
    parser.add_argument("--evaluations", type=int, default=3, help="in each process")
    parser.add_argument("--way", choices=WAYS, help="measure one way in this process, and print it as JSON")
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(cpu_per_sample(chosen.way, chosen.samples, chosen.evaluations)))
        return
    size = ["--samples", str(chosen.samples), "--evaluations", str(chosen.evaluations)]
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for repeat in range(chosen.repeats):
        for way in WAYS if repeat % 2 == 0 else WAYS[::-1]:
            command = [sys.executable, __file__, "--way", way, *size]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            taken[way].append(json.loads(done.stdout.splitlines()[-1]))
    for way, times in taken.items():
        print(f"{way:9} {statistics.median(times):6.2f} ms CPU a sample", [round(one, 2) for one in times])
    ratios = [ours / theirs for theirs, ours in zip(*(taken[way] for way in WAYS), strict=True)]
    print(f"added: {100 * (statistics.median(ratios) - 1):.1f} % (median), asked: at most 10 %;", end=" ")
    print("each repeat:", ", ".join(f"{100 * (ratio - 1):.1f} %" for ratio in ratios))


if __name__ == "__main__":
    main()
