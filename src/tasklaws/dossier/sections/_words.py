"""Values of a document as readers see them: absent ones in words, foreign names made visible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tasklaws.dossier.absent import is_absent
from tasklaws.report.blocks import Facts, Field, Link, Paragraph, Table
from tasklaws.report.text import percent, plain, undefined, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    Document = Mapping[str, Any]

MINUS = "\N{MINUS SIGN}"
SHORT = 12
"""Characters of a hash that stand for it in a sentence."""
STATUS = {"not-granted": "not granted", "not-applicable": "not applicable"}
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:\+00:00|Z)")


def told(value: Any, write: Callable[[float], str] = plain) -> str:  # noqa: ANN401
    """Return any value of a document in words."""
    if is_absent(value):
        return f"{status(value)}: {visible(str(value['reason']))}"
    if value in (None, "") or isinstance(value, bool):
        return {True: "yes", False: "no"}.get(value, "–")
    if isinstance(value, int | float):
        return write(value).replace("-", MINUS)
    if isinstance(value, list):
        parts = [told(one, write) for one in value]
        return (" " if all(part.endswith(".") for part in parts) else "; ").join(parts) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{visible(key)} {told(one, write)}" for key, one in sorted(value.items()))
    return MOMENT.sub(r"\1 \2 UTC", visible(str(value)))


def status(row: Mapping[str, Any]) -> str:
    """Return a status as it reads in a sentence."""
    return STATUS.get(row["status"], visible(row["status"]))


def sentence(text: str) -> str:
    """Return words as a sentence."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def facts(block: Mapping[str, Any], terms: Mapping[str, str]) -> Facts:
    """Return the values under the keys of `terms`, then in a row for each reason what is absent by it."""
    known = [(term, told(block[key]), "") for key, term in terms.items() if not is_absent(block[key])]
    missing: dict[tuple[str, str], list[str]] = {}
    for key, term in terms.items():
        if is_absent(block[key]):
            missing.setdefault((status(block[key]), told(block[key]["reason"])), []).append(term)
    rest = [(why[:1].upper() + why[1:], ", ".join(names), reason) for (why, reason), names in missing.items()]
    return Facts((*known, *rest))


def between(row: Mapping[str, Any], value: str, write: Callable[[float], str] = percent) -> str:
    """Return the value of a row with its interval, or why there is none."""
    if row[value] is None:
        return undefined(str(row.get("reason") or "no reason was recorded"))
    if row["lower"] is None or row["upper"] is None:
        return told(row[value], write)
    return f"{told(row[value], write)} ({told(row['lower'], write)} to {told(row['upper'], write)})"


def doubt(row: Mapping[str, Any], value: str) -> str:
    """Return what is to be said of a value that is there."""
    return told(row["reason"]) if row[value] is not None and row.get("reason") else ""


def table(
    rows: Iterable[Mapping[str, Any]],
    fields: tuple[Field, ...],
    caption: str,
    name: str,
    *,
    folded: bool = False,
) -> Table:
    """Return rows of a document as a table: numbers stay numbers, all else is told in words.

    A column that is absent in every row for one reason is told in the caption instead.
    """
    rows = tuple(rows)
    alike = {field: _alike([row.get(field.key) for row in rows]) for field in fields}
    cleaned = tuple({key: _cell(value) for key, value in row.items()} for row in rows)
    beside = (sentence(f"{field.heading}: {words}") for field, words in alike.items() if words)
    shown = tuple(field for field in fields if not alike[field])
    return Table(shown, cleaned, " ".join((caption, *beside)).strip(), name, folded)


def _alike(values: Sequence[Any]) -> str:
    """Return the words of the one absent value that all are, or nothing."""
    words = {told(value) if is_absent(value) else "" for value in values}
    return words.pop() if len(words) == 1 else ""


def _cell(value: Any) -> Any:  # noqa: ANN401
    kept = value is None or isinstance(value, bool | int | float | Link)
    return value if kept else told(value)


def listed(block: Any, show: Callable[[Any], tuple[Any, ...]], nothing: str) -> tuple[Any, ...]:  # noqa: ANN401
    """Return what `show` makes of a block, or the words that say why there is nothing."""
    if is_absent(block):
        return (Paragraph(sentence(told(block))),)
    return show(block) if block else (Paragraph(nothing),)


def file_link(path: str, packed: Collection[str]) -> Link | str:
    """Return a link to a file of the folder where the document lists it, else its name."""
    within = path.startswith("evidence/") and not {"", ".", ".."} & set(path.split("/"))
    return Link(visible(path), quote(path)) if within and path in packed else visible(path)
