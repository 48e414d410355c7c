"""All metrics of a family as one score of Inspect AI, with what the table of runs holds beside them.

The solver of ours leaves the attempt that counts in the sample's store. Of other solvers, and where a limit
or an error came first, the attempt is made of what there is: messages and recorded calls.
"""

from __future__ import annotations

import json
import math
import statistics
import warnings
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from inspect_ai.log import transcript
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Value, metric, scorer
from rapidfuzz.distance import Levenshtein

from tasklaws.families import FAMILIES
from tasklaws.metrics import METRICS
from tasklaws.run.inspect_bridge._calls import CALLS, distance, printable
from tasklaws.run.inspect_bridge.instances import instance_of
from tasklaws.run.local_attempts import LocalAttempt
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspect_ai.scorer import Target
    from inspect_ai.solver import TaskState

    from tasklaws.spec.family import Instance

RECORD = "tasklaws"
"""Place in a sample's metadata of the attempt that our solver left, as JSON; its store would cost more."""
TAMPERING = "tasklaws_tampering"
"""Place in a sample's metadata of flags that say its success was got by tampering."""
SHARE = "share"
"""Unit of the metrics that say nothing in the column `unit`."""
TEXT = 2000
"""Characters of a text that the score keeps; the messages of the sample hold all of it."""
LIMITS = {"time": "limit_time", "working": "limit_time", "token": "limit_tokens"}
"""Kind of Inspect's limit -> outcome; of every other kind it is ``limit``."""


@metric
def of_each() -> Metric:
    """Return mean and standard error of each part of the scores, over the samples where it is defined.

    It says the same as Inspect's ``{"*": [mean(), stderr()]}``, which copies every score for every part: that
    alone took 2 % of the time of Inspect for a trivial sample.
    """

    def compute(scores: list[SampleScore]) -> Value:
        parts: dict[str, list[float]] = {}
        for one in scores:
            for name, value in one.score.as_dict().items():
                if isinstance(value, int | float) and not math.isnan(value):
                    parts.setdefault(name, []).append(value)
        found: dict[str, str | int | float | bool | None] = {}
        for name, values in parts.items():
            found[name] = statistics.fmean(values)
            if len(values) > 1:
                found[f"{name}_stderr"] = statistics.stdev(values) / math.sqrt(len(values))
        return found

    return compute


@scorer(metrics=[of_each()])
def family_metrics() -> Scorer:
    """Return the scorer of all metrics of the family that a sample belongs to; NaN where one is undefined."""

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001  the instance has the answer
        instance = instance_of(state.metadata)
        attempt = attempt_of(state, instance)
        values = {name: _value(name, instance, attempt) for name in FAMILIES[instance.family].metrics}
        about = _beside(state, instance, attempt)
        return Score(value=values, answer=printable(attempt.answer), metadata=about)

    return score


def _value(name: str, instance: Instance, attempt: LocalAttempt) -> float:
    found = None if attempt.path is None else METRICS[name].score(instance, [attempt])
    return math.nan if found is None else found


def _beside(state: TaskState, instance: Instance, attempt: LocalAttempt) -> dict[str, Any]:
    """Return what a reader of the log wants to know beside the scores; what is unknown is left out.

    Inspect goes through each entry several times for every sample: few of them are part of being fast.
    """
    compact = is_compact(state, instance)
    units = {name: METRICS[name].unit for name in FAMILIES[instance.family].metrics}
    known = {
        "tokens": attempt.tokens or None,
        "log_prob": attempt.log_prob,
        "reference_nll": attempt.reference_nll,
        "tool_outcome": attempt.calls[-1].outcome if attempt.calls else None,
        "invalid_success": state.metadata.get(TAMPERING),
    }
    return {
        "path": attempt.path,
        "outcome": attempt.outcome,
        "text": printable(attempt.text[:TEXT]),
        "solution_similarity": similarity(instance, attempt, compact=compact),
        "units": {name: unit for name, unit in units.items() if unit != SHARE},
        "calls": state.store.get(CALLS) or _calls(instance, attempt, compact=compact),
        **{name: value for name, value in known.items() if value is not None},
    }


def _calls(instance: Instance, attempt: LocalAttempt, *, compact: bool) -> list[dict[str, Any]]:
    """Return the calls of an attempt in the form of those that tools record."""
    return [
        asdict(call)
        | {"detail": "", "seconds": None}
        | {"edit_distance": distance(call.text, solutions(instance, call.tool, compact=compact))}
        for call in attempt.calls
    ]


