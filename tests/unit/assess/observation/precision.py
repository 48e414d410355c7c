"""How well each flag agrees with the labels of the fixtures: run it to print the table.

The fixtures were written before the rules: one half to tune them on, the other held out. Both halves and the
rules have the same author, who knew what was held out, and rules that were narrowed on ordinary text were
looked at again on it: take the figures as the most that can be hoped for. Sentences that were not written for
this, found in public repositories by the words of refusals, gave `refused` a precision of 14 of 18 (0.55 to
0.91) and a recall of 14 of 16 (0.64 to 0.97), before anything was done about them: inability for want of
means, told in the first person, looks like refusal to it.

    python -m tests.unit.assess.observation.precision
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasklaws.assess.observation.flag import FLAGS
from tasklaws.assess.observation.others import Others, others
from tasklaws.assess.observation.transcripts import Transcript, from_lines

FIXTURES = Path(__file__).with_name("fixtures")
STATED = ("outcome", "stop", "path", "tokens")


@dataclass(frozen=True)
class Agreement:
    right: int
    """Flagged, and labelled so."""
    flagged: int
    labelled: int
    missed: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def precision(self) -> float:
        return self.right / max(self.flagged, 1)

    @property
    def recall(self) -> float:
        return self.right / self.labelled


def cases(flag: str, half: str) -> list[dict[str, Any]]:
    found = json.loads((FIXTURES / f"{flag}.json").read_text(encoding="utf-8"))
    return [one for one in found if one["half"] == half]


def attempt_of(case: dict[str, Any]) -> tuple[Transcript, Others]:
    """Return the attempt of a case, and the others around it."""
    facts = {name: case[name] for name in STATED if name in case}
    tools = tuple(case["tools"]) if "tools" in case else None
    attempt = from_lines(case.get("lines", ()), tools=tools, **facts)
    around = [attempt, *(from_lines((), tokens=n) for n in case.get("peers", ()))]
    around += [from_lines((), path=p) for p, n in case.get("usual", {}).items() for _ in range(n)]
    around += [from_lines((), path=p, model="b") for p, n in case.get("before", {}).items() for _ in range(n)]
    return attempt, others(around, {"m": ("b",)})


def agreement(flag: str, half: str) -> Agreement:
    count: Counter[tuple[bool, bool]] = Counter()
    missed, false = [], []
    for case in cases(flag, half):
        raised = FLAGS[flag].look(*attempt_of(case)) is not None
        count[raised, case["label"]] += 1
        if raised != case["label"]:
            (false if raised else missed).append(case["note"])
    right = count[True, True]
    return Agreement(
        right, right + count[True, False], right + count[False, True], tuple(missed), tuple(false)
    )


def wilson(k: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % interval of Wilson (1927)."""
    if n == 0:
        return 0.0, 1.0
    p, spread = k / n, z * z / n
    middle, half = p + spread / 2, z * (p * (1 - p) / n + spread / (4 * n)) ** 0.5
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


def table(half: str) -> list[str]:
    lines = [f"{half}: precision and recall with 95 % intervals"]
    for flag in sorted(FLAGS):
        one = agreement(flag, half)
        low, high = wilson(one.right, one.flagged)
        least, most = wilson(one.right, one.labelled)
        lines.append(
            f"{flag:20} {one.precision:.2f} ({low:.2f} to {high:.2f}) of {one.flagged:2}   "
            f"{one.recall:.2f} ({least:.2f} to {most:.2f}) of {one.labelled:2}"
        )
        lines += [f"    missed: {note}" for note in one.missed] + [f"    false: {note}" for note in one.false]
    return lines


if __name__ == "__main__":
    for half in ("tuned", "held_out"):
        print("\n".join(table(half)), end="\n\n")  # noqa: T201
