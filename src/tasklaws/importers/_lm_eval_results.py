"""One results file of lm-evaluation-harness, of the old format (`acc`) or the new one (`acc,none`)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadTable
from tasklaws.importers._lm_eval_asked import Asked, asked, under
from tasklaws.spec.importer import Quarantined
from tasklaws.spec.source import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MEANS = frozenset({"acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "em", "mc1", "mc2"})
"""Metrics that are means of scores from 0 to 1, higher being better, where a file does not say.

Not `f1`: by default it is the F1 of all answers together.
"""

SUITES = re.compile(r"^(hendrycksTest|blimp|crows_pairs)[\W_].*$")
"""Tasks of the old format that together are one family."""

DATED = re.compile(r"_(\d{4}-\d\d-\d\dT[\d.-]+)$")
"""How names of results and samples of one run end."""

_BESIDE = frozenset({"alias", "name", "samples", "sample_len", "sample_count"})
_NEARLY = 1e-6


@dataclass
class Measured:
    """One number of one task."""

    asked: Asked
    family: str
    task: str
    metric: str
    value: float
    n: int | None
    direction: str
    elicitation: str
    version: str | None
    inferred: bool = field(default=False)

    @property
    def key(self) -> tuple[str, ...]:
        """Return what tells cells apart; steps are told apart by the model's name before this is asked."""
        return (self.asked.model, self.task, self.metric, self.asked.harness_id, self.elicitation)

    @property
    def k(self) -> float:
        """Return successes: a whole number where the value is one of n."""
        k = self.value * (self.n or 0)
        return float(round(k)) if abs(k - round(k)) < _NEARLY else k


class Results:
    """A results file: who was asked, and what came out."""

    def __init__(self, file: Path) -> None:
        said = read_json(file)
        if not isinstance(said, dict) or not isinstance(said.get("results"), dict):
            raise BadTable(
                f"{file.name}: there is no object 'results'.",
                "Results of lm-evaluation-harness have one.",
                "Name its results_*.json or samples_*.jsonl.",
            )
        self.file, self.said = file, said
        self.config = under(said, "config")
        self.aside: list[Quarantined] = []
        self.groups: list[str] = []

    @cached_property
    def asked(self) -> Asked:
        """Return model, step and harness."""
        return asked(self.said, self.file)

    def measured(self) -> Iterator[Measured]:
        """Yield every share of every task; groups, which count their parts again, are only named."""
        for row, (name, numbers) in enumerate(self.said["results"].items(), 1):
            task = name.lstrip("- ")
            if self._is_group(name, task):
                self.groups.append(task)
                continue
            if not isinstance(numbers, dict):
                continue
            for key, value in numbers.items():
                metric, _, sieve = key.partition(",")
                if key in _BESIDE or metric.endswith("_stderr"):
                    continue
                if reason := self._unfit(task, metric, value):
                    self.aside.append(Quarantined(self.file.name, row, f"{task}, {key}: {reason}"))
                    continue
                yield self._one(task, metric, sieve, float(value), numbers)

    def _one(self, task: str, metric: str, sieve: str, value: float, numbers: Mapping[str, Any]) -> Measured:
        stderr = numbers.get(f"{metric}_stderr,{sieve}" if sieve else f"{metric}_stderr")
        stated, told = self.n_stated(task), n_of(value, stderr)
        return Measured(
            self.asked,
            self.family(task),
            task,
            named(metric, sieve),
            value,
            min(told or stated, stated) if stated else told,
            "higher" if self._higher(task, metric) else "lower",
            self.elicitation(task),
            self.version(task),
            inferred=stated is None,
        )

    def _is_group(self, name: str, task: str) -> bool:
        parts = under(self.said, "group_subtasks").get(task)
        return bool(parts) or task in under(self.said, "groups") or self.version(name) == "N/A"

    def _unfit(self, task: str, metric: str, value: object) -> str:
        """Return why a value is no share of successes, empty where it is one."""
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            return f"{value!r} is no number"
        averaged = self._stated_of(task, metric).get("aggregation")
        if averaged not in {None, "mean"} or (averaged is None and metric not in MEANS):
            return f"{value:g} is no mean of scores from 0 to 1"
        if not 0 <= value <= 1:
            return f"{value:g} does not lie between 0 and 1"
        return "" if self._higher(task, metric) is not None else "which direction is better is not stated"

    def _stated_of(self, task: str, metric: str) -> Mapping[str, Any]:
        stated = under(under(self.said, "configs"), task).get("metric_list")
        rows = [row for row in stated if isinstance(row, dict)] if isinstance(stated, list) else []
        return next((row for row in rows if row.get("metric") == metric), {})

    def _higher(self, task: str, metric: str) -> bool | None:
        """Return whether higher is better, None where that is not known."""
        said = under(under(self.said, "higher_is_better"), task).get(metric)
        said = self._stated_of(task, metric).get("higher_is_better") if said is None else said
        known = True if metric in MEANS else None
        return said if isinstance(said, bool) else known

    def n_stated(self, task: str) -> int | None:
        """Return how many items the file says were asked."""
        numbers = under(under(self.said, "results"), task)
        said = under(under(self.said, "n-samples"), task).get("effective")
        found = next((one for one in (said, numbers.get("samples"), numbers.get("sample_len")) if one), None)
        return int(found) if isinstance(found, int | float) and found >= 1 else None

    def family(self, task: str) -> str:
        """Return the group that `task` stands in, else its suite of old, else itself."""
        groups = under(self.said, "group_subtasks").items()
        parents = [group for group, parts in groups if isinstance(parts, list) and task in parts]
        return parents[0] if parents else SUITES.sub(r"\1", task)

    def elicitation(self, task: str) -> str:
        """Return how many examples were shown, as in ``5-shot``."""
        places = (
            under(self.said, "n-shot").get(task),
            under(under(self.said, "configs"), task).get("num_fewshot"),
            self.config.get("num_fewshot"),
        )
        shots = next((one for one in places if isinstance(one, int)), None)
        return "default" if shots is None else f"{shots}-shot"

    def version(self, task: str) -> str | None:
        """Return the version of a task."""
        found = under(self.said, "versions").get(task)
        return None if found is None else str(found)


def named(metric: str, sieve: str | None) -> str:
    """Return the metric's name; a filter of the answers is part of it, as the harness writes it."""
    return f"{metric},{sieve}" if sieve and sieve != "none" else metric


def n_of(value: float, stderr: object) -> int | None:
    """Return the n of which `stderr` is the standard error of a share, None where there is no whole one."""
    if isinstance(stderr, bool) or not isinstance(stderr, int | float) or not stderr > 0:
        return None
    exact = value * (1 - value) / stderr**2 + 1
    n = round(exact)
    k = value * n
    fits = n > 1 and abs(exact - n) < _NEARLY * n and abs(k - round(k)) < _NEARLY * n
    return n if fits else None
