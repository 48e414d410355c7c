"""What reading logs of Inspect costs: CPU beside Inspect's own `samples_df`, and 100,000 samples in memory.

    PYTHONPATH=src python benchmarks/log_import.py [--samples 1000] [--logs 3] [--many 100000]

A log is made with Inspect's mock model: each sample is one question, one call of a tool and one answer. It is
copied with new identifiers into the logs that are read. Both readers read the same logs, each in a process of
its own that has imported what it needs; CPU is that of the process while it reads, memory its highest at all.
Full columns are all that `samples_df` has beside attachments and events: SampleSummary + SampleMessages +
SampleScores, with `full=True`. `samples_df` needs pandas and pyarrow.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

IN_ONE = 10_000
"""Samples of a log in the large run."""
OWN = rb'("working_time":[\d.e-]+,"uuid":")[^"]{8}'
"""Where a sample has its own identifier, which tells attempts apart."""
ASKED_RATIO, ASKED_SECONDS, ASKED_GB = 20, 60, 1.0


def main() -> None:
    """Make the logs, read them in processes of their own, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--logs", type=int, default=3)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--read", nargs=2, metavar=("READER", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(measured(READERS[options.read[0]], Path(options.read[1]))))
        return
    with tempfile.TemporaryDirectory() as scratch:
        compare(Path(scratch), options.samples, options.logs, options.many)


def compare(scratch: Path, samples: int, logs: int, many: int) -> None:
    """Print the two readers on the same logs, and ours on many samples."""
    made = mock_log(scratch / "made", samples)
    few = copies(made, scratch / "few", samples, logs)
    told = {name: child(name, few) for name in READERS if name == "ours" or has_pyarrow()}
    for name, one in told.items():
        print(f"{name:15} {1e6 * one['cpu'] / one['rows']:8.0f} us of CPU a sample, {one['gb']:.2f} GB")
    for name in [name for name in told if name != "ours"]:
        print(f"{name} / ours: {told[name]['cpu'] / told['ours']['cpu']:.1f} (asked of full: {ASKED_RATIO})")
    large = child("ours", copies(made, scratch / "many", IN_ONE, many // IN_ONE))
    print(
        f"{large['rows']:,} samples: {large['cpu']:.1f} s of CPU (asked {ASKED_SECONDS}), "
        f"{large['gb']:.2f} GB (asked {ASKED_GB})"
    )


def mock_log(folder: Path, samples: int) -> Path:
    """Return a log of `samples` samples that Inspect has made with its mock model."""
    from inspect_ai import Task, eval  # noqa: A004
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from inspect_ai.scorer import match
    from inspect_ai.solver import generate, use_tools
    from inspect_ai.tool import Tool, tool

    @tool
    def add() -> Tool:
        async def execute(x: int, y: int) -> str:
            """Add two numbers.

            Args:
                x: one number.
                y: the other.
            """
            return str(x + y)

        return execute

    def answer(messages: Any, *_: object) -> ModelOutput:  # noqa: ANN401
        x = int(messages[0].text.split()[2])
        call = ModelOutput.for_tool_call("mockllm/model", "add", {"x": x, "y": 2})
        made = call if len(messages) == 1 else ModelOutput.from_content("mockllm/model", str(x + 2))
        made.usage = ModelUsage(input_tokens=20, output_tokens=8, total_tokens=28)
        return made

    task = Task(
        [
            Sample(id=i, input=f"What is {i} + 2 ?", target=str(i + 2), metadata={"n": i})
            for i in range(samples)
        ],
        solver=[use_tools(add()), generate()],
        scorer=match(),
        name="sums",
    )
    (log,) = eval(
        task,
        model=get_model("mockllm/model", custom_outputs=answer),
        log_dir=str(folder),
        display="none",
        log_level="error",
    )
    if log.status != "success":
        raise SystemExit(f"the mock model failed: {log.error}")
    return Path(log.location.removeprefix("file://"))


def copies(made: Path, folder: Path, samples: int, logs: int) -> Path:
    """Return a folder of logs of `samples` samples each, those of `made` over and over under new names."""
    import zipfile

    from inspect_ai._util.zipfile import zipfile_compress_kwargs

    folder.mkdir()
    with zipfile.ZipFile(made) as source:
        held = [source.read(name) for name in source.namelist() if name.startswith("samples/")]
        header = json.loads(source.read("header.json"))
        start = source.read("_journal/start.json")
        summaries = json.loads(source.read("summaries.json"))
    header["eval"]["dataset"]["sample_ids"] = list(range(samples))
    for log in range(logs):
        header["eval"] |= {"model": f"mockllm/model{log}", "eval_id": f"e{log}"}
        with zipfile.ZipFile(folder / f"{log:03}.eval", "w", **zipfile_compress_kwargs) as target:
            target.writestr("_journal/start.json", start)
            for i in range(samples):
                named = re.sub(rb'^\{"id":\d+', b'{"id":%d' % i, held[i % len(held)])
                own = re.sub(OWN, rb"\g<1>%08d" % (log * samples + i), named)
                target.writestr(f"samples/{i}_epoch_1.json", own)
            told = [
                summaries[i % len(summaries)] | {"id": i, "uuid": f"{log * samples + i:08}"}
                for i in range(samples)
            ]
            target.writestr("summaries.json", json.dumps(told))
            target.writestr("header.json", json.dumps(header))
    return folder


def has_pyarrow() -> bool:
    """Return whether `samples_df` can run; say so where it cannot."""
    found = importlib.util.find_spec("pyarrow") is not None
    if not found:
        print("samples_df is left out: it needs pyarrow")
    return found


def child(reader: str, folder: Path) -> dict[str, float]:
    """Return what a reader took in a process of its own."""
    words = [sys.executable, __file__, "--read", reader, str(folder)]
    return json.loads(
        subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    )


def measured(reader: Callable[[Path], Callable[[], int]], folder: Path) -> dict[str, float]:
    """Return rows, CPU seconds and gigabytes of one reader, once it has imported what it needs."""
    read = reader(folder)
    start = time.process_time()
    rows = read()
    spent = time.process_time() - start
    return {"rows": rows, "cpu": spent, "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def ours(folder: Path) -> Callable[[], int]:
    """Return our reader of `folder`."""
    from tasklaws.importers.inspect import IMPORTER
    from tasklaws.spec.importer import ImportOptions

    return lambda: IMPORTER.read([folder], ImportOptions()).rows


def summary(folder: Path) -> Callable[[], int]:
    """Return `samples_df` as it is by default, which reads summaries only."""
    from inspect_ai.analysis import samples_df

    return lambda: len(samples_df(str(folder), quiet=True))


def full(folder: Path) -> Callable[[], int]:
    """Return `samples_df` with full columns."""
    from inspect_ai.analysis import SampleMessages, SampleSummary, samples_df
    from inspect_ai.analysis._dataframe.samples.columns import SampleScores

    columns = [*SampleSummary, *SampleMessages, *SampleScores]
    return lambda: len(samples_df(str(folder), columns=columns, full=True, quiet=True))


READERS: dict[str, Any] = {"ours": ours, "samples_df": summary, "samples_df full": full}

if __name__ == "__main__":
    main()
