"""What weights tell of one model beyond its answers: tuning on its own right samples, and linear probes.

Tuning by rejection sampling is an elicitation whose effort is the number of samples drawn. Families are
chosen by what the model does on questions to train on, never by the questions that score it.
"""

from __future__ import annotations

from dataclasses import asdict
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import held_out, kept_aside
from tasklaws.ladder.finetune import finetuned, rejection_sampled
from tasklaws.ladder.generate import Writer
from tasklaws.ladder.probe import LEVEL, first_letter, probed, running_state
from tasklaws.run.local import LocalSolver
from tasklaws.run.local_questions import fits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tasklaws.ladder.corpus import Ingredient
    from tasklaws.ladder.preset import Preset
    from tasklaws.spec.family import Instance

    Bools = NDArray[np.bool_]

DRAWN = 40
"""Questions of each size that are drawn to sample on, before those kept aside are left out."""
PILOT = 10
"""Those of them that the choice of families rests on."""
FAMILIES_TUNED = 3
GRADED = (0.1, 0.9)
"""Pilot scores between which a family is neither failed nor mastered."""
SAMPLES, STEPS, RATE = 4, 30, 1e-3
"""Samples of each question; how a model is tuned on those that are right."""
DRAW_SEED, PROBE_SEED = 2, 3
"""Seeds of the questions to sample on and to probe with: those of the study have 0 and 1."""
PROBES = (("running state", "work_in_order", 3, running_state), ("first letter", "sha_of", 6, first_letter))
"""Property, family and size of the prompts, and what is to be read."""
PROMPTS = 600
"""Prompts of a probe, all kept aside; a quarter scores."""
END_OF_PROMPT = 0
"""Where probes look: what a model has gathered when it begins to answer."""


def looked_into(
    writer: Writer, preset: Preset, asked: Sequence[Instance], told: Callable[[str], None]
) -> dict[str, list[dict[str, Any]]]:
    """Return what tuning adds to a model (`tuning`), and what probes read off it (`probes`).

    Args:
        writer: the model.
        preset: what it was trained on.
        asked: the questions that score it.
        told: hears of each step.
    """
    probes = _probes(writer, preset)
    told("probes")
    solver, tuning = LocalSolver(writer), []
    for part in graded(solver, preset.mix):
        row = _tuned(writer, solver, part, [one for one in asked if one.family == part.family])
        tuning += [row] if row else []
        told(part.family)
    return {"tuning": tuning, "probes": probes}


def _probes(writer: Writer, preset: Preset) -> list[dict[str, Any]]:
    taught = {part.family for part in preset.mix}
    return [
        {"property": name, "family": family, "size": size, **_read(writer, family, size, label)}
        for name, family, size, label in PROBES
        if family in taught
    ]


def _read(writer: Writer, family: str, size: int, label: Callable[[Instance], str]) -> dict[str, Any]:
    prompts = held_out(FAMILIES[family], size, PROMPTS, PROBE_SEED)
    return asdict(probed(writer.size, writer.params, prompts, label, at=END_OF_PROMPT))


def fresh(part: Ingredient, n: int) -> list[Instance]:
    """Return different questions that may be trained on, of up to `n` draws of each size."""
    family = FAMILIES[part.family]
    drawn = (family.instance(size, index, DRAW_SEED) for size in part.tasks for index in range(n))
    found = {family.compact(one): one for one in drawn}
    return [one for prompt, one in found.items() if not kept_aside(prompt)]


def graded(solver: LocalSolver, mix: Sequence[Ingredient]) -> list[Ingredient]:
    """Return the families that a model neither fails nor masters, those nearest to one half first.

    Families whose prompts are meant to be seen are left out: they could be tuned on the questions themselves.
    """
    parts = [part for part in mix if not part.seen]
    asked = [one for part in parts for one in fresh(part, PILOT)]
    right, family = _right(solver, asked), np.array([one.family for one in asked])
    scores = {part.family: float(right[family == part.family].mean()) for part in parts}
    between = [part for part in parts if GRADED[0] <= scores[part.family] <= GRADED[1]]
    return sorted(between, key=lambda part: abs(scores[part.family] - 0.5))[:FAMILIES_TUNED]


def _right(solver: LocalSolver, asked: Sequence[Instance]) -> Bools:
    """Return which questions the most likely answer is right on."""
    found = solver.attempts(asked, 0.0, np.random.default_rng(0))
    return np.array([solver.right(one, got) for one, got in zip(asked, found, strict=True)])


def _tuned(
    writer: Writer, solver: LocalSolver, part: Ingredient, asked: Sequence[Instance]
) -> dict[str, Any] | None:
    """Return the score before and after tuning on right samples; None where no sample was right."""
    shown, rng = fresh(part, DRAWN), np.random.default_rng(DRAW_SEED)
    right = rejection_sampled(solver, FAMILIES[part.family], shown, rng, n=SAMPLES)
    # An answer that ran out of places has none left for its end: it can be right, but not be learnt from.
    texts = [text for text in right if fits(*text)]
    if not texts:
        return None
    params = finetuned(writer.size, writer.params, texts, STEPS, rate=RATE)
    before, after = _right(solver, asked), _right(LocalSolver(Writer(writer.size, params)), asked)
    lower, upper = gain(before, after)
    return {
        "family": part.family,
        "n": len(asked),
        "before": float(before.mean()),
        "after": float(after.mean()),
        "difference": float(after.mean() - before.mean()),
        "lower": lower,
        "upper": upper,
        "right": len(texts),
        "samples": SAMPLES * len(shown),
    }


def gain(before: Bools, after: Bools) -> tuple[float, float]:
    """Return the 90 % interval of the gain on the same questions; it has a width even where none changed.

    Source:
        Agresti and Min (2005), Simple improved confidence intervals for comparing matched proportions: half
        a question is added to each of the four outcomes of a pair.
    """
    n = before.size + 2
    won, lost = ((after & ~before).sum() + 0.5) / n, ((before & ~after).sum() + 0.5) / n
    half = float(norm.ppf((1 + LEVEL) / 2)) * sqrt((won + lost - (won - lost) ** 2) / n)
    return float(won - lost - half), float(won - lost + half)
