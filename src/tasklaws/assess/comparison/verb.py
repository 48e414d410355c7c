"""The verb `compare`: two models on the tasks you care about.

The estimand is the weighted mean of A's score minus B's over the tasks that both tried. Two readings of it
differ in what would be drawn anew: tasks *like these* (families of them), or attempts at *these very* tasks.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.comparison.attempts import LEAST_ATTEMPTS, on_these_tasks
from tasklaws.assess.comparison.choice import choose
from tasklaws.assess.comparison.costs import costs, spent
from tasklaws.assess.comparison.neighbours import beside
from tasklaws.assess.comparison.pairing import arrays, paired
from tasklaws.assess.comparison.power import minimum_detectable
from tasklaws.assess.comparison.readings import LEAST, on_tasks_like_these, sampling
from tasklaws.assess.comparison.result import Comparison
from tasklaws.assess.comparison.rows import difference, family_rows, powers, task_rows
from tasklaws.assess.comparison.sentences import of_ends, of_left_over, of_seeds, text, warnings
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.spec.weights import PER, Per, Weights, read_weights
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.assess.comparison.attempts import Pairs
    from tasklaws.assess.comparison.readings import Sampling
    from tasklaws.infer.arrays import Floats


def compare(
    study: Study | str | Path,
    a: str,
    b: str,
    *,
    weights: str | Path | Weights | None = None,
    per: Per = "family",
    metric: str | None = None,
    elicitation: str | None = None,
    harness: str | None = None,
    level: float = 95.0,
    effect: float | None = None,
) -> Comparison:
    """Return how far model `a` is ahead of model `b` on the tasks that both tried.

    Args:
        study: the study.
        a: a model with results.
        b: another.
        weights: what each family or task counts, or a file that says so.
        per: what counts alike where no weights are given.
        metric: by default as `study.toml` says, or that with most tasks that both tried.
        elicitation: likewise.
        harness: by default as `study.toml` says, or all added together.
        level: of the intervals (percent).
        effect: a further difference whose power is asked, above 0 and at most 1.

    Raises:
        UnknownName: there is no such model, metric, elicitation, harness, family or task.
        BadInput: weights, level or effect are not as they should be, or scores are no shares.
        NoAnswer: the models share no task, or have hardly any attempts.
    """
    opened = study if isinstance(study, Study) else Study(study)
    asked = _weights(weights, per)
    _check(level, effect)
    chosen = choose(opened, a, b, metric=metric, elicitation=elicitation, harness=harness)
    runs = chosen.runs(opened)
    table, share = weighed(paired(chosen, runs, identical=_identical(opened)), asked, _known(opened))
    pairs = arrays(table)
    drawn = sampling(pairs, share, level / 100)
    _refuse_few(pairs, drawn)
    found = difference(on_tasks_like_these(pairs, drawn), drawn.level)
    these = difference(on_these_tasks(pairs, share), drawn.level)
    widest = max(found.se, these.se)
    detectable = minimum_detectable(widest, found.df, drawn.level)
    families = np.bincount(pairs.family, share)
    score_a, score_b = float(share @ pairs.a.mean), float(share @ pairs.b.mean)
    return Comparison(
        a=a,
        b=b,
        metric=chosen.metric,
        elicitations=chosen.elicitations,
        harnesses=chosen.harnesses,
        level=level,
        per="weights" if weights is not None else per,
        over=drawn.over,
        likely=found,
        these=these,
        n_families=len(families),
        effective_families=float(1 / (families**2).sum()),
        score_a=score_a,
        score_b=score_b,
        minimum_detectable=detectable,
        power=powers(replace(found, se=widest), drawn, effect),
        by_family=family_rows(table, pairs, drawn),
        tasks=task_rows(table, share),
        cost=costs(chosen, spent(runs, opened.settings.run.prices or None), table, drawn),
        left_over=chosen.alone,
        unweighted=chosen.tasks - table.height,
        text=text((a, b), found, these, drawn, detectable),
        warnings=(
            *chosen.notes,
            *warnings(drawn.over, found, these, families.tolist()),
            *of_ends(drawn.over, (score_a, score_b), families.tolist()),
            *of_seeds(beside(opened, (a, b))),
            *of_left_over(chosen.alone, chosen.tasks),
        ),
    )


def _weights(weights: str | Path | Weights | None, per: Per) -> Weights:
    if per not in PER:
        raise UnknownName("way to count", per, PER)
    if weights is None:
        return Weights(per=per)
    return weights if isinstance(weights, Weights) else read_weights(Path(weights), per)


def _check(level: float, effect: float | None) -> None:
    if not 50 <= level < 100:  # noqa: PLR2004  percent
        raise BadInput(f"level = {level:g}.", "It is a percentage, from 50 to below 100.", "Ask for 95.")
    if effect is not None and not 0 < effect <= 1:
        raise BadInput(
            f"effect = {effect:g}.", "It is a difference of scores, above 0 and at most 1.", "Ask for 0.05."
        )


def _identical(study: Study) -> bool:
    """Return whether instances of one name may be taken as the same; not where the study says otherwise."""
    said = study.settings.items.identical
    apart = (study.tasks()["identical_items"] == False).any()  # noqa: E712  a column, not a truth value
    return said if said is not None else not apart


def _known(study: Study) -> dict[str, str]:
    """Return every task of the study -> its family, whoever tried it."""
    return dict(study.cells().select("task_id", "task_family").unique().iter_rows())


def weighed(table: pl.DataFrame, asked: Weights, known: dict[str, str]) -> tuple[pl.DataFrame, Floats]:
    """Return the rows that count, and what each counts of the whole.

    Raises:
        UnknownName: a name fits no task of the study.
        BadInput: none of the tasks that both tried counts.
    """
    asked.refuse_unknown(known)
    shares = asked.shares(dict(table.select("task_id", "task_family").iter_rows()))
    column = np.array([shares[task] for task in table["task_id"]])
    kept = column > 0
    return table.filter(kept), column[kept]


def _refuse_few(pairs: Pairs, drawn: Sampling) -> None:
    if drawn.over == "attempts" and pairs.fewest < LEAST_ATTEMPTS:
        raise NoAnswer(
            "too-few-attempts",
            f"one model has {pairs.fewest:.0f} attempts at the tasks that both tried.",
            f"{LEAST_ATTEMPTS} of either are needed, or {LEAST} tasks.",
            "Run more instances, or more tasks.",
        )
