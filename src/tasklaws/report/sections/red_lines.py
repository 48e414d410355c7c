"""Red lines: where each stands, how likely the next rung crosses it, and how well that was told before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Bullets, Facts, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import INK, LAW, LAW_LIGHT, OUTCOME, PAPER, chart, dot, encoded, layer, tooltip
from tasklaws.report.multiples import Axis
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, chance, count, interval, percent, undefined, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

_VERDICTS = {
    "crossed": "crossed",
    "alarm": "an alarm",
    "quiet": "no alarm",
    "no_early_warning": "no early warning possible",
    "not_enough_data": "not enough data",
}
_PAST = (
    Field("line", "line"),
    Field("target", "model"),
    Field("cutoff", "last seen"),
    Field("p_cross", "P(cross)", chance),
    Field("persistence", "P(cross) by the last rung alone", chance),
    Field("lower", f"5{NBSP}%", percent),
    Field("upper", f"95{NBSP}%", percent),
    Field("score", "score", percent),
    Field("crossed", "crossed"),
    Field("counts", "scored"),
)

_MISSING = (Field("family", "family"), Field("because", "why no law carries it"))


def _known(value: float | None, reason: str | None) -> str:
    return undefined(reason or "no reason was recorded") if value is None else chance(value)


def _facts(card: Row) -> Facts:
    """Return a card as terms with their values."""
    named = "a guessed rung at the ladder's usual step" if card["target_guessed"] else card["target"]
    whom = f"at {percent(card['threshold'])}, by {visible(named)} ({card['label']})" if named else ""
    spread = f"90{NBSP}% interval {interval(card['score_lower'], card['score_upper'])}"
    least, most = card["allowance_lower"], card["allowance_upper"]
    factor = card["allowance"]
    times = undefined(card["allowance_reason"]) if factor is None else f"{factor:.2g} times the score"
    between = f"90{NBSP}% interval {least:.2g} to {most:.2g}" if factor is not None else ""
    steps = ", ".join(f"{at}: {chance(one['p_cross'])}" for at, one in enumerate(card["ahead"], 1))
    return Facts(
        (
            (
                "line at",
                percent(card["threshold"]),
                f"binds from {percent(card['threshold'] - card['margin'])}",
            ),
            (
                "score",
                percent(card["score"]),
                f"of {visible(card['model'])}; {spread}",
            ),
            ("chance of crossing", _known(card["p_cross"], card["reason"]), whom),
            ("with allowances", _known(card["p_cross_allowed"], card["reason"]), _allowed(card)),
            ("allowance for elicitation", times, between),
            (
                "rungs ahead",
                steps or "nothing can be said",
                "guesses at the ladder's usual step" if steps else "",
            ),
            *_no_success(card),
            ("who decides", visible(card["decided_by"]) or "nobody is named", ""),
        )
    )


def _no_success(card: Row) -> tuple[tuple[str, str, str], ...]:
    """Return what no success at all still allows, where there was none."""
    if card["zero_success_upper"] is None:
        return ()
    tasks = f"{percent(card['zero_success_by_tasks'])} if attempts at one task all end alike"
    return (("no success: a rate up to", percent(card["zero_success_upper"]), tasks),)


def _allowed(card: Row) -> str:
    """Return what was allowed for in the second probability."""
    parts = (
        ("margin", card["margin"] > 0),
        ("allowance for elicitation", card["allowance"] is not None),
    )
    named = " and ".join(name for name, there in parts if there)
    return f"at {percent(card['threshold_allowed'])}: {named or 'nothing'} taken off"


def _rows(card: Row) -> list[dict[str, Any]]:
    """Return the past rungs of a card, and the next, numbered along the ladder."""
    past = [
        {"model": one["target"], "lower": one["lower"], "upper": one["upper"], "score": one["score"]}
        for one in card["past"]
    ]
    said = card["forecast"]
    ahead = (
        [{"model": card["target"], "lower": said["0.05"], "upper": said["0.95"], "middle": said["0.5"]}]
        if said
        else []
    )
    return [{"x": at, **row} for at, row in enumerate([*past, *ahead], 1)]


def _panel(card: Row) -> Panel:
    """Return one drawing: forecasts and scores along the rungs, and the line."""
    rows = _rows(card)
    x = Axis("rung", "format(datum.value, 'd')", tuple(range(1, len(rows) + 1))).channel()
    axis = {"format": ".0%", "title": None, "tickCount": 4}
    ends = {"y": encoded("lower", axis=axis, scale={"zero": True}), "y2": {"field": "upper"}}
    hint = tooltip(("model", "model"), ("lower", "5 % quantile"), ("upper", "95 % quantile"))
    seen = tooltip(("model", "model"), ("score", "score"))
    forecast = [row for row in rows if row["lower"] is not None]
    drawn = [{"x": row["x"], "at": card["threshold"]} for row in rows]
    open_diamond = {"shape": "diamond", "fill": PAPER, "stroke": INK, "strokeWidth": 1.8, "size": 90}
    parts: list[tuple[str, Row, Row, list[dict[str, Any]], str]] = [
        ("rule", {"color": LAW_LIGHT, "strokeWidth": 5}, {**ends, "tooltip": hint}, forecast, "said"),
        ("line", {"color": OUTCOME, "strokeWidth": 1.5}, {"y": encoded("at")}, drawn, "line"),
        (
            "point",
            dot("circle", 55, LAW),
            {"y": encoded("score"), "tooltip": seen},
            [row for row in rows if row.get("score") is not None],
            "score",
        ),
        ("point", open_diamond, {"y": encoded("middle")}, [row for row in rows if "middle" in row], "next"),
    ]
    layers = [
        layer(mark, style, {"x": x, **channels}, data={"values": own}, name=name)
        for mark, style, channels, own, name in parts
        if own
    ]
    text = f"Scores on {card['line']}, their forecasts and the line at {percent(card['threshold'])}."
    return Panel(chart([], layers, text, 150), visible(card["line"]))


def _figure(cards: Sequence[Row]) -> Figure:
    shown = [card for card in cards if _rows(card)]
    past = tuple({**one} for card in shown for one in card["past"])
    crossed = sum(card["verdict"] == "crossed" for card in cards)
    alarms = sum(card["verdict"] == "alarm" for card in cards)
    return Figure(
        name="red-lines",
        title=f"Of {count(len(cards), 'red line')}, crossed: {crossed}; an alarm stands: {alarms}",
        caption=(
            f"Bars: 90{NBSP}% intervals of forecasts from the smaller rungs alone. Rungs are numbered along "
            "the ladder from the first that could be forecast; the table names them."
        ),
        description="Past scores with their forecasts, and the forecast of the next rung, against each line.",
        panels=tuple(_panel(card) for card in shown),
        table=Table(_PAST, past, "Past cards", "red-lines"),
        keys=(
            Key("●", LAW, "score", "score"),
            Key("▬", LAW_LIGHT, "forecast", "said"),
            Key("◇", INK, "next rung", "next"),
            Key("―", OUTCOME, "red line", "line"),
        ),
    )


def _mistakes(scored: Document) -> tuple[Block, ...]:
    """Return how good past cards were, misses by name."""
    if not scored["n"]:
        return (
            Paragraph("No past rung could be forecast, so that nothing is known of how good such cards are."),
        )
    text = (
        f"Past cards: {scored['n']}, of which {scored['crossed']} crossed. Brier score "
        f"{scored['brier']:.3f}, by the last rung alone {scored['brier_persistence']:.3f} (lower is better); "
        f"{_gained(scored)}. Once a line is crossed, later cards of it are not scored."
    )
    named = [
        f"{word}: {visible(one['line'])} at {visible(one['target'])}, told with {chance(one['p_cross'])}"
        for word, kind in (("Missed", "misses"), ("False alarm", "false_alarms"))
        for one in scored[kind]
    ]
    return (Paragraph(text), *((Bullets(tuple(named)),) if named else ()))


def _gained(scored: Document) -> str:
    """Return by how much the last rung alone was beaten, and the skill where enough rungs crossed."""
    told = "" if scored["gain"] is None else f"beaten by {scored['gain']:.3f}"
    if told and scored["gain_lower"] is not None:
        told += f" (90{NBSP}% interval {scored['gain_lower']:.3f} to {scored['gain_upper']:.3f})"
    if scored["skill"] is None or scored["skill_lower"] is None:
        reason = scored["skill_reason"] or "no-interval"
        return ", ".join(part for part in (told, f"skill {undefined(reason)}") if part)
    skill = f"skill {scored['skill']:.2f} ({scored['skill_lower']:.2f} to {scored['skill_upper']:.2f})"
    return f"{told}, {skill}"


def _card(card: Row) -> tuple[Block, ...]:
    argument = " ".join(str(card["argument"]).split())
    why = Paragraph(f"Argument: {visible(argument)}" if argument else "No argument is given.", "note")
    lead = Paragraph(f"{visible(card['line'])}: {_VERDICTS[card['verdict']]}", "lead")
    missing = Table(
        _MISSING,
        tuple(card["missing"]),
        f"What is missing for {visible(card['line'])}",
        "missing",
        folded=True,
    )
    return (
        lead,
        Paragraph(visible(card["text"])),
        _facts(card),
        why,
        *((missing,) if card["missing"] else ()),
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return a card for each line, past cards against what came, and what was missed."""
    document = content.red_lines
    if document is None or not document["cards"]:
        return ()
    cards = document["cards"]
    figure = (_figure(cards),) if any(_rows(card) for card in cards) else ()
    parts = [block for card in cards for block in _card(card)]
    return (*figure, *parts, *_mistakes(document["scored"]))


SECTION = Section(
    name="red_lines",
    title="Red lines",
    order=66,
    summary="How likely the next model crosses a line that somebody decided on, and how well that was told.",
    needs="red lines: write redlines.toml into the study (docs/red-lines.md)",
    build=build,
)
