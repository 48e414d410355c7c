"""`study.toml`: what a study is about. Every key is optional."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, NoReturn

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.spec.ladder import AXES
from tasklaws.spec.source import read_text
from tasklaws.study.run_settings import RunSettings, read_run, run_table

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Items:
    """Whether every model answered the same instances; None leaves it to what the tasks say."""

    identical: bool | None = None


@dataclass(frozen=True)
class Settings:
    """What `study.toml` says; None where it leaves the choice to the data."""

    name: str = "study"
    metric: str | None = None
    """Metric to forecast."""
    harness: str | None = None
    """Only cells of this `harness_id`; otherwise cells of all harnesses are pooled."""
    elicitation: str | None = None
    """Only cells of this elicitation."""
    lineage: str | None = None
    """Only models of this lineage."""
    axis: str | None = None
    """Axis of the ladder, over that of `ladder.toml`."""
    seed: int = 0
    """Seed of everything random."""
    items: Items = Items()
    mix: tuple[tuple[str, float], ...] | None = None
    """Family and weight in the corpus of an embedded ladder; None for the weights of the preset."""
    run: RunSettings = RunSettings()  # noqa: RUF009  it is frozen
    """What `tasklaws run` runs."""


_TABLES = ("items", "mix", "run")
_TYPES: dict[str, type] = {
    f.name: int if f.name == "seed" else str for f in fields(Settings) if f.name not in _TABLES
}


def read_settings(path: Path) -> Settings:
    """Return what `path` says.

    Raises:
        BadInput: it is not TOML, or a key is unknown or of the wrong type; the nearest key is named.
    """
    try:
        document = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name}: {error}.", "Settings are a TOML file.", "Correct the line.") from None
    items, mix = document.pop("items", {}), document.pop("mix", None)
    run = read_run(document.pop("run", {}), path.name)
    _check_items(items, path.name)
    _check_mix(mix, path.name)
    for key, value in document.items():
        _check(key, value, path.name)
    weights = None if mix is None else tuple((family, float(weight)) for family, weight in mix.items())
    return Settings(**document, items=Items(**items), mix=weights, run=run)


def _check(key: str, value: object, source: str) -> None:
    if key not in _TYPES:
        _refuse_key(key, (*_TYPES, *_TABLES), source)
    if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
        _refuse_value(key, value, "a whole number" if key == "seed" else "text", source)
    if key == "axis" and value not in AXES:
        _refuse_value(key, value, f"one of {', '.join(AXES)}", source)


def _check_items(items: object, source: str) -> None:
    if not isinstance(items, dict):
        _refuse_value("items", items, "a table [items]", source)
    for key, value in items.items():
        if key != "identical":
            _refuse_key(f"items.{key}", ("items.identical",), source)
        if not isinstance(value, bool):
            _refuse_value("items.identical", value, "true or false", source)


def _check_mix(mix: object, source: str) -> None:
    if mix is None:
        return
    if not isinstance(mix, dict):
        _refuse_value("mix", mix, "a table [mix]", source)
    for family, weight in mix.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < float("inf"):
            _refuse_value(f"mix.{family}", weight, "a number, 0 or more", source)


def _refuse_key(key: str, known: tuple[str, ...], source: str) -> None:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise BadInput(f"{source}: there is no key called {shown(key)!r}.", hint, "Correct it, or leave it out.")


def _refuse_value(key: str, value: object, need: str, source: str) -> NoReturn:
    raise BadInput(f"{source}: {key} = {shown(repr(value))}.", f"It must be {need}.", "Correct it.")


def settings_bytes(settings: Settings) -> bytes:
    """Return `settings` as the bytes of a `study.toml`; keys that are None are left out."""
    import tomli_w

    record = {name: value for name, value in asdict(settings).items() if value is not None}
    record["items"] = {name: value for name, value in record["items"].items() if value is not None}
    if not record["items"]:
        del record["items"]
    if settings.mix is not None:
        record["mix"] = dict(settings.mix)
    record["run"] = run_table(settings.run)
    if not record["run"]:
        del record["run"]
    return tomli_w.dumps(record).encode()
