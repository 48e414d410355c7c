"""The stored table of red-line cards on worlds and ladders, and its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.characteristics.red_line_figures import bins, calibration, cards_of, lead_rows, scores
from tests.characteristics.red_line_worlds import DESIGNS

from tasklaws.theory.early_warning import most_skill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "red-lines.json"
GROUPS = {
    "smooth": ("smooth",),
    "smooth and with a rung shock of 0.3": ("smooth", "shock"),
    "rough": ("rough",),
    "with 20 to 50 attempts at a task, but latent steps": ("smooth", "shock", "rough"),
    "with 10 to 20 attempts at a task": ("few",),
}
AGAIN = ("one family, 20 attempts, 6 rungs", "latent step, 0.2 a rung")
"""Designs of which one world is stored as it came, to be drawn again by the test."""

Line = dict[str, Any]


def table(
    lines: Sequence[Line], code: str, verdicts: Mapping[str, Any], real: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is stored."""
    return {
        "code": code,
        "designs": [_design(lines, name) for name in (one.name for one in DESIGNS)],
        "groups": {name: _group(lines, kinds) for name, kinds in GROUPS.items()},
        "verdicts": dict(verdicts),
        "real": dict(real),
        "again": [line for line in lines if line["design"] in AGAIN and line["world"] == 0],
    }


def _design(lines: Sequence[Line], name: str) -> dict[str, Any]:
    own = [line for line in lines if line["design"] == name]
    (design,) = (one for one in DESIGNS if one.name == name)
    cards = cards_of(own)
    return {
        "design": name, "kind": design.kind, "bound": most_skill(design.hazard) if design.hazard else None,
        "worlds": 1 + max(line["world"] for line in own), "lines": len(own),
        "calibration": calibration(cards), "scores": scores(cards),
        "leads": [] if design.task_noise else lead_rows(own),
    }  # fmt: skip


def _group(lines: Sequence[Line], kinds: Sequence[str]) -> dict[str, Any]:
    names = {one.name for one in DESIGNS if one.kind in kinds}
    own = [line for line in lines if line["design"] in names]
    cards = cards_of(own)
    known = [line for line in own if line["truth"]]
    return {
        "calibration": calibration(cards), "scores": scores(cards), "bins": bins(cards),
        "leads": lead_rows(known) if known else [],
    }  # fmt: skip


def stored() -> dict[str, Any]:
    """Return the stored table."""
    told: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return told


def store(told: Mapping[str, Any]) -> None:
    """Write the table and its page."""
    TABLE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    TABLE.with_suffix(".md").write_text(page(told), encoding="utf-8")


HEAD = """# Red-line cards: are they right?

Written by `python -m tests.characteristics.red_lines --store`; do not edit. Cards are made as `tasklaws
redline` makes past cards: each size is forecast from the sizes before it, as long as no size has crossed the
line. Worlds have 6 to 10 rungs over six decades of compute, 1 to 4 families of 3 to 6 tasks, 20 to 50
attempts at each (10 to 20 where few), and lines at scores of 0.1, 0.25, 0.5, 0.75 and 0.9 (latent steps:
0.5). Intervals are of 95 % and over worlds drawn again: cards of one world are not independent. Lead is a
number of rungs.

Derived from the tables below: the law presumes ladders about as rough as real ones. Over two kinds of rough
worlds together its cards are right; in the smoother of them, and more so in smooth worlds, they are too
cautious (a P of 0.15 comes less often, one of 0.88 more often), and in the rougher too sure. With 20 attempts
at a task or fewer, simulated suites cross much less often than cards say; the embedded ladder, which has as
few, crosses more often. One setting does not suit both.

## What it comes to

"""

