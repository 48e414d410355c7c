"""ONE FILE = ONE VERB: each module holds `command`, a click command that calls one function.

The module of a verb has its name, with ``_`` for ``-``, and a ``_`` behind a word of Python.
"""

VERBS = (
    "doctor",
    "list",
    "show",
    "preview",
    "strictness",
    "simulate",
    "run",
    "import",
    "loss",
    "remove",
    "export",
    "score",
    "fit",
    "predict",
    "predict-covariates",
    "forecasts",
    "open",
    "backtest",
    "redline",
    "compare",
    "metrics",
    "diagnose",
    "plan",
    "census",
    "human-times",
    "tasks",
    "horizon",
    "axes",
    "elicit",
    "budget",
    "flags",
    "label",
    "headline",
    "report",
    "view",
    "study",
)
"""The verbs in the order in which a study is made; the help page keeps it."""
