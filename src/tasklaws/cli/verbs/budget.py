"""`tasklaws budget`: success against tokens, seconds or dollars, from runs that there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table, text
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

LARGE = 10_000
"""From here on budgets are shown whole."""
SHOWN = (0.25, 0.5, 0.75)
"""Between the first and the last budget of a curve, those at these parts of it are shown."""


def _wording(document: dict[str, Any]) -> Iterator[str]:
    said = f"metric {document['metric']}, elicitation {document['elicitation']}"
    yield f"success (a score of at least {document['success_at']:g}) by {document['unit']}; {said}"
    rows = [_row(row) for curve in _curves(document["rows"]) for row in _some(curve)]
    yield from table(rows, ("model", "family", "budget", "success", "90 % band", "at risk", "note"))
    yield "some budgets of each curve are shown; --json has all"
    yield from _surface(document["surface"])
    yield from _harnesses(document["harnesses"])


def _curves(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    curves: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        curves.setdefault((row["model"], row["family"]), []).append(row)
    yield from curves.values()


def _some(curve: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first and the last row of a curve and a few between."""
    last = len(curve) - 1
    return [curve[place] for place in sorted({0, *(round(part * last) for part in SHOWN), last})]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    band = None if row["lower"] is None else f"{number(row['lower'], 3)} to {number(row['upper'], 3)}"
    return {
        **row,
        "budget": f"{row['budget']:,.4g}" if row["budget"] < LARGE else f"{row['budget']:,.0f}",
        "success": number(row["success"], 3),
        "90 % band": band,
        "at risk": row["at_risk"],
        "note": row["reason"] or "",
    }


def _surface(rows: list[dict[str, Any]]) -> Iterator[str]:
    if rows:
        yield ""
        yield "success if the limits had been lower (the first attempts, one success among them is enough):"
        yield from table(rows, ("model", "family", "seconds", "tokens", "attempts", "success", "n"))


def _harnesses(cards: list[dict[str, Any]]) -> Iterator[str]:
    for card in cards:
        yield ""
        yield f"harness {card['harness_id']}: {', '.join(_facts(card))}"
        yield from table([_model(one) for one in card["models"]], tuple(_model(card["models"][0])))


def _facts(card: dict[str, Any]) -> Iterator[str]:
    yield f"{card['attempts']} attempts"
    limits = card["limits"]
    said = ", ".join(f"{name} {value:g}" for name, value in (limits or {}).items())
    yield said or ("no limits" if limits is not None else "limits not known")
    for name in ("tools", "scaffold", "sandbox"):
        if card[name]:
            yield f"{name} {text(card[name])}"
    yield (
        f"{len(card['elicitations'])} elicitations"
        if len(card["elicitations"]) > 1
        else card["elicitations"][0]
    )
    yield from (f"{name} {version}" for name, version in card["versions"].items())


def _model(one: dict[str, Any]) -> dict[str, Any]:
    ended = "; ".join(f"{name} {_share(found)}" for name, found in one["ended"].items())
    return {
        "model": one["model"],
        "attempts": one["attempts"],
        "ended otherwise": ended or "none",
        "unsupported calls": _share(one["unsupported"]) if one["unsupported"] else None,
        "tokens": _middle(one["tokens"]),
        "seconds": _middle(one["seconds"]),
    }


def _share(found: dict[str, Any]) -> str:
    ends = f"{100 * found['lower']:.1f} to {100 * found['upper']:.1f}"
    return f"{100 * found['share']:.1f} % ({ends})"


def _middle(quantiles: dict[str, float] | None) -> str | None:
    """Return the median with the quantiles 0.1 and 0.9."""
    if quantiles is None:
        return None
    return f"{quantiles['0.5']:.4g} ({quantiles['0.1']:.4g} to {quantiles['0.9']:.4g})"


@verb(
    "budget",
    brief="Show success by inference budget.",
    wording=_wording,
    example="tasklaws budget study/ --unit tokens",
)
@click.argument("source", metavar="LOGS_OR_STUDY", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--unit", type=click.Choice(["tokens", "seconds", "dollars"]), default="tokens", show_default=True,
    help="Unit of the budget.",
)  # fmt: skip
@click.option("--metric", metavar="NAME", help="Metric; that of study.toml, else the one with most attempts.")
@click.option("--elicitation", metavar="NAME", help="Elicitation; chosen like the metric.")
@click.option("--harness", metavar="ID", help="Only attempts under this harness.")
@click.option("--success", type=float, default=1.0, show_default=True, help="Least score of a success.")
@click.option("--prices", type=click.Path(path_type=Path), help="TOML: dollars for a million tokens.")
@click.option("--surface", is_flag=True, help="Also success under lower seconds, tokens and attempts.")
def command(_progress: Progress, source: tuple[Path, ...], **options: Any) -> Result:  # noqa: ANN401
    """Show what share of attempts had succeeded by a budget, for each model and family; nothing is run.

    LOGS_OR_STUDY is a study, or logs of Inspect. Attempts that a limit or an error cut count as
    cut; failures that were submitted count as failures at every budget.
    """
    from tasklaws.assess.budget.verb import budget

    return budget(source, **options)