CALIBRATION = """
## Calibration on simulated worlds

`said` is the sum of P(cross) and `came` the crossings; z is their difference over its standard error over
worlds. Slope and intercept mend the log-odds of what was said: 1 and 0 if it is right, a slope above 1 if
cards are too cautious. Smooth worlds have no noise but that of attempts; rough ones shift the log-odds of
each rung, each family at a rung, and each task at a rung.

| worlds | cards | worlds | said | came | z | slope | intercept |
|---|---:|---:|---:|---:|---:|---:|---:|
"""
BINS = """
The same by what was said. The binomial band holds the share that would come in 95 % of cases if cards were
right and independent; `apart` is the interval of came - said over worlds, where five of either are expected.

| worlds | P(cross) | cards | said | came | binomial band | inside | apart | holds 0 |
|---|---|---:|---:|---:|---|---|---|---|
"""
LATENT = """
## Latent steps: nobody is warned

A latent comes with probability h at each rung. No forecast has a Brier skill above h over "as before"
(formal model, P12). The skill of cards, with its interval:

| h | cards | crossings | skill over "as before" | bound |
|---:|---:|---:|---:|---:|
"""
LEADS = """
## Lead

The oracle knows the law of its world and its shocks' size, and not the noise. `theory` is its mean lead as
`tasklaws.theory.red_lines` states it, over the same lines; `longer` is by how many rungs the alarm of
cards came before the oracle's at the same crossings. False alarms are alarms at rungs that did not cross, per
line; those just before a crossing are among them.

| worlds | alert | crossings | theory | oracle | cards | longer | missed (oracle, cards) | false (same) |
|---|---:|---:|---:|---:|---:|---:|---|---|
"""
REAL = """
## Real ladders

Every family at the same five thresholds. Clusters are sizes (of a lineage), all rungs of which share what
happened to them; with two to six of them the intervals are rough. Written by `--real NAME=STUDY` from studies
that `tasklaws import` (olmo_ladder, pythia_long, gadre) and `tasklaws study` made.

| ladder | sizes | cards | said | came | z | intercept | Brier: cards, last rung | skill over the last rung |
|---|---:|---:|---:|---:|---:|---:|---|---:|
"""


def page(told: Mapping[str, Any]) -> str:
    """Return the page of a stored table."""
    rows = [*told["designs"], *({"design": f"**{name}**", **one} for name, one in told["groups"].items())]
    lawful = [one for one in rows if not one.get("bound")]
    parts = [
        HEAD, *(f"* {line}\n" for line in findings(told)),
        CALIBRATION, *map(_calibration_row, rows),
        BINS, *(_bin_row(name, row) for name, one in told["groups"].items() for row in one["bins"]),
        LATENT, *(_latent_row(row) for row in told["designs"] if row["bound"]),
        LEADS, *(_lead_row(one["design"], row) for one in lawful for row in one["leads"]),
        REAL, *(_real_row(name, one) for name, one in told["real"].items()),
    ]  # fmt: skip
    return "".join(parts)


def findings(told: Mapping[str, Any]) -> list[str]:
    """Return what the tables come to, in words."""
    return [
        *(_group_words(name, one) for name, one in told["groups"].items()),
        *(_latent_words(row) for row in told["designs"] if row["bound"]),
        _verdict_words(told["verdicts"]),
        *(_lead_words(row) for row in told["groups"]["smooth and with a rung shock of 0.3"]["leads"]),
        *(_real_words(name, one) for name, one in told["real"].items()),
    ]


def _group_words(name: str, one: Mapping[str, Any]) -> str:
    own = one["calibration"]
    binned = one["bins"]
    plain = [row["in_binomial"] for row in binned]
    held = [row["in_clustered"] for row in binned if row["in_clustered"] is not None]
    return (
        f"Worlds {name}: {_said(own)}; {sum(plain)} of {len(plain)} bins lie within their binomial band, and "
        f"{sum(held)} of {len(held)} once worlds are the unit. Slope {_interval(own['slope'])}."
    )


def _said(own: Mapping[str, Any]) -> str:
    return (
        f"{own['n']} cards of {own['worlds']} worlds or sizes said {own['said']:.1f} crossings and "
        f"{own['came']} came (z = {own['z']:.1f})"
    )


