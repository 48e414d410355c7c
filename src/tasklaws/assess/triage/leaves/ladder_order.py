"""The order of the ladder: a larger model that is not better, or one that has seen the instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.stats import t as student

from tasklaws.assess.many_tests import holm
from tasklaws.assess.triage.leaf import LEVEL, Answer, Leaf, untested

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence, Suite

FRESH = "fresh"
"""Column of runs: true of an instance that was made after the model was trained."""
LEAST_RISE = 0.05
"""Of held-out loss between two sizes, as a share of its range: less is no order."""
SURE = 3.0
"""Standard errors between seeds that a rise has to exceed as well."""
LEAST_DROP = 0.05
"""Of the score on fresh instances."""


def look(evidence: Evidence, certificate: Certificate) -> Answer:  # noqa: ARG001
    """Return whether held-out loss rises along the ladder, or scores drop on fresh instances."""
    loss, fresh = losses(evidence.suite), drops(evidence)
    figures = {"rises": loss, "fresh": fresh}
    seen = [one for one in fresh or () if one["drop"] >= LEAST_DROP and one["p_holm"] <= LEVEL]
    said = [
        f"Held-out loss rises from {one['below']} to {one['above']} ({one['from']:.3g} to {one['to']:.3g})."
        for one in loss or ()
    ]
    said += [
        f"{one['model']} scores {100 * one['drop']:.0f} points less on fresh instances "
        f"(p = {one['p_holm']:.2g})."
        for one in seen
    ]
    if said:
        return Answer(hit=True, text=" ".join(said), figures=figures)
    if loss is None and fresh is None:
        return untested(
            "held-out losses of the models, or instances marked as fresh",
            "Neither held-out losses nor scores on fresh instances are known.",
        )
    known = [what for what, found in (("held-out loss falls along the ladder", loss),
                                      ("no model scores clearly less on fresh instances", fresh))
             if found is not None]  # fmt: skip
    text = " and ".join(known)
    return Answer(hit=False, text=f"{text[0].upper()}{text[1:]}.", figures=figures)


def losses(suite: Suite) -> list[dict[str, Any]] | None:
    """Return where the held-out loss rises from one size to the next; None where it is not known.

    Of models on several corpora those on the commonest count.
    """
    rungs = [
        (size, rung.loss_nats, rung.loss_corpus)
        for size, rung in zip(suite.sizes, suite.rungs, strict=True)
        if rung.loss_nats is not None
    ]
    corpora = [corpus for *_, corpus in rungs]
    common = max(sorted({*corpora}, key=str), key=corpora.count) if corpora else None
    by_size: dict[str, list[float]] = {}
    for size, loss, corpus in rungs:
        if corpus == common:
            by_size.setdefault(size, []).append(loss)
    return _rises(by_size) if len(by_size) > 1 else None


def _rises(by_size: dict[str, list[float]]) -> list[dict[str, Any]]:
    names, values = list(by_size), list(by_size.values())
    means = np.array([np.mean(one) for one in values])
    free = sum(len(one) - 1 for one in values)
    sd = np.sqrt(sum(float(np.var(one)) * len(one) for one in values) / free) if free else 0.0
    made = []
    for i in range(1, len(names)):
        error = sd * np.sqrt(1 / len(values[i - 1]) + 1 / len(values[i]))
        if means[i] - means[i - 1] > max(LEAST_RISE * float(np.ptp(means)), SURE * float(error)):
            made.append({"below": names[i - 1], "above": names[i], "from": float(means[i - 1]),
                         "to": float(means[i])})  # fmt: skip
    return made


def drops(evidence: Evidence) -> list[dict[str, Any]] | None:
    """Return by how much each model scores less on fresh instances; None where none are marked.

    Compared within tasks, with instances and not attempts as what varies.
    """
    runs = evidence.attempts
    if FRESH not in runs.columns or runs[FRESH].null_count() == runs.height:
        return None
    means = (
        runs.filter(pl.col("score").is_not_null() & pl.col(FRESH).is_not_null())
        .group_by("model", "task_id", FRESH, "instance_id")
        .agg(pl.col("score").mean())
        .group_by("model", "task_id", FRESH)
        .agg(
            pl.len().alias("n"),
            pl.col("score").mean().alias("mean"),
            pl.col("score").var(ddof=0).alias("var"),
        )
        .sort("model", "task_id", FRESH)
    )
    made: list[dict[str, Any]] = [
        {"model": model, **found}
        for model in evidence.suite.models
        if (found := _drop(means.filter(pl.col("model") == model))) is not None
    ]
    for one, p in zip(made, holm([one["p"] for one in made]), strict=True):
        one["p_holm"] = p
    return made or None


def _drop(means: pl.DataFrame) -> dict[str, float] | None:
    """Return the mean drop over tasks with both kinds of instances, and its one-sided p."""
    old, new = (means.filter(pl.col(FRESH) == kind) for kind in (False, True))
    both = old.join(new, on="task_id", suffix="_new")
    free = int((both["n"] + both["n_new"] - 2).sum()) if both.height else 0
    if free < 1:
        return None
    n, n_new = both["n"].to_numpy(), both["n_new"].to_numpy()
    pooled = float(both["var"].to_numpy() @ n + both["var_new"].to_numpy() @ n_new) / free
    drop = float((both["mean"] - both["mean_new"]).mean())  # type: ignore[arg-type]
    error = float(np.sqrt(pooled * (1 / n + 1 / n_new).sum())) / both.height
    p = float(student.sf(drop / error, free)) if error > 0 else float(drop <= 0)
    return {"drop": drop, "error": error, "p": p, "tasks": both.height}


LEAF = Leaf(
    "ladder_order",
    4,
    "is a model not where the ladder puts it, by its held-out loss or by having seen the instances?",
    source="formal model, F8",
    status="emerging",
    look=look,
)
