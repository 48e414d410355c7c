"""Time horizons and their forecasts in words: a number outside the tasks never stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import LONGEST, UNDEFINED, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADINGS = {
    "metr_2026_01": "METR's estimator of January 2026, for replication only",
    "log_logistic": "logistic in log time, no penalty",
    "log_logistic_latent": "logistic in log time, tasks of one length differ and human times have errors",
}
VERDICTS = {
    "lottery": "runs are tosses of one coin",
    "tasks_differ": "tasks differ, and runs still vary",
    "always_or_never": "most tasks are always or never solved",
    "not_told": "not told",
}
HUNDRED = 100


def wording(document: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of time horizons, or of the forecast of one."""
    yield from _forecast(document) if document.get("kind") == "time_horizon" else _horizons(document)


def _forecast(document: dict[str, Any]) -> Iterator[str]:
    """Yield the forecast of the time horizon of a model that is still to come."""
    seal = f"  sha256 {document['sha256'][:8]}" if document["sha256"] else "  not sealed"
    yield f"{document['target']}  {document['label']}{seal}"
    shown = [
        {
            "success": f"{row['success']} %",
            "minutes": _minutes(row["minutes"]),
            "90 % interval": f"{_minutes(row['lower'])} to {_minutes(row['upper'])}",
        }
        for row in document["rows"]
        if row["minutes"] is not None
    ]
    if shown:
        yield from table(shown, list(shown[0]))
    yield from (f"{row['success']} %: {row['reason']}" for row in document["rows"] if row["reason"])
    yield f"from {len(document['trained_on'])} models of {document['tasks']} tasks with human times"
    for one in document["backtest"]:
        yield _past(one)


def _past(one: dict[str, Any]) -> str:
    """Return how such forecasts did of models that are known."""
    if not one["n"]:
        return f"{one['success']} %: no known model could have been forecast from those before it"
    done = f"{one['success']} %: {one['n']} known models forecast from those before them"
    skill = f"skill {number(one['skill'])} against {one['best_baseline']}, the best with hindsight"
    return f"{done}: CRPS {number(one['crps'])} doublings, {skill}"


def _horizons(document: dict[str, Any]) -> Iterator[str]:
    rows, level = document["rows"], document["settings"]["level"]
    for curve, kind in dict.fromkeys((row["curve"], row["kind"]) for row in rows):
        own = [row for row in rows if (row["curve"], row["kind"]) == (curve, kind)]
        yield f"{HEADINGS.get(curve, curve)}: {kind} time horizon in minutes, {level} % intervals"
        yield from _table(own)
        yield ""
    yield f"{document['settings']['time_errors']}; where errors count, the time horizon is in true time"
    yield from _trends(document["trends"])
    yield f"curves: {document['curves_text']}"
    yield from _curves(document["curves"])
    yield from _repeats(document["repeats"])
    yield from _within(document["within_runs"])
    if document["multiverse"]:
        yield from _multiverse(document["multiverse"])


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield one line an agent with all shares of success, and why there is no number where there is none."""
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row["alias"], {"agent": row["alias"], "tasks": row["tasks"]})
        line[f"{row['success']} %"] = _shown(row)
    yield from table(
        list(lines.values()), list(dict.fromkeys(key for line in lines.values() for key in line))
    )
    told: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["status"] in {"bound", "failed"}:
            said = f"{row['status']}: {row['reason']}"
            told.setdefault((row["alias"], said), []).append(str(row["success"]))
    yield from (f"  {alias} at {', '.join(at)} %, {said}" for (alias, said), at in told.items())
    out = [row["alias"] for row in rows if row["status"] == "extrapolation"]
    if out:
        yield f"  below, above, < and >: extrapolations beyond the tasks of {', '.join(dict.fromkeys(out))}"


def _shown(row: dict[str, Any]) -> str:
    """Return a time horizon in words; a number outside the tasks never stands alone."""
    if row["status"] == "failed":
        return "none"
    if row["status"] == "bound":
        return _bound(row)
    ends = f"({_end(row, 'lower')} to {_end(row, 'upper')})" if row["undefined_draws"] is not None else ""
    if row["status"] == "extrapolation":
        low = row["minutes"] < row["shortest"]
        edge = f"below {_minutes(row['shortest'])}" if low else f"above {_minutes(row['longest'])}"
        return f"{edge} {ends}".strip()
    return f"{_minutes(row['minutes'])} {ends}".strip()


def _bound(row: dict[str, Any]) -> str:
    if row["lower"] is not None and row["upper"] is not None:
        return f"{_minutes(row['lower'])} to {_minutes(row['upper'])}"
    if row["upper"] is not None:
        return f"below {_minutes(row['upper'])}"
    return f"above {_minutes(row['lower'])}" if row["lower"] is not None else "no bound"


def _end(row: dict[str, Any], name: str) -> str:
    return "open" if row[name] is None else _within_tasks(row, name)


def _within_tasks(row: dict[str, Any], name: str) -> str:
    """Return minutes; beyond the tasks that were asked only that they lie there."""
    minutes = row[name]
    if minutes is None:
        return UNDEFINED
    if minutes < row["shortest"]:
        return f"<{_minutes(row['shortest'])}"
    return f">{_minutes(row['longest'])}" if minutes > row["longest"] else _minutes(minutes)


def _minutes(value: float | None) -> str:
    if value is None:
        return UNDEFINED
    return f"{value:,.0f}" if value >= HUNDRED else f"{value:.3g}"


def _span(row: dict[str, Any], key: str, digits: int = 2) -> str:
    value, low, high = (number(row[name], digits) for name in (key, "lower", "upper"))
    return f"{value} ({low} to {high})"


def _trends(trends: list[dict[str, Any]]) -> Iterator[str]:
    for one in trends:
        name = f"50 % time horizon by {one['curve']}"
        if one["doubling_days"] is None:
            yield f"{name}: no doubling time; {one['reason']}"
            continue
        ends = " to ".join("open" if one[end] is None else f"{one[end]:.0f}" for end in ("lower", "upper"))
        said = f"; {one['reason']}" if one["reason"] else ""
        agents = f"over {len(one['agents'])} agents that led at their release"
        yield f"{name} doubles in {one['doubling_days']:.0f} days ({ends}) {agents}{said}"


def _curves(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield how the curves compare over all agents."""
    every = [row for row in rows if row["alias"] is None and row["reason"] is None]
    shown = [
        {
            "curve": row["curve"],
            "log score": number(row["log_score"], 4),
            "behind the best": _span(row, "behind", 4),
            "best in": f"{row['weight']:.0%} of resamples",
        }
        for row in every
    ]
    if shown:
        yield from table(shown, list(shown[0]))
        yield ""