def _latent_words(row: Mapping[str, Any]) -> str:
    skill = _interval(row["scores"]["skill_as_before"])
    return (
        f"A latent with h = {row['bound']:g}: skill {skill}; no forecast can have more than {row['bound']:g}."
    )


def _verdict_words(verdicts: Mapping[str, Any]) -> str:
    words = [
        f"{'which has come' if state == 'come' else 'which has not come yet'}, certificates say "
        f"{_counted(one['certificate'])} and cards {_counted(one['card'])}"
        for state, one in verdicts.items()
    ]
    return f"Of a latent {'; of one '.join(words)}." if words else "Verdicts were not drawn."


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _lead_words(row: Mapping[str, Any]) -> str:
    return (
        f"Alert {row['alert']:g}, worlds smooth or with a rung shock: who knows the law has a mean lead of "
        f"{row['oracle']:.2f} rungs (theory: {row['expected']:.2f}), cards of {row['lead']:.2f}, which is "
        f"{_interval(row['apart'])} more. Cards miss {row['missed']:.1%} of crossings, the oracle "
        f"{row['missed_oracle']:.1%}; false alarms a line: {row['false']:.2f} and {row['false_oracle']:.2f}."
    )


def _real_words(name: str, one: Mapping[str, Any]) -> str:
    if one["missed"] is None:
        return f"{name}: {_said(one['calibration'])}."
    return (
        f"{name}: {_said(one['calibration'])}; of {one['lines_crossed']} lines crossed the mean lead is "
        f"{one['mean_lead']:.2f}, and {one['missed']:.0%} had no alarm (alert 0.1)."
    )


def _calibration_row(one: Mapping[str, Any]) -> str:
    own = one["calibration"]
    counts = f"| {own['n']} | {own['worlds']} | {own['said']:.1f} | {own['came']} | {own['z']:.1f} |"
    return f"| {one['design']} {counts} {_interval(own['slope'])} | {_interval(own['intercept'])} |\n"


def _bin_row(name: str, row: Mapping[str, Any]) -> str:
    low, high = row["binomial"]
    apart = "" if row["apart"] is None else "{:.3f} to {:.3f}".format(*row["apart"])
    return (
        f"| {name} | {row['low']:g} to {row['high']:g} | {row['n']} | {row['said']:.3f} | {row['came']:.3f} "
        f"| {low:.3f} to {high:.3f} | {_yes(row['in_binomial'])} | {apart} | {_yes(row['in_clustered'])} |\n"
    )


def _latent_row(row: Mapping[str, Any]) -> str:
    own = row["calibration"]
    return (
        f"| {row['bound']:g} | {own['n']} | {own['came']} | {_interval(row['scores']['skill_as_before'])} "
        f"| {row['bound']:g} |\n"
    )


def _lead_row(name: str, row: Mapping[str, Any]) -> str:
    return (
        f"| {name} | {row['alert']:g} | {row['crossed']} | {row['expected']:.2f} | {row['oracle']:.2f} "
        f"| {row['lead']:.2f} | {_interval(row['apart'])} | {row['missed_oracle']:.3f}, {row['missed']:.3f} "
        f"| {row['false_oracle']:.2f}, {row['false']:.2f} |\n"
    )


def _real_row(name: str, one: Mapping[str, Any]) -> str:
    own, told = one["calibration"], one["scores"]
    return (
        f"| {name} | {one['blocks']} | {own['n']} | {own['said']:.1f} | {own['came']} | {own['z']:.1f} "
        f"| {_interval(own['intercept'])} | {told['brier']:.4f}, {told['brier_persistence']:.4f} "
        f"| {_interval(told['skill_persistence'])} |\n"
    )


def _interval(values: Sequence[float] | None) -> str:
    return "" if values is None else "{:.2f} ({:.2f} to {:.2f})".format(*values)


def _yes(answer: bool | None) -> str:
    return "" if answer is None else "yes" if answer else "no"
