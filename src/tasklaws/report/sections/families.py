"""Families: which of them can carry a law, and what each check found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tasklaws.assess.verdicts import VERDICTS
from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import INK, OUTCOME, chart, encoded, layer, names
from tasklaws.report.findings import figure
from tasklaws.report.section import Section
from tasklaws.report.text import chance, count, plain, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.assess.certificate import Certificate, Listed
    from tasklaws.assess.diagnosis import Diagnosed
    from tasklaws.report.content import ReportInput

MEANINGS = {
    "forecastable": "a law over the ladder can be fitted and forecast the next model",
    "forecastable_via_process": "the answers carry no law, another measurement of the same attempts does",
    "only_detectable": "nothing shows before it comes: measure at every rung, expect no early warning",
    "invalid": "something else than the models sets the scores; mend it first",
    "not_enough_data": "what was measured does not tell",
}
STATES = {
    "passes": ("✓", "#dcebdf", INK),
    "fails": ("✗", OUTCOME, "#ffffff"),
    "not told": ("?", "#eceff2", INK),
    "noted": ("!", "#f6e3d3", INK),
    "nothing to check": ("·", "#ffffff", INK),
}
"""State of a finding -> sign, colour of its cell, colour of the sign."""
MOST_CHARTS = 6
CELL = 26
"""Pixels of a row of the overview."""

_OWN_COLOURS = {"resolve": {"scale": {"color": "independent"}}}
"""Signs have colours of their own, or they would be those of their cells."""
_VERDICTS = (
    Field("family", "family"),
    Field("verdict", "verdict"),
    Field("because", "because"),
)
_BROKEN = (
    Field("family", "family"),
    Field("leaf", "broken first"),
    Field("hits", "also hit"),
    Field("text", "evidence"),
)
_READ = (
    Field("model", "model"),
    Field("task", "task"),
    Field("z", "standard deviations off", plain),
    Field("instance", "instance"),
    Field("run", "run"),
    Field("path", "path"),
    Field("text", "what was written"),
)
LINKED, LONGEST = "unexplained", 200
"""Leaf of the triage that links attempts, and characters of each that are shown."""
_FINDINGS = (
    Field("family", "family"),
    Field("check", "check"),
    Field("state", "state"),
    Field("statistic", "statistic", plain),
    Field("lower", "from", plain),
    Field("upper", "to", plain),
    Field("p", "p", chance),
    Field("p_holm", "p among all", chance),
    Field("text", "what was found"),
)


def _state(one: Listed) -> str:
    if not one.finding.applies:
        return "nothing to check"
    if one.ok:
        return "passes"
    if not one.decides:
        return "noted"
    return "fails" if one.ok is False else "not told"


def _lead(certificates: Sequence[Certificate]) -> Paragraph:
    counted: Counter[str] = Counter(one.verdict for one in certificates)
    can = sum(one.can_carry for one in certificates)
    told = "; ".join(f"{counted[name]} {words}" for name, words in VERDICTS.items() if counted[name])
    return Paragraph(
        f"{can} of {count(len(certificates), 'family', 'families')} can carry a scaling law: {told}.", "lead"
    )


def _overview(certificates: Sequence[Certificate]) -> Figure:
    cells = [
        {
            "name": one.family,
            "check": listed.check.label,
            "role": _state(listed),
            "sign": STATES[_state(listed)][0],
        }
        for one in certificates
        for listed in one.listed
        if listed.check.letter
    ]
    columns = list(dict.fromkeys(cell["check"] for cell in cells))
    x = encoded("check", "nominal", sort=columns, axis={"title": None, "orient": "top", "labelAngle": -45})
    place = {"x": x, "y": names()}

    def shade(at: int) -> dict[str, Any]:
        scale = {"domain": list(STATES), "range": [state[at] for state in STATES.values()]}
        return encoded("role", "nominal", legend=None, scale=scale)

    hint = [{"field": key, "title": title, "type": "nominal"} for key, title in
            (("name", "family"), ("check", "check"), ("role", "finding"))]  # fmt: skip
    layers = [
        layer("rect", {"stroke": "#ffffff", "strokeWidth": 2}, {**place, "color": shade(1), "tooltip": hint}),
        layer("text", {"fontSize": 13}, {**place, "text": encoded("sign", "nominal"), "color": shade(2)}),
    ]
    failed = Counter(cell["check"] for cell in cells if cell["role"] == "fails")
    most = failed.most_common(1)
    title = (
        f"{visible(most[0][0])} fails in {count(most[0][1], 'family', 'families')}, more than any other check"
        if most
        else "No check fails in any family"
    )
    text = "Each row is a family, each column a check of the certificate."
    return Figure(
        name="certificates",
        title=title,
        caption=f"{text} All tests of a family are judged together (Holm, 5 % over a certificate).",
        description=f"{text} Cells say whether the family passes.",
        panels=(Panel({**chart(cells, layers, text, CELL * len(certificates)), **_OWN_COLOURS}),),
        table=Table(_FINDINGS, tuple(_rows(certificates)), "Every finding", "findings", folded=True),
        keys=tuple(Key(sign, INK, name) for name, (sign, _, _) in STATES.items()),
    )


def _rows(certificates: Sequence[Certificate]) -> list[dict[str, Any]]:
    return [
        {
            "family": one.family,
            "check": listed.check.label,
            "state": _state(listed),
            "statistic": listed.finding.statistic,
            "lower": listed.finding.lower,
            "upper": listed.finding.upper,
            "p": listed.finding.p,
            "p_holm": listed.p_holm,
            "text": listed.text,
            "reason": listed.finding.reason,
        }
        for one in certificates
        for listed in one.listed
    ]


def _verdicts(certificates: Sequence[Certificate]) -> Table:
    order = list(VERDICTS)
    rows = [
        {
            "family": one.family,
            "verdict": VERDICTS[one.verdict] + (f": {one.process_metric}" if one.process_metric else ""),
            "because": " ".join(one.because)
            if not one.can_carry or one.process_metric
            else "every check passes",
        }
        for one in sorted(certificates, key=lambda one: (order.index(one.verdict), one.family))
    ]
    return Table(_VERDICTS, tuple(rows), "Verdict of each family", "verdicts")


def _broken(diagnosed: Sequence[Diagnosed]) -> list[Block]:
    """Return what is broken first in each family, and the attempts behind its largest surprises."""
    rows = [
        {
            "family": one.certificate.family,
            "leaf": one.triage.leaf or "nothing found",
            "hits": ", ".join(one.triage.hits[1:]),
            "text": one.triage.text,
        }
        for one in diagnosed
    ]
    read = tuple(row for one in diagnosed for row in _attempts(one))
    tables: list[Block] = [Table(_BROKEN, tuple(rows), "What is broken first", "triage")]
    if read:
        tables.append(Table(_READ, read, "Attempts behind the largest surprises", "surprising", folded=True))
    return tables


def _attempts(one: Diagnosed) -> list[dict[str, Any]]:
    """Return the attempts that the triage links to what surprised most, where the study holds them."""
    figures = next((told.answer.figures for told in one.triage.leaves if told.leaf.name == LINKED), {})
    return [
        {
            "model": found["model"],
            "task": found["task_id"],
            "z": found["z"],
            "instance": attempt.get("instance_id"),
            "run": attempt.get("run_id"),
            "path": attempt.get("path"),
            "text": (attempt.get("text") or "")[:LONGEST],
        }
        for found in figures.get("largest", ())
        for attempt in found["attempts"][:1]
    ]


def _evidence(certificates: Sequence[Certificate]) -> list[Block]:
    """Return the charts of what fails, one family of each check first."""
    failed = [
        (one.family, listed)
        for one in certificates
        for listed in one.listed
        if listed.decides and listed.ok is False and listed.finding.chart is not None
    ]
    seen: Counter[str] = Counter()
    ranked = []
    for family, listed in failed:
        ranked.append((seen[listed.check.name], family, listed))
        seen[listed.check.name] += 1
    first = sorted(ranked, key=lambda item: item[0])[:MOST_CHARTS]
    return [
        figure(f"finding-{number}", listed.finding.chart, family)
        for number, (_, family, listed) in enumerate(first, start=1)
        if listed.finding.chart is not None
    ]


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the verdict on every family, the overview of all checks, and the evidence of what fails."""
    certificates = [one.certificate for one in content.diagnosed]
    if not certificates:
        return ()
    met = {one.verdict for one in certificates}
    meanings = "; ".join(f"{words}: {MEANINGS[name]}" for name, words in VERDICTS.items() if name in met)
    return (
        _lead(certificates),
        Paragraph(f"{meanings[0].upper()}{meanings[1:]}."),
        _verdicts(certificates),
        _overview(certificates),
        *_broken(content.diagnosed),
        *_evidence(certificates),
    )


SECTION = Section(
    name="families",
    title="Which families can carry a law",
    order=12,
    summary="The certificate of every family: verdict, checks, and the evidence of what fails.",
    needs="results of models on a ladder",
    build=build,
)
