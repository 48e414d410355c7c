"""The part `[run]` of `study.toml`: which models are run on what, and how much that may cost."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, NoReturn

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Mapping

EXECUTORS = ("local", "inspect")
RENDERINGS = ("auto", "english", "compact")


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens."""

    input: float
    output: float


@dataclass(frozen=True)
class RunSettings:
    """What `[run]` says; None where it leaves the choice to the study."""

    executor: str | None = None
    """``local`` or ``inspect``; None for ``inspect``."""
    items: int | None = None
    """Instances of each size; None for 20, or for all held-out questions of an embedded ladder."""
    epochs: int = 1
    """Attempts at each instance."""
    rendering: str = "auto"
    elicitations: tuple[str, ...] = ("greedy",)
    """A bare name stands for all its efforts."""
    models: tuple[str, ...] | None = None
    """Rungs, or Inspect names of models without a rung; None for every rung of the ladder."""
    cost_limit: float | None = None
    """Dollars for all that one run asks."""
    token_budget: int | None = None
    """Tokens, read and written, for all that one run asks."""
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Family -> sizes; empty for the mix of an embedded ladder."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Rung -> name of the model in Inspect, where they differ."""
    model_args: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rung or model name -> arguments of its provider."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """Rung or model name -> its prices."""
    harness: Mapping[str, Harness] = field(default_factory=dict)
    """Name -> limits; empty for one without limits."""


KEYS = tuple(one.name for one in fields(RunSettings))
_LIMITS = ("name", *(one.name for one in fields(Harness)))


def read_run(table: object, source: str) -> RunSettings:
    """Return what the table `[run]` says.

    Raises:
        BadInput: a key is unknown or of the wrong type; the nearest key is named.
    """
    if not isinstance(table, dict):
        _refuse("run", table, "a table [run]", source)
    known(table, KEYS, "run", source)
    return RunSettings(**{key: _READ[key](value, f"run.{key}", source) for key, value in table.items()})


def known(table: Mapping[str, Any], keys: tuple[str, ...], place: str, source: str) -> None:
    """Raise for a key of `table` that is not among `keys`; the nearest is named."""
    for key in table:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f"Did you mean {f'{place}.{near[0]}'!r}?" if near else f"There are: {', '.join(keys)}."
            raise BadInput(
                f"{source}: there is no key called {shown(f'{place}.{key}')!r}.",
                hint,
                "Correct it, or leave it out.",
            )


def _refuse(key: str, value: object, need: str, source: str) -> NoReturn:
    raise BadInput(f"{source}: {key} = {shown(repr(value))}.", f"It must be {need}.", "Correct it.")


def _one_of(*words: str) -> Any:  # noqa: ANN401
    def read(value: object, key: str, source: str) -> str:
        if not isinstance(value, str) or value not in words:
            _refuse(key, value, f"one of {', '.join(words)}", source)
        return value

    return read


def _count(value: object, key: str, source: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        _refuse(key, value, "a whole number, 1 or more", source)
    return value


def _dollars(value: object, key: str, source: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        _refuse(key, value, "a number of dollars, 0 or more", source)
    return float(value)


def _texts(value: object, key: str, source: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        _refuse(key, value, "a list of names", source)
    return tuple(dict.fromkeys(value))


def _table(value: object, key: str, source: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(key, value, f"a table [{key}]", source)
    return value


def _sizes(value: object, key: str, source: str) -> dict[str, tuple[int, ...]]:
    found = {}
    for family, sizes in _table(value, key, source).items():
        listed = sizes if isinstance(sizes, list) else [sizes]
        if not listed:
            _refuse(f"{key}.{family}", sizes, "a list of sizes", source)
        found[family] = tuple(dict.fromkeys(_count(one, f"{key}.{family}", source) for one in listed))
    return found


def _names(value: object, key: str, source: str) -> dict[str, str]:
    table = _table(value, key, source)
    for rung, name in table.items():
        if not isinstance(name, str) or "/" not in name:
            _refuse(
                f"{key}.{rung}", name, 'the name of a model in Inspect, such as "openai/gpt-4o-mini"', source
            )
    return table


def _model_args(value: object, key: str, source: str) -> dict[str, dict[str, Any]]:
    return {name: _table(args, f"{key}.{name}", source) for name, args in _table(value, key, source).items()}


def _prices(value: object, key: str, source: str) -> dict[str, Price]:
    found = {}
    for name, table in _table(value, key, source).items():
        place = f"{key}.{name}"
        stated = _table(table, place, source)
        known(stated, ("input", "output"), place, source)
        if len(stated) < 2:  # noqa: PLR2004  input and output
            _refuse(place, table, "two prices, input and output", source)
        found[name] = Price(
            **{side: _dollars(one, f"{place}.{side}", source) for side, one in stated.items()}
        )
    return found


def _harnesses(value: object, key: str, source: str) -> dict[str, Harness]:
    if not isinstance(value, list) or not value:
        _refuse(key, value, "one or more tables [[run.harness]]", source)
    found: dict[str, Harness] = {}
    for table in value:
        stated = _table(table, key, source)
        known(stated, _LIMITS, key, source)
        name = stated.get("name")
        if not isinstance(name, str) or not name or name in found:
            _refuse(f"{key}.name", name, "a name that no other harness has", source)
        found[name] = _harness({k: v for k, v in stated.items() if k != "name"}, f"{key} {name!r}", source)
    return found


def _harness(stated: dict[str, Any], place: str, source: str) -> Harness:
    tools = {"tools": tuple(stated["tools"])} if isinstance(stated.get("tools"), list) else {}
    try:
        return Harness(**{**stated, **tools})
    except (TypeError, BadPlan) as error:
        raise BadInput(f"{source}: {place}: {error}", "Limits are positive numbers.", "Correct it.") from None


_READ: dict[str, Any] = {
    "executor": _one_of(*EXECUTORS),
    "items": _count,
    "epochs": _count,
    "rendering": _one_of(*RENDERINGS),
    "elicitations": _texts,
    "models": _texts,
    "cost_limit": _dollars,
    "token_budget": _count,
    "sizes": _sizes,
    "names": _names,
    "model_args": _model_args,
    "prices": _prices,
    "harness": _harnesses,
}


def run_table(run: RunSettings) -> dict[str, Any]:
    """Return `run` as the table `[run]`; what is as usual is left out."""
    usual, told = asdict(RunSettings()), asdict(run)
    table = {key: value for key, value in told.items() if value != usual[key]}
    for key in ("elicitations", "models"):
        if key in table:
            table[key] = list(table[key])
    if "sizes" in table:
        table["sizes"] = {family: list(sizes) for family, sizes in run.sizes.items()}
    if "harness" in table:
        table["harness"] = [{"name": name, **_stated(one)} for name, one in run.harness.items()]
    return table


def _stated(harness: Harness) -> dict[str, Any]:
    usual = asdict(Harness())
    stated = {key: value for key, value in asdict(harness).items() if value != usual[key]}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in stated.items()}