def attempt_of(state: TaskState, instance: Instance) -> LocalAttempt:
    """Return the attempt that the sample's solver recorded, else what there is of one."""
    told = state.metadata.get(RECORD)
    return _made(state, instance) if told is None else _read(json.loads(told))


def _read(told: Mapping[str, Any]) -> LocalAttempt:
    """Return the attempt that a record tells of; what it does not tell is unknown."""
    known = {one.name: told[one.name] for one in fields(LocalAttempt) if one.name in told}
    known["calls"] = tuple(_call(one) for one in known.get("calls") or ())
    if known.get("milestones") is not None:
        known["milestones"] = tuple(known["milestones"])
    return LocalAttempt(**known)


def _call(told: Mapping[str, Any]) -> ToolCall:
    return ToolCall(told["tool"], told["text"], told["outcome"], told["output"])


def _made(state: TaskState, instance: Instance) -> LocalAttempt:
    """Return the attempt that the messages and calls of a sample are."""
    family = FAMILIES[instance.family]
    text = "\n".join(one.text for one in state.messages if one.role == "assistant")
    calls = tuple(_call(one) for one in state.store.get(CALLS) or ())
    bare = Attempt(family.read(state.output.completion), text, calls)
    return judged(instance, bare, outcome=ended())


def judged(instance: Instance, attempt: Attempt, outcome: str = "submitted", tokens: int = 0) -> LocalAttempt:
    """Return an attempt of a general model with what can be said of it: milestones, outcome and path.

    Where the sandbox lacked what the last call uses, that is an error of ours, whatever the answer: to leave
    out the wrong answers alone would make scores too high.
    """
    if attempt.calls and attempt.calls[-1].outcome == "unsupported" and outcome == "submitted":
        outcome = "error"
    marked = FAMILIES[instance.family].milestones
    known = {one.name: getattr(attempt, one.name) for one in fields(Attempt)}
    known["milestones"] = marked(instance, attempt.answer) if marked else attempt.milestones
    path = None if outcome == "error" else path_of(instance, attempt)
    return LocalAttempt(**known, tokens=tokens, outcome=outcome, path=path)


def ended() -> str:
    """Return how the running sample ended: its outcome, as the table of runs has it."""
    for event in reversed(transcript().events):
        if event.event == "sample_limit":
            return LIMITS.get(event.type, "limit")
        if event.event == "error":
            return "error"
    return "submitted"


def path_of(instance: Instance, attempt: Attempt) -> str:
    """Return the path that an attempt of a general model took, as its family tells it.

    A small model's one call is its answer, failed or not. A general model goes on after a call that failed:
    where it came to an answer, calls that failed did not lead there.
    """
    led = tuple(call for call in attempt.calls if call.outcome == "ok" or not attempt.answer)
    with warnings.catch_warnings():  # of Python about the model's program
        warnings.simplefilter("ignore")
        return FAMILIES[instance.family].classify(instance, replace(attempt, calls=led))


def is_compact(state: TaskState, instance: Instance) -> bool:
    """Return whether the question was put in the compact rendering, with examples before it or without."""
    asked = FAMILIES[instance.family].compact(instance)
    return any(one.role == "user" and one.text.endswith(asked) for one in state.messages)


def similarity(instance: Instance, attempt: Attempt, *, compact: bool) -> float:
    """Return the edit similarity of what was written to the nearest reference solution.

    A compact solution is all that a small model writes. A general model puts a program into a call: calls are
    compared with the solutions that their tool runs, and its text with those that are written out.
    """
    tools = {path.tool for path in FAMILIES[instance.family].paths}
    pairs = [
        (text, solution)
        for tool in ([None] if compact else tools)
        for text in _written(attempt, tool)
        for solution in solutions(instance, tool, compact=compact)
    ]
    return max((Levenshtein.normalized_similarity(*pair) for pair in pairs), default=0.0)


def _written(attempt: Attempt, tool: str | None) -> list[str]:
    return [attempt.text] if tool is None else [call.text for call in attempt.calls if call.tool == tool]


def solutions(instance: Instance, tool: str | None, *, compact: bool) -> Sequence[str]:
    """Return the reference solutions: all compact ones, or those in full that `tool` runs."""
    paths = FAMILIES[instance.family].paths
    if compact:
        return [path.compact(instance) for path in paths if path.compact]
    return [path.solve(instance) for path in paths if path.tool == tool]
