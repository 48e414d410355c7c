"""What a ladder is refused for, and what it is warned about."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from tasklaws.core.display import confusable_names, shown, strange_names
from tasklaws.core.errors import BadLadder
from tasklaws.core.tables import MAX_NAME
from tasklaws.spec.ladder import LOSSES, Ladder, Rung

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST_JUMP = 1e6
"""Ratio of parameters within a lineage beyond which a missing unit is likelier than a real ladder."""

_MIXTURE = re.compile(r"\d+x\d+(\.\d+)?b|(^|[^a-z])moe([^a-z]|$)|mixtral", re.IGNORECASE)


def refuse(rungs: Sequence[Rung], source: str) -> None:
    """Raise unless the rungs can be named, told apart and measured in one unit.

    Raises:
        BadLadder: a name is empty or too long, a covariate is not positive, two rungs of one name
            or of one identity differ, or losses of a lineage cannot be compared.
    """
    for rung in rungs:
        _refuse_name(rung, source)
        _refuse_values(rung, source)
    _refuse_doubles(rungs, source)
    for lineage, members in _by_lineage(rungs).items():
        _refuse_mixed_units(lineage, members, source)


def _by_lineage(rungs: Iterable[Rung]) -> dict[str, list[Rung]]:
    groups: dict[str, list[Rung]] = defaultdict(list)
    for rung in rungs:
        groups[rung.lineage].append(rung)
    return groups


def _refuse_name(rung: Rung, source: str) -> None:
    for what, name in (("model", rung.model), ("lineage", rung.lineage)):
        if not name.strip() or len(name) > MAX_NAME:
            raise BadLadder(
                f"{source}: the {what} name {shown(name, 40)!r} has {len(name)} characters.",
                f"Names have 1 to {MAX_NAME} characters.",
                "Shorten it.",
            )


def _refuse_values(rung: Rung, source: str) -> None:
    for name in ("n_params", "n_tokens", "flops", *LOSSES):
        value = getattr(rung, name)
        if value is not None and value <= 0:
            raise BadLadder(
                f"{source}: model {shown(rung.model)!r} has {name} = {value:g}.",
                f"{name} must be above zero.",
                "Correct it, or leave the key out where it is not known.",
            )


def _refuse_doubles(rungs: Sequence[Rung], source: str) -> None:
    names: dict[str, Rung] = {}
    places: dict[tuple[object, ...], Rung] = {}
    for rung in rungs:
        if rung.model in names and names[rung.model] != rung:
            _two_of_one_name(names[rung.model], rung, source)
        twin = places.get(rung.identity)
        if twin and twin.model != rung.model and rung.n_params is not None:
            raise BadLadder(
                f"{source}: models {shown(twin.model)!r} and {shown(rung.model)!r} have the same lineage, "
                f"size, tokens, seed, replicate and step ({rung.n_params:g} parameters).",
                "Rungs must be told apart.",
                "Give each a seed or a replicate, or put them in different lineages.",
            )
        names[rung.model] = places[rung.identity] = rung


def _two_of_one_name(first: Rung, second: Rung, source: str) -> None:
    fields = [name for name in Rung.__dataclass_fields__ if getattr(first, name) != getattr(second, name)]
    differing = ", ".join(f"{name} {getattr(first, name)} and {getattr(second, name)}" for name in fields)
    raise BadLadder(
        f"{source}: two models are called {shown(first.model)!r}, with {differing}.",
        "A name stands for one model.",
        "Rename one of them, or correct its covariates.",
    )


def _refuse_mixed_units(lineage: str, members: Sequence[Rung], source: str) -> None:
    measured = [rung for rung in members if rung.loss_nats is not None or rung.bits_per_byte is not None]
    if all(rung.bits_per_byte is not None for rung in measured):
        return
    in_bits_only = [rung for rung in measured if rung.loss_nats is None]
    if in_bits_only:
        in_nats = next(rung for rung in measured if rung.bits_per_byte is None)
        raise BadLadder(
            f"{source}: lineage {shown(lineage)!r} mixes units: {shown(in_bits_only[0].model)!r} has a loss "
            f"in bits per byte, {shown(in_nats.model)!r} in nats.",
            "The losses of one lineage need one unit.",
            "Convert them, or give bits_per_byte for every model.",
        )
    corpora = sorted({rung.loss_corpus or "(not stated)" for rung in measured})
    if len(corpora) > 1:
        raise BadLadder(
            f"{source}: the losses of lineage {shown(lineage)!r} were measured on different corpora: "
            f"{', '.join(shown(corpus) for corpus in corpora)}.",
            "Nats per token compare only on one corpus and tokeniser.",
            "Measure all on one corpus, or give bits_per_byte for every model.",
        )


def warn(ladder: Ladder) -> tuple[str, ...]:
    """Return what a reader of `ladder` should know: ties, disorder, likely slips of unit, odd names."""
    found = [
        *_warn_losses_missing(ladder),
        *_warn_flops(ladder),
        *_warn_names(ladder),
        *_warn_mixtures(ladder),
    ]
    for lineage in ladder.lineages():
        found += [
            *_warn_ties(ladder, lineage),
            *_warn_disorder(ladder, lineage),
            *_warn_jump(ladder, lineage),
        ]
    return tuple(found)


def _warn_losses_missing(ladder: Ladder) -> list[str]:
    missing = all(rung.loss_nats is None and rung.bits_per_byte is None for rung in ladder)
    return ["no model has a held-out loss: the loss axis cannot be used"] if missing and len(ladder) else []


def _warn_flops(ladder: Ladder) -> list[str]:
    n = sum(rung.flops_source == "6ND" for rung in ladder)
    return (
        [f"compute of {n} of {len(ladder)} models is not stated and taken as 6 x parameters x tokens"]
        if n
        else []
    )


def _warn_names(ladder: Ladder) -> list[str]:
    odd = [
        f"model name holds invisible or steering characters: {shown(name)}"
        for name in strange_names(ladder.models())
    ]
    alike = [" and ".join(map(shown, group)) for group in confusable_names(ladder.models())]
    return odd + [f"model names read alike: {group}" for group in alike]


def _warn_mixtures(ladder: Ladder) -> list[str]:
    names = [
        rung.model
        for rung in ladder
        if rung.n_params and not rung.params_kind and _MIXTURE.search(rung.model)
    ]
    return [
        f"{shown(name)} looks like a mixture of experts: state params_kind (total or active)"
        for name in names
    ]


def _warn_ties(ladder: Ladder, lineage: str) -> list[str]:
    axis = ladder.axis_of(lineage)
    tied = [
        f"{shown(first.model)} and {shown(second.model)}"
        for first, second in pairwise(ladder.of(lineage))
        if first.height(axis) is not None and first.height(axis) == second.height(axis)
    ]
    return [f"lineage {shown(lineage)}: {len(tied)} ties on {axis}, such as {tied[0]}"] if tied else []


def _warn_disorder(ladder: Ladder, lineage: str) -> list[str]:
    axis = ladder.axis_of(lineage)
    found = []
    for loss in LOSSES:
        rungs = [r for r in ladder.of(lineage) if r.height(loss) is not None and r.height(axis) is not None]
        rising = [
            f"{shown(first.model)} to {shown(second.model)}"
            for first, second in pairwise(rungs)
            if (first.height(axis) or 0) < (second.height(axis) or 0)
            and (first.height(loss) or 0) >= (second.height(loss) or 0)
        ]
        if rising and axis not in LOSSES:
            found.append(
                f"lineage {shown(lineage)}: {loss} does not fall with {axis} {len(rising)} times, "
                f"such as {rising[0]}"
            )
    return found


def _warn_jump(ladder: Ladder, lineage: str) -> list[str]:
    sizes = sorted((rung.n_params, rung.model) for rung in ladder.of(lineage) if rung.n_params)
    return [
        f"lineage {shown(lineage)}: n_params jumps from {small:g} ({shown(first)}) "
        f"to {large:g} ({shown(second)}); is a unit missing?"
        for (small, first), (large, second) in pairwise(sizes)
        if large / small > LARGEST_JUMP
    ]
