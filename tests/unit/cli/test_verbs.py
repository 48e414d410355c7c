"""Every verb keeps the contract of verbs, calls its function, and words its result."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.fakes import Fake
from tests.unit.cli.test_plan_verb import NOT_ASKED
from tests.unit.report.timed import time_horizons

import tasklaws.cli.verbs
from tasklaws.cli.main import main
from tasklaws.cli.main import tasklaws as group
from tasklaws.cli.verbs import VERBS
from tasklaws.cli.verbs.label import _ask as asked_on_a_terminal

if TYPE_CHECKING:
    import click

ROOT = group.make_context("tasklaws", [], resilient_parsing=True)
STUDY = Path("study")
AHEAD = {"difference": 0.06, "lower": 0.03, "upper": 0.09, "p": 0.01}
COMPARED = {
    **AHEAD,
    "a": "m5",
    "b": "m4",
    "metric": "acc",
    "elicitations": {"m5": "greedy", "m4": "greedy"},
    "over": "families",
    "per": "family",
    "level": 95.0,
    "n_tasks": 6,
    "n_families": 2,
    "text": ["m5 is ahead of m4 by 6.0 points (3.0 to 9.0, 95 % interval) on families of tasks like these."],
    "by_family": [{"family": "f", "weight": 1.0, "n_tasks": 6, **AHEAD, "p_holm": 0.01, "reason": None}],
    "power": [{"effect": 0.05, "power": 0.4, "needed": 20}],
    "cost": [],
}
QUANTILES = {"0.05": 0.1, "0.95": 0.4}
TASK = {"family": "f", "task_id": "t", "n": 9, "mean": 0.25, "quantiles": QUANTILES, "status": "ok"}
FORECAST = {"target": "m", "label": "forecast", "tasks": [TASK], "families": [], "aggregate": TASK}
NO_FORECAST = FORECAST | {
    "tasks": [TASK | {"mean": None, "quantiles": None, "status": "no_likelihood"}],
    "aggregate": None,
}
OPENED = {
    "target": "m",
    "label": "forecast",
    "sha256": "ab" * 32,
    "mae": 1.5,
    "crps": 1.0,
    "log_score": -2.0,
    "coverage": {"50": 0.5, "80": 0.8, "90": 0.9},
    "skill": {"b1": 0.1, "b2": None},
    "surprises": [{"task_id": "t", "direction": "above", "p": 0.01, "q": 0.05}],
    "rung_shock": {"size_sd": None, "points": None, "p": None, "reason": "fewer-than-5-tasks"},
}
BACKTEST = {
    "folds": 6,
    "blocks": 3,
    "mae": 2.0,
    "crps": 1.5,
    "log_score": None,
    "coverage": OPENED["coverage"],
    "baselines": [{"name": "b1", "log_score": -3.0, "crps": 2.0, "mae": 3.0}],
    "best_baseline": "b1",
    "skill": 0.25,
    "skill_lower": None,
    "skill_upper": None,
    "references": {"b1": {"skill": -0.5, "skill_lower": -1.0, "skill_upper": 0.25}},
    "surprises": [],
    "rung_shocks": [{"target": "m", "points": 3.0, "p": 0.01, "reason": None}],
}
LAW = {
    "lineage": "demo",
    "level": "task",
    "family": "f",
    "task_id": "t",
    "metric": "acc",
    "form": "gumbel",
    "weight": 0.9,
    "law": "exp(-10^(-(0.1 + 0.3 (x - 9))))",
    "x": "log10 n_params",
    "params": {
        "origin": {"value": 9.0, "lower": None, "upper": None, "reason": "held, not fitted"},
        "exponent": {
            "value": 0.3,
            "lower": 0.2,
            "upper": None,
            "reason": "not bounded from above by the data",
        },
    },
    "status": "weak",
    "reason": "the data do not bound exponent",
}
PREVIEWED = {"size": 3, "threshold": None, "top": 1.0, "ended_by_limit": 0.0, "seconds_median": 0.5}
SHARES = {"sigma": 0.9, "lower": 0.8, "upper": 0.95, "n": 50}
STRICT = {
    "name": "sqlite",
    "kind": "tool",
    **SHARES,
    "geometric_p": 0.5,
    "by_mutations": [{"mutations": 1, "geometric": None, "unsupported": 0, **SHARES}],
    "near_misses": None,
    "near_misses_reason": "no transcripts",
}
FINDING = {
    "check": "C9 step",
    "ok": False,
    "applies": True,
    "decides": True,
    "statistic": 0.9,
    "p": 0.001,
    "p_holm": 0.01,
    "lower": None,
    "upper": None,
    "text": "it jumps.",
    "reason": None,
    "details": {},
}
CERTIFICATE = {
    "family": "f",
    "lineage": "demo",
    "verdict": "only_detectable",
    "process_metric": None,
    "because": ["it jumps."],
    "findings": [FINDING],
    "would_do": None,
    "triage": {"leaf": "step", "hits": ["step"], "leaves": []},
}
METRIC = {
    "lineage": "l",
    "family": "f",
    "metric": "exact",
    "axis": "flops",
    "role": "target",
    "linearity": 0.2,
    "link": "logit",
    "binarity": None,
    "informative_rungs": 4,
    "samples_needed": 59,
    "sufficient": None,
}
ASIDE = {"file": "a.csv", "row": 2, "reason": "NaN"}
SEALED = {"target": "m", "sha256": "ab" * 32, "label": "forecast", "sealed_at": "2026", "opened": False}

NO_TEST = {"p": None, "combined_p": None}
PEOPLE = {
    "law": "log_normal",
    "level": 0.9,
    "tasks": [],
    "given_up": {"given_up": 3, "attempts": 9},
    "success_only": {"factor": None},
    "left_out": NO_TEST,
    "two_modes": NO_TEST,
    "blow_ups": {"share": None},
    "populations": [],
    "axis": {"slope_kept": None},
}
HORIZONS = time_horizons() | {
    "trends": [],
    "curves": [],
    "repeats": [],
    "within_runs": [],
    "multiverse": None,
    "settings": {"level": 95, "time_errors": "errors are not known"},
}
CASES: dict[str, tuple[str, str, dict[str, Any], tuple[Any, ...], dict[str, Any], str]] = {
    "list": ("list importers", "core.entries:catalogue", {"entries": []}, ("importers",), {}, "name"),
    "show": (
        "show gumbel",
        "core.entries:catalogue",
        {
            "entries": [
                {
                    "name": "gumbel",
                    "kind": "forms",
                    "status": None,
                    "source": "s",
                    "summary": "steps",
                    "facts": {"formula": "exp(-z)"},
                }
            ]
        },
        (None, "gumbel"),
        {},
        "formula exp(-z)",
    ),
    "preview": (
        "preview addition --out p.html --call-limit 2",
        "report.preview:preview",
        {"path": "p.html", "bytes": 10, "family": "addition", "tasks": [PREVIEWED], "curves": []},
        ("addition", Path("p.html")),
        {"call_limit": 2.0},
        "p.html  10 bytes",
    ),
    "strictness": (
        "strictness sqlite --n 50 --mutations 1,2",
        "assess.strictness:strictness",
        STRICT,
        ("sqlite", (1, 2), 50, 0),
        {},
        "tool sqlite: a single wrong token is fatal in 0.90 (0.80 to 0.95)",
    ),
    "simulate": (
        "simulate W3 --rungs 4 --runs 100 --seed 1 --into study",
        "run.simulation:simulate",
        {
            "world": "shortcut",
            "runs": 128,
            "models": ["a"],
            "tasks": 4,
            "parts": [],
            "truth": "study/truth.json",
        },
        ("W3", STUDY),
        {"rungs": 4, "runs": 100, "seed": 1},
        "128 runs of 1 models on 4 tasks of the world shortcut",
    ),
    "import": (
        "import table a.csv b.csv --into study --map m.toml --steps all",
        "run.imports:import_runs",
        {
            "import_id": "3f",
            "rows": 3,
            "parts": ["runs/a"],
            "quarantined": [{"file": "a.csv", "row": 2, "reason": "NaN"}],
        },
        ("table",),
        {
            "paths": (Path("a.csv"), Path("b.csv")),
            "into": STUDY,
            "column_map": Path("m.toml"),
            "ladder": None,
            "steps": "all",
        },
        "3 rows imported  (import 3f)",
    ),
    "loss": (
        "loss m --corpus c.txt --window 8 --into-ladder l.toml",
        "run.held_out_loss:loss",
        {
            "model": "m",
            "loss_nats": 2.0,
            "bits_per_byte": 3.0,
            "stderr": None,
            "stderr_over": "windows",
            "tokens": 9,
            "bytes": 9,
            "documents": 1,
            "windows": 1,
            "window": 8,
            "stride": 4,
            "start_token": None,
            "corpus_sha256": "ab",
            "ladder": "l.toml",
        },
        (Path("m"), Path("c.txt")),
        {"batch": 4, "window": 8, "stride": None, "into_ladder": Path("l.toml"), "model_name": None},
        "m  2.0000 nats per token",
    ),
    "export": (
        "export cells study --out c.csv",
        "run.exports:export",
        {"path": "c.csv", "rows": 2, "bytes": 90, "absent": ["cost"]},
        (STUDY, "cells", Path("c.csv")),
        {"metric": None, "harness": None, "elicitation": None, "force": False},
        "2 rows, 90 bytes: c.csv",
    ),
    "remove": ("remove study 3f", "run.imports:remove", {"removed": "3f"}, (STUDY, "3f"), {}, "removed 3f"),
    "score": ("score study", "run.scoring:score", {"cells": 12}, (STUDY,), {}, "12 cells"),
    "fit": (
        "fit study --of task --form gumbel --free reach --weights held_out",
        "assess.laws:fit",
        {"laws": [LAW, LAW | {"form": "logistic", "weight": None}], "rung_shock": {"demo": 0.1}},
        (STUDY,),
        {
            "of": ("task",),
            "forms": ("gumbel",),
            "free": ("reach",),
            "objective": None,
            "weights": "held_out",
            "bootstrap": False,
            "seed": 0,
        },
        "exponent 0.2 to ?",
    ),
    "predict": (
        "predict study --target m --seal",
        "assess.forecast:predict",
        FORECAST | {"sha256": "ab" * 32},
        (STUDY, "m"),
        {"seal": True, "budget": None},
        "0.100 to 0.400",
    ),
    "predict-covariates": (
        "predict-covariates study --covariates next.csv",
        "assess.forecast:predict_covariates",
        {"models": [FORECAST, NO_FORECAST]},
        (STUDY, Path("next.csv")),
        {},
        "no_likelihood",
    ),
    "forecasts": (
        "forecasts study",
        "assess.track_record:forecasts",
        {"forecasts": [SEALED]},
        (STUDY,),
        {},
        "abababab",
    ),
    "open": (
        "open study ab",
        "assess.opening:open_forecast",
        OPENED,
        (STUDY, "ab"),
        {},
        "off by 1.50 points",
    ),
    "backtest": (
        "backtest study --forecasts f.parquet",
        "assess.backtesting:backtest",
        BACKTEST,
        (STUDY,),
        {"forecasts": Path("f.parquet")},
        "skill -0.50 (-1.00 to 0.25) against b1, the best with hindsight",
    ),
    "metrics": (
        "metrics study --family f",
        "assess.metric_choice:metrics",
        {
            "rows": [METRIC],
            "families": [{"lineage": "l", "family": "f", "text": "exact carries a law by itself"}],
            "samples_error": 0.2,
        },
        (STUDY,),
        {"families": ("f",)},
        "exact carries a law by itself",
    ),
    "plan": (
        "plan study --rungs 7",
        "assess.planner:plan",
        {"rows": [{"quantity": "rungs", "value": 7.0, "lower": None, "upper": None, "note": "enough"}]},
        (STUDY,),
        NOT_ASKED | {"rungs": 7, "simulate": 0, "seed": 0},
        "enough",
    ),
    "diagnose": (
        "diagnose study --family f --audit",
        "assess.diagnosis:diagnose",
        {"families": [CERTIFICATE], "models": []},
        (STUDY,),
        {"families": ("f",), "audited": True},
        "FAILS   C9 step: it jumps.",
    ),
    "census": (
        "census study",
        "assess.census:census",
        {"tasks": [], "calls": [], "logs": 0, "hazards": []},
        (STUDY,),
        {},
        "no task of the study",
    ),
    "human-times": (
        "human-times study --population smart",
        "assess.human_times:human_times",
        PEOPLE,
        (STUDY,),
        {"law": "auto", "population": "smart", "level": 0.9, "seed": None},
        "3 of 9 attempts were not finished",
    ),
    "tasks": (
        "tasks study",
        "run.task_changes:tasks_log",
        {"tasks": []},
        (STUDY,),
        {},
        "",
    ),
    "horizon": (
        "horizon study --success 50 --no-people",
        "assess.horizons:horizon",
        HORIZONS,
        (STUDY,),
        {
            "success": (50,),
            "draws": 1000,
            "seed": 0,
            "level": 95,
            "limits": "failure",
            "invalid": "failure",
            "people": False,
            "multiverse": False,
        },
        "model-a",
    ),
    "axes": (
        "axes study --normalise",
        "assess.axes:axes",
        {
            "rows": [],
            "pairs": [],
            "agreement": [],
            "normalisation": [],
            "conditions": {"scores": "CRPS in points"},
        },
        (STUDY,),
        {"normalise": True},
        "CRPS in points",
    ),
    "elicit": (
        "elicit study",
        "assess.elicit:elicit",
        {"rows": [], "gaps": [], "controls": [], "laws": [], "trend": [], "laws_reason": "one effort"},
        (STUDY,),
        {},
        "",
    ),
    "dossier": (
        "dossier d",
        "dossier.verify:dossier_verify",
        {
            "ok": False,
            "grade": None,
            "capped_by": [],
            "failures": [
                {"file": "dossier.json", "expected": "a1", "found": "b2", "reason": "It was altered."}
            ],
        },
        (Path("d"),),
        {},
        "does not verify: 1 place",
    ),
    "compare": (
        "compare study m5 m4 --per task",
        "assess.comparison.verb:compare",
        COMPARED,
        (STUDY, "m5", "m4"),
        {
            "weights": None,
            "per": "task",
            "metric": None,
            "elicitation": None,
            "harness": None,
            "level": 95.0,
            "effect": None,
        },
        "m5 is ahead of m4",
    ),
    "redline": (
        "redline study --lines l.toml",
        "assess.red_lines.verb:redline",
        {
            "cards": [
                {
                    "line": "half",
                    "lineage": "d",
                    "threshold": 0.5,
                    "score": 0.1,
                    "target": "m",
                    "target_guessed": True,
                    "p_cross": 0.2,
                    "p_cross_allowed": 0.3,
                    "lead": None,
                    "verdict": "alarm",
                    "text": "t",
                    "missing": [],
                }
            ],
            "scored": {"n": 0, "skill_reason": "short"},
            "sealed": [],
        },
        (STUDY, Path("l.toml")),
        {"target": "next"},
        "m (guessed)",
    ),
    "flags": (
        "flags study --n 3 --mark",
        "assess.observation.observed:flags",
        {
            "rows": [
                {
                    "model": "m",
                    "flag": "looping",
                    "attempts": 4,
                    "flagged": 1,
                    "share": 0.25,
                    "lower": 0.1,
                    "upper": 0.8,
                    "examples": [{"quote": "ls", "sample_id": "s", "epoch": 0, "place": "call 1"}],
                }
            ],
            "plan": [],
            "notes": ["a note"],
            "viewer": [],
        },
        ((STUDY,),),
        {"n": 3, "seed": 0, "mark": True},
        "m, looping: 'ls' (s epoch 0, call 1)",
    ),
    "label": (
        "label study --reader ann",
        "assess.observation.labelling:label",
        {"reader": "ann", "labelled": 2, "waiting": 3, "path": "study/labels/ann.jsonl"},
        (STUDY, "ann"),
        {"n": 20, "seed": 0, "ask": asked_on_a_terminal, "file": None},
        "ann: 2 labelled, 3 wait",
    ),
    "budget": (
        "budget study",
        "assess.budget.verb:budget",
        {
            "unit": "tokens",
            "metric": "exact",
            "elicitation": "greedy",
            "success_at": 1.0,
            "rows": [],
            "surface": [],
            "harnesses": [],
        },
        ((STUDY,),),
        {
            "unit": "tokens",
            "metric": None,
            "elicitation": None,
            "harness": None,
            "success": 1.0,
            "prices": None,
            "surface": False,
        },
        "metric exact",
    ),
    "run": (
        "run study --plan --model m",
        "run.run_study:run",
        {
            "cells": {"planned": 2, "done": 1, "failed": 0, "limited": 0},
            "tokens": 10,
            "cost": None,
            "reason": "no price",
            "plan_only": True,
            "rows": [],
            "notes": [],
            "controls": [{"name": "lock", "ok": True, "detail": "found"}],
        },
        (STUDY,),
        {
            "executor": None,
            "plan": True,
            "models": ("m",),
            "families": (),
            "yes": False,
            "again_limited": False,
            "accept_errors": False,
            "control": False,
        },
        "2 cells planned, 1 done, 0 failed",
    ),
    "headline": (
        "headline study --out h.html",
        "report.headline_page:headline",
        {
            "claims": [{"kind": "guess", "text": "m6 will lead.", "would_change": "a score below 9 %."}],
            "path": "h.html",
            "bytes": 10,
        },
        (STUDY, Path("h.html")),
        {},
        "Would change it: a score below 9 %.",
    ),
    "view": (
        "view study --port 8080 --no-browser",
        "viewer.verb:view",
        {"url": "http://127.0.0.1:8080/t/", "study": "study", "scores": 3},
        (STUDY, 8080),
        {},
        "http://127.0.0.1:8080/t/",
    ),
    "report": (
        "report study --out r.html --static figs --format pdf",
        "report.study_report:report",
        {"path": "r.html", "bytes": 10, "static": ["figs/curves.pdf", "figs/figures.json"]},
        (STUDY,),
        {"out": Path("r.html"), "static": Path("figs"), "formats": ("pdf",)},
        "r.html  10 bytes",
    ),
    "study": (
        "study here --preset quick",
        "report.ladder_study:study",
        {
            "rungs": [{"model": "m", "n_params": 9.0, "seed": 0, "loss_nats": 1.5}],
            "forecasts": [{"target": "m", "mae": 1.0, "crps": 0.5, "skill": None, "best_baseline": None}],
            "verdicts": [{"target": "m", "label": "forecast", "coverage": OPENED["coverage"]}],
            "report": "r.html",
            "seconds": 3.0,
        },
        (Path("here"), "quick"),
        {},
        "report  r.html  (3.0 s)",
    ),
    "doctor": (
        "doctor",
        "core.doctor:doctor",
        {"checks": [{"name": "python", "ok": True, "detail": "3", "required": True}]},
        (),
        {},
        "python  yes",
    ),
}


def command(name: str) -> click.Command:
    found = group.get_command(ROOT, name)
    assert found is not None
    return found


def test_every_file_is_a_verb_and_every_verb_a_file() -> None:
    (folder,) = tasklaws.cli.verbs.__path__
    files = {path.stem.rstrip("_").replace("_", "-") for path in Path(folder).glob("[a-z]*.py")}
    assert files == set(VERBS)
    assert set(CASES) == set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_verb_has_name_brief_help_and_shared_options(name: str) -> None:
    found = command(name)
    options = {option for parameter in found.params for option in parameter.opts}
    assert found.name == name
    assert {"--json", "--quiet", "--progress"} <= options
    assert found.help
    assert found.short_help
    assert len(found.short_help) <= 45


@pytest.mark.parametrize("name", VERBS)
def test_verb_example_parses(name: str) -> None:
    found = command(name)
    example = re.search(r"Example:\n  tasklaws (.*)", found.epilog or "")
    assert example is not None
    typed, *arguments = shlex.split(example[1])
    assert typed == name
    found.make_context(name, arguments, parent=ROOT).close()


@pytest.mark.parametrize("name", VERBS)
def test_verb_calls_its_function_and_words_the_result(
    name: str, stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    line, place, document, positional, keywords, words = CASES[name]
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def function(*args: Any, **kwargs: Any) -> Fake:
        calls.append((args, kwargs))
        return Fake(document)

    stand_in(f"tasklaws.{place}", function)
    assert main([*line.split(), "--quiet"]) == 0
    ((args, kwargs),) = calls
    kwargs.pop("progress", None)
    assert (args, kwargs) == (positional, keywords)
    printed = capsys.readouterr()
    assert words in printed.out
    assert printed.err == ""
    assert main([*line.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "command": name, **document}
