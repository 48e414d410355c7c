"""`tasklaws redline`: how likely the next rung crosses a line that somebody decided on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield from table(
        [_row(card) for card in document["cards"]],
        ("line", "lineage", "line at", "score", "next", "P(cross)", "allowed", "lead", "verdict"),
    )
    for card in document["cards"]:
        yield ""
        yield f"{card['line']}: {card['text']}"
    if any(card["missing"] for card in document["cards"]):
        yield ""
        yield "what keeps a family from carrying a law: tasklaws diagnose STUDY"
    yield ""
    yield from _scored(document["scored"])
    yield from _sealed(document["sealed"])


def _row(card: dict[str, Any]) -> dict[str, Any]:
    guessed = " (guessed)" if card["target_guessed"] else ""
    return {
        "line": card["line"],
        "lineage": card["lineage"],
        "line at": number(card["threshold"], 3),
        "score": number(card["score"], 3),
        "next": f"{card['target']}{guessed}" if card["target"] else None,
        "P(cross)": number(card["p_cross"], 3),
        "allowed": number(card["p_cross_allowed"], 3),
        "lead": card["lead"],
        "verdict": card["verdict"].replace("_", " "),
    }


def _scored(scored: dict[str, Any]) -> Iterator[str]:
    if not scored["n"]:
        yield f"past cards: none ({scored['skill_reason']})"
        return
    yield f"past cards: {scored['n']}, of which {scored['crossed']} crossed"
    for name, digits in (("brier", 4), ("log_score", 3)):
        ours, last = (number(scored[key], digits) for key in (name, f"{name}_persistence"))
        yield f"{name.replace('_', ' ')} {ours}, by the last rung alone {last}"
    interval = f"{number(scored['skill_lower'])} to {number(scored['skill_upper'])}"
    because = f"; {scored['skill_reason']}" if scored["skill_reason"] else ""
    yield f"skill {number(scored['skill'])} (90 % interval {interval}{because})"
    for kind in ("misses", "false_alarms"):
        named = [f"{one['line']} at {one['target']} ({one['p_cross']:.3f})" for one in scored[kind]]
        yield f"{kind.replace('_', ' ')}: {', '.join(named) or 'none'}"


def _sealed(sealed: list[dict[str, Any]]) -> Iterator[str]:
    if sealed:
        yield ""
        yield from table(
            sealed, ("name", "target", "label", "p_cross", "score", "crossed", "brier", "reason")
        )


@verb(
    "redline",
    brief="Tell how likely red lines are crossed next.",
    wording=_wording,
    example="tasklaws redline study/ --lines examples/redlines.toml",
)
@click.option(
    "--lines",
    type=click.Path(path_type=Path),
    help="File of red lines; by default redlines.toml in STUDY.",
)
@click.option("--target", default="next", show_default=True, help="Rung to forecast.")
@study_argument
def command(progress: Progress, study: Path, lines: Path | None, target: str) -> Result:
    """Show a card for every red line of STUDY: where it stands, and P(next rung crosses).

    "allowed" is that probability with the line's margin and the allowance for elicitation applied. Past
    cards, each made from the smaller rungs alone, are scored; misses are named. Exit code 4: a line is
    crossed, or an alarm stands.
    """
    from tasklaws.assess.red_lines.verb import redline

    return redline(study, lines, target=target, progress=progress)