def _repeats(rows: list[dict[str, Any]]) -> Iterator[str]:
    known = [row for row in rows if row["rho"] is not None]
    if not known:
        yield f"repeats tell nothing: {rows[0]['reason'] if rows else 'no agents'}"
        return
    yield "repeats: correlation of two runs of a task; share of tasks that all of 4 runs solve, if tosses"
    shown = [
        {
            "agent": row["alias"],
            "correlation": _span(row, "rho"),
            "pass^4": number(row["pass_hat"].get("4", {}).get("seen")),
            "if tosses": number(row["pass_hat"].get("4", {}).get("if_lottery")),
            "reading": VERDICTS[row["verdict"]],
        }
        for row in known
    ]
    yield from table(shown, list(shown[0]))
    yield ""


def _within(rows: list[dict[str, Any]]) -> Iterator[str]:
    known = [row for row in rows if row["slope"] is not None]
    if not known:
        yield f"duration of runs tells nothing: {rows[0]['reason'] if rows else 'no agents'}"
        return
    yield "runs of one task: change of the log-odds of success with each doubling of their duration"
    shown = [
        {
            "agent": row["alias"],
            "slope": _span(row, "slope"),
            "runs": row["runs"],
        }
        for row in known
    ]
    yield from table(shown, list(shown[0]))
    yield ""


def _multiverse(document: dict[str, Any]) -> Iterator[str]:
    yield "choices, one at a time: 50 % time horizon in minutes"
    agents = list(dict.fromkeys(row["alias"] for row in document["rows"]))
    lines: dict[str, dict[str, Any]] = {}
    for row in document["rows"]:
        name = row["choice"] if row["value"] is None else f"{row['choice']}: {row['value']}"
        lines.setdefault(name, {"choice": name})[row["alias"]] = _within_tasks(row, "p50")
    yield from table(list(lines.values()), ("choice", *agents))
    yield ""
    yield f"all {document['combinations']} combinations of choices, in minutes"
    shown = [
        {
            "agent": row["alias"],
            "success": f"{row['success']} %",
            **{name: _within_tasks(row, name) for name in ("minimum", "median", "maximum")},
            "outside the tasks": row["outside_tasks"],
            "undefined": row["undefined"],
        }
        for row in document["ranges"]
    ]
    yield from table(shown, list(shown[0]), LONGEST)
