"""Made-up certificates for reports; no figure here is a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.characteristics.design import drawn_suite

from tasklaws.assess.certificate import judged
from tasklaws.assess.check import Chart, Check, Column, Finding, does_not_apply, unknown
from tasklaws.assess.diagnosis import Diagnosed
from tasklaws.assess.triage.route import triage


def _chart(title: str, name: str) -> Chart:
    rows = tuple(
        {"x": 18.0 + i, "y": i / 4, "lower": max(0.0, i / 4 - 0.1), "upper": i / 4 + 0.1, "kind": name}
        for i in range(4)
    )
    return Chart(
        title,
        f"Scores of {name}.",
        rows,
        Column("x", "compute, decades"),
        Column("y", "score", share=True),
        "lines",
        Column("kind", "kind"),
        ("lower", "upper"),
        0.5,
    )


def diagnosed(name: str = "add") -> tuple[Diagnosed, ...]:
    """Return what was found of a family that is broken, one that is not told, and one that is sound."""
    evidence = drawn_suite(np.full((3, 4), 0.5), 8, np.random.default_rng(0)).evidence("family")
    passes = Finding(ok=True, text="It climbs.", statistic=0.4, p=0.6)
    jumps = Finding(
        ok=False, text=f"{name} jumps.", statistic=0.9, p=0.001, chart=_chart(f"{name} jumps", name)
    )
    untold = unknown(f"two more rungs of {name}", "It is not told.")
    by_family = {
        name: (jumps, passes),
        "sort": (untold, jumps),
        "copy": (passes, does_not_apply("no people")),
    }
    checks = [
        Check(file, number, letter, "", "", "emerging", lambda *_: passes)
        for file, number, letter in (("step", "D14", "C9"), ("human_time", "D5", "C5"))
    ]
    return tuple(
        Diagnosed(certificate, triage(replace(evidence, family=certificate.family), certificate), None)
        for certificate in (
            judged(replace(evidence, family=family), checks, findings)
            for family, findings in by_family.items()
        )
    )
