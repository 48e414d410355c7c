"""The file `dossier.toml`: how it is read, and what stands for a key that is left out."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown, strange_names
from tasklaws.core.errors import BadInput
from tasklaws.dossier.document import NOTHING, wrongs
from tasklaws.dossier.facts_tables import FILLED, DossierToml

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.dossier.document import Wrong


FACTS = "dossier.toml"
LARGEST = 1 << 20
"""Bytes of a file that is read: people write it."""
LINE_SIGNS = str.maketrans("", "", "\n\t")
"""Control characters that a text over several lines holds."""
PUBLIC, WITHHELD = "public", "withheld"
"""Who may see a file of which nothing is said."""
CORRECT = "Correct it; examples/dossier.toml has every key."
LISTS = ("limits", "incidents", "standards", "evidence", "withheld")


def read_file(path: Path) -> dict[str, Any]:
    """Return the tables of a `dossier.toml`, dates as ISO 8601 texts.

    Raises:
        BadInput: it is no TOML file of a size that people write, or a text holds control characters.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}.", "It must be a file.", "Correct it.") from None
    if content is None:
        raise BadInput(
            f"{path}: more than {LARGEST} bytes.", "People write it by hand.", "Put long texts into files."
        )
    try:
        return {key: _plain(value, key) for key, value in tomllib.loads(content.decode("utf-8-sig")).items()}
    except (ValueError, RecursionError) as error:
        what = f"{FACTS}: {shown(error, longest=200)}."
        raise BadInput(what, "It is a TOML file in UTF-8.", "Correct the line.") from None


def _plain(value: Any, place: str) -> Any:  # noqa: ANN401 - TOML is anything
    """Return a value of TOML as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(one, f"{place}.{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, f"{place}.{at}") for at, one in enumerate(value, 1)]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, str) and strange_names([value.translate(LINE_SIGNS)]):
        raise BadInput(
            f"{FACTS}: {shown(place)} = {shown(repr(value))}.",
            "Texts hold no control characters and no marks that turn the direction of writing.",
            "Take them out.",
        )
    return value


def filled(said: dict[str, Any], unsaid: dict[str, str]) -> dict[str, Any]:
    """Return the file with something in the place of every key that it leaves out.

    Raises:
        BadInput: a key is unknown, or a value is not of its kind.
    """
    whole: dict[str, Any] = dict(said)
    for name, model in FILLED.items():
        whole[name] = _with(dict.fromkeys(model.model_fields, unsaid), said.get(name, {}))
    whole["access"] = _each(whole["access"], {"evidence": [], "note": None, "amount": None})
    whole["roles"] = _each(said.get("roles", {}), {"name": None, "key": None})
    whole["procedure"] = _with({"deviations": []}, said.get("procedure", {}))
    whole["review"] = _with({"date": unsaid, "note": unsaid}, said.get("review", unsaid))
    for name in LISTS:
        whole[name] = said.get(name, [])
    whole["evidence"] = _rows(whole["evidence"], {"title": "", "confidentiality": PUBLIC})
    whole["withheld"] = _rows(whole["withheld"], {"confidentiality": WITHHELD})
    _refuse(wrongs(DossierToml, whole))
    return whole


def _with(usual: dict[str, Any], said: Any) -> Any:  # noqa: ANN401 - likewise
    """Return a table with what it leaves out; what is no table, or is absent, as it stands."""
    return usual | said if isinstance(said, dict) and {"status", "reason"}.isdisjoint(said) else said


def _each(tables: Any, usual: dict[str, Any]) -> Any:  # noqa: ANN401 - likewise
    if not isinstance(tables, dict):
        return tables
    return {name: _with(usual, one) for name, one in tables.items()}


def _rows(rows: Any, usual: dict[str, Any]) -> Any:  # noqa: ANN401 - likewise
    if not isinstance(rows, list):
        return rows
    return [usual | one if isinstance(one, dict) else one for one in rows]


def _refuse(found: list[Wrong]) -> None:
    """Raise for the first thing that is wrong, unknown keys before all else."""
    if not found:
        return
    first = next((one for one in found if one.known), found[0])
    *above, last = (part + 1 if isinstance(part, int) else part for part in first.place)
    place = shown(".".join(map(str, (*above, last))))
    if first.known:
        where = f"[{'.'.join(map(str, above))}]" if above else "the file"
        hint = f"Did you mean {first.near!r}?" if first.near else f"There are: {', '.join(first.known)}."
        raise BadInput(f"{FACTS}: {where} has no key called {shown(last)!r}.", hint, "Correct it.")
    if first.found == NOTHING:
        raise BadInput(f"{FACTS}: {place} is missing.", "It cannot be left out.", CORRECT)
    raise BadInput(f"{FACTS}: {place} = {first.found}.", f"It must be {first.need}.", CORRECT)
