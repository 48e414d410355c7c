"""`ladder.toml`, or a CSV of the same column names, read and written."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, BadLadder
from tasklaws.spec.ladder import AXES, Ladder, Rung, default_axis
from tasklaws.spec.ladder_checks import refuse, warn
from tasklaws.spec.quantity import quantity
from tasklaws.spec.source import read_csv, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEYS = tuple(f.name for f in fields(Rung))
_COUNTS = ("n_params", "n_tokens", "flops", "loss_nats", "bits_per_byte")
_INTEGERS = ("seed", "step")
_PER_TASK = "task_loss."


def read_ladder(path: str | Path) -> Ladder:
    """Return the ladder that stands in a TOML file or a CSV; its warnings come with it.

    Raises:
        BadLadder: rungs cannot be named, told apart, ordered or measured in one unit.
        BadInput: the file cannot be read.
    """
    path = Path(path)
    stated, records = _from_csv(path) if path.suffix.lower() == ".csv" else _from_toml(path)
    rungs = [_rung(record, f"{path.name}, rung {i}") for i, record in enumerate(records, 1)]
    if not rungs:
        raise BadLadder(f"{path.name}: 0 rungs.", "A ladder has one [[rung]] per model.", "Add the models.")
    return make_ladder(rungs, stated, path.name)


def make_ladder(rungs: Iterable[Rung], axis: str | None = None, source: str = "ladder") -> Ladder:
    """Return the ladder of `rungs`, checked, with compute filled in and its warnings.

    Rungs that agree in everything are taken once. Compute that is not stated becomes 6 x
    parameters x tokens where both are known, and `flops_source` says so.

    Raises:
        BadLadder: as `read_ladder`.
    """
    filled = [_with_flops(rung) for rung in rungs]
    refuse(filled, source)
    distinct = list(dict.fromkeys(filled))
    ladder = Ladder(tuple(distinct), axis or default_axis(distinct))
    doubles = (
        [f"{len(filled) - len(distinct)} rungs were listed twice"] if len(distinct) < len(filled) else []
    )
    return replace(ladder, warnings=(*doubles, *warn(ladder)))


def write_ladder(path: str | Path, ladder: Ladder) -> None:
    """Write `ladder` as TOML; reading it back gives an equal ladder."""
    Path(path).write_bytes(ladder_bytes(ladder))


def ladder_bytes(ladder: Ladder) -> bytes:
    """Return `ladder` as the bytes of a `ladder.toml`."""
    import tomli_w

    return tomli_w.dumps({"axis": ladder.axis, "rung": [_record(rung) for rung in ladder]}).encode()


def _record(rung: Rung) -> dict[str, Any]:
    record = {name: getattr(rung, name) for name in _KEYS if getattr(rung, name) is not None}
    if record.get("flops_source") == "6ND":
        del record["flops"]
    record.pop("flops_source", None)
    losses = dict(record.pop("task_loss"))
    return record | ({"task_loss": losses} if losses else {})


def _from_toml(path: Path) -> tuple[str | None, list[Mapping[str, Any]]]:
    try:
        document = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadLadder(f"{path.name}: {error}.", "A ladder is a TOML file.", "Correct the line.") from None
    _refuse_unknown(document, ("axis", "rung"), path.name)
    axis = document.get("axis")
    if axis is not None and axis not in AXES:
        near = difflib.get_close_matches(str(axis), AXES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise BadLadder(
            f"{path.name}: axis = {axis!r}.", f"An axis is one of {', '.join(AXES)}.{hint}", "Correct it."
        )
    rungs = document.get("rung", [])
    if not isinstance(rungs, list) or not all(isinstance(rung, dict) for rung in rungs):
        raise BadLadder(
            f"{path.name}: rung is not a list of tables.", "Each model is one [[rung]].", "Write [[rung]]."
        )
    return axis, rungs


def _from_csv(path: Path) -> tuple[None, list[Mapping[str, Any]]]:
    rows = read_csv(path).to_dicts()
    return None, [
        _nest({name: value for name, value in row.items() if value not in (None, "")}) for row in rows
    ]


def _nest(row: dict[str, Any]) -> dict[str, Any]:
    """Return `row` with its columns ``task_loss.NAME`` gathered in one table."""
    losses = {name.removeprefix(_PER_TASK): row.pop(name) for name in list(row) if name.startswith(_PER_TASK)}
    return row | ({"task_loss": losses} if losses else {})


def _refuse_unknown(record: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in record:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
            raise BadLadder(
                f"{place}: there is no key called {shown(key)!r}.", hint, "Correct it, or leave it out."
            )


def _rung(record: Mapping[str, Any], place: str) -> Rung:
    _refuse_unknown(record, _KEYS, place)
    if "model" not in record:
        raise BadLadder(f"{place}: 'model' is missing.", "Every rung has a model name.", "Add it.")
    try:
        told: dict[str, Any] = {
            name: _value(name, value, f"{place}, {name}") for name, value in record.items()
        }
    except BadInput as error:
        raise BadLadder(error.what, error.need, error.way_out) from None
    return Rung(**told)


def _value(name: str, value: Any, place: str) -> object:  # noqa: ANN401
    if name in _COUNTS:
        return quantity(value, place)
    if name in _INTEGERS:
        return _integer(value, place)
    if name == "released":
        return _date(value, place)
    if name == "task_loss":
        return tuple((str(task), quantity(loss, f"{place}.{task}")) for task, loss in dict(value).items())
    if not isinstance(value, str):
        raise BadLadder(f"{place}: {value!r} is not text.", "It must be text.", "Put it in quotes.")
    return value


def _integer(value: object, place: str) -> int:
    number = quantity(value, place)
    if number != int(number):
        raise BadLadder(f"{place}: {value!r} is not whole.", "It must be a whole number.", "Correct it.")
    return int(number)


def _date(value: object, place: str) -> date:
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadLadder(
            f"{place}: {value!r} is not a date.", "A date is written 2024-05-13.", "Correct it."
        ) from None


def _with_flops(rung: Rung) -> Rung:
    if rung.flops is not None:
        return replace(rung, flops_source=rung.flops_source or "stated")
    if rung.n_params is None or rung.n_tokens is None:
        return replace(rung, flops_source=None)
    return replace(rung, flops=6 * rung.n_params * rung.n_tokens, flops_source="6ND")
