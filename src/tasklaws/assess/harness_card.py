"""The harness card: under what limits and with what scaffold attempts were made, and how often they mattered.

What a harness allowed is part of what was measured. The card puts together what runs, the headers of logs and
`study.toml` say; what none of them says is null, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.budget.attempts import amount
from tasklaws.core.proportions import jeffreys
from tasklaws.importers._inspect_files import under
from tasklaws.study.attempts import DEFAULT
from tasklaws.study.marks import ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasklaws.spec.harness import Harness

LEVEL = 0.9
NAMED = re.compile(r"(\w+_limit)=([0-9.eE+-]+)s?")
"""A limit within a `harness_id` that spells its limits out."""
SPELT = ("time_limit", "working_limit", "token_limit", "message_limit", "cost_limit")
"""Limits that the importer of logs spells out in a `harness_id`, in its order."""
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Share:
    """A share of attempts, with its 90 % interval (Jeffreys)."""

    count: int
    of: int
    share: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ModelUnder:
    """One model under a harness: how its attempts ended, and what they used."""

    model: str
    attempts: int
    ended: dict[str, Share]
    """Outcome other than `submitted` -> share of attempts."""
    unsupported: Share | None
    """Attempts whose call used what the tool does not support, of those with a call; None without calls."""
    tokens: dict[str, float] | None
    """Quantiles 0.1, 0.5 and 0.9."""
    seconds: dict[str, float] | None


@dataclass(frozen=True)
class HarnessCard:
    """One harness: what it allowed, and how its attempts went."""

    harness_id: str
    attempts: int
    limits: dict[str, float] | None
    """Name -> limit; empty where there is none, None where nothing says."""
    tools: tuple[str, ...] | None = None
    scaffold: str | None = None
    sandbox: str | None = None
    elicitations: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    models: tuple[ModelUnder, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the card as JSON values."""
        return asdict(self)


def harness_cards(
    runs: pl.DataFrame, logs: Sequence[Mapping[str, Any]] = (), stated: Mapping[str, Harness] | None = None
) -> tuple[HarnessCard, ...]:
    """Return the card of every harness of `runs`.

    Args:
        runs: of the schema ``runs``; an attempt counts once, whatever its metrics.
        logs: headers of logs of Inspect.
        stated: name -> harness, as `study.toml` says.
    """
    named = runs.with_columns(pl.col("harness_id", "elicitation").fill_null(DEFAULT))
    attempts = named.unique(ATTEMPT, keep="first", maintain_order=True)
    told: dict[str, dict[str, Any]] = {}
    for found in map(_of_log, logs):
        told[found["harness_id"]] = _both(told.get(found["harness_id"]), found)
    known = {one.harness_id: one for one in (stated or {}).values()} | dict(stated or {})
    return tuple(
        _card(str(name), part, told.get(str(name)), known.get(str(name)))
        for (name,), part in attempts.sort("harness_id", "model").group_by("harness_id", maintain_order=True)
    )


def _card(
    name: str, part: pl.DataFrame, log: Mapping[str, Any] | None, stated: Harness | None
) -> HarnessCard:
    spelt = {limit: float(value) for limit, value in NAMED.findall(name)} or None
    own = stated.limits() if stated else None
    said = log or {}
    tools = said.get("tools") or (stated.tools if stated else None)
    return HarnessCard(
        harness_id=name,
        attempts=part.height,
        limits=next((found for found in (own, said.get("limits"), spelt) if found is not None), None),
        tools=tuple(tools) if tools is not None else None,
        scaffold=stated.scaffold if stated else said.get("scaffold"),
        sandbox=said.get("sandbox"),
        elicitations=tuple(part["elicitation"].unique().sort()),
        versions=said.get("versions", {}),
        models=tuple(
            _model(str(model), own) for (model,), own in part.group_by("model", maintain_order=True)
        ),
    )


def _model(model: str, part: pl.DataFrame) -> ModelUnder:
    outcomes = part["outcome"].fill_null("submitted")
    ends = outcomes.filter(outcomes != "submitted").unique().sort()
    calls = (
        part["tool_outcome"].drop_nulls()
        if "tool_outcome" in part.columns
        else pl.Series([], dtype=pl.String)
    )
    return ModelUnder(
        model,
        part.height,
        {end: share(int((outcomes == end).sum()), part.height) for end in ends},
        share(int((calls == "unsupported").sum()), calls.len()) if calls.len() else None,
        _quantiles(amount(part, "tokens")),
        _quantiles(amount(part, "seconds")),
    )


def share(count: int, of: int) -> Share:
    """Return a share with its interval; 0 and 1 belong to it where all or none were so."""
    return Share(count, of, count / of, *jeffreys(count, of, LEVEL))


def _quantiles(values: pl.Series) -> dict[str, float] | None:
    known = values.drop_nulls()
    if not known.len():
        return None
    return {f"{level:g}": float(known.quantile(level, "nearest") or 0.0) for level in QUANTILES}


def _both(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """Return what two logs of one harness say; texts that differ stand beside each other."""
    if one is None:
        return other
    texts = {name: _beside(one[name], other[name]) for name in ("scaffold", "sandbox")}
    named = {**one["versions"], **other["versions"]}
    versions = {name: _beside(one["versions"].get(name), other["versions"].get(name)) for name in named}
    return {**other, **{name: one[name] or other[name] for name in ("limits", "tools")}, **texts,
            "versions": versions}  # fmt: skip


def _beside(one: str | None, other: str | None) -> str | None:
    told = [*(one.split("; ") if one else []), *(other.split("; ") if other else [])]
    return "; ".join(dict.fromkeys(told)) or None


def _of_log(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the header of a log says of its harness; what our own tasks say goes first."""
    said = under(header, "eval")
    config, ours = under(said, "config"), under(under(said, "metadata"), "tasklaws")
    bounds = {n: v for n, v in config.items() if n.endswith("_limit") and isinstance(v, int | float)}
    own = under(ours, "harness")
    if own:
        bounds = {n: v for n, v in own.items() if n.endswith("_limit") and isinstance(v, int | float)}
    spelt = ",".join(f"{name}={config[name]}" for name in SPELT if name in bounds)
    steps = [str(step.get("solver")) for step in _steps(header)]
    return {
        "harness_id": str(ours.get("harness_id") or spelt or DEFAULT),
        "limits": {name: float(value) for name, value in bounds.items()},
        "tools": own.get("tools"),
        "scaffold": own.get("scaffold") or ", ".join(steps) or None,
        "sandbox": _sandbox(said.get("sandbox")),
        "versions": dict(_versions(said, ours)),
    }


def _versions(said: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((str(name), str(version)) for name, version in under(said, "packages").items())
    if ours.get("tasklaws_version"):
        yield "tasklaws", str(ours["tasklaws_version"])


def _steps(header: Mapping[str, Any]) -> list[dict[str, Any]]:
    steps = under(header, "plan").get("steps")
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _sandbox(found: object) -> str | None:
    if isinstance(found, dict):
        return str(found["type"]) if "type" in found else None
    if isinstance(found, list):
        return str(found[0]) if found else None
    return found if isinstance(found, str) else None
