"""The page of a dossier: every field in it, foreign names inert, nothing run and nothing loaded."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.dossier.answered import answered, at, leaves, put
from tests.unit.dossier.made_up import made_up
from tests.unit.report.made_up import HOSTILE

from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED
from tasklaws.dossier.coverage.coverage import coverage_of
from tasklaws.dossier.page import GROUPS, page
from tasklaws.dossier.sections._blocks import Bars
from tasklaws.report.blocks import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = ((answered(), ()), (made_up(), ("status", "reason")))
"""Documents, and the keys that are looked at; all where none is named."""
DECIDING = {"status", "level", "grade", "grades", "indicated"}
"""Fields whose words the page tells apart; a hostile value there is no document."""
POLICY = "Content-Security-Policy"


class Parsed(HTMLParser):
    """Names, attributes and text of a page."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.policy = ""
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.policy += dict(attrs).get("content") or "" if ("http-equiv", POLICY) in attrs else ""
        self.links += [str(value) for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(document: dict[str, Any]) -> Iterator[Any]:
    """Yield what each section shows of a document."""
    return (_shown(build(document)) for _, members in GROUPS for _, _, build in members)


def _shown(block: Any) -> Any:
    if isinstance(block, Table):
        return block.caption, [[column.cell(row) for column in block.fields] for row in block.rows]
    if is_dataclass(block):
        return [_shown(getattr(block, one.name)) for one in fields(block)]
    return [_shown(one) for one in block] if isinstance(block, list | tuple) else block


def other(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return 0.9 * value + 3
    return {NOT_GRANTED: NOT_APPLICABLE, NOT_APPLICABLE: NOT_GRANTED}.get(value, "something else")


@pytest.mark.parametrize(("whole", "keys"), DOCUMENTS, ids=["everything", "absent"])
def test_no_field_of_a_document_is_left_out(whole: dict[str, Any], keys: tuple[str, ...]) -> None:
    document = _first_rows(whole | {"coverage": coverage_of(whole)})
    before, silent = list(shown(document)), []
    for place in list(leaves(document)):
        value = at(document, place)
        if value is None or (keys and place[-1] not in keys):
            continue
        put(document, place, other(value))
        silent += [] if _tells(document, before) else [".".join(map(str, place))]
        put(document, place, value)
    assert silent == []


def _first_rows(value: Any) -> Any:
    """Return a document of whose tables only the first row is left: one row stands for all."""
    if isinstance(value, dict):
        return {key: _first_rows(one) for key, one in value.items()}
    table = isinstance(value, list) and value and isinstance(value[0], dict)
    return [_first_rows(value[0])] if table else value


def _tells(document: dict[str, Any], before: list[Any]) -> bool:
    """Return whether a document shows something else, or is none."""
    try:
        return any(now != then for now, then in zip(shown(document), before, strict=True))
    except ValueError:
        return True


def test_the_page_is_the_same_bytes_again_and_runs_nothing() -> None:
    html = page(answered())
    assert html == page(answered())
    parsed = Parsed(html)
    assert parsed.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in parsed.policy
    assert not {"script", "img", "iframe", "object", "form", "link", "button"} & parsed.tags
    assert all(link.startswith(("#", "evidence/")) for link in parsed.links)


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    document, known = answered(), Parsed(page(answered()))
    for number, place in enumerate(leaves(document)):
        if isinstance(at(document, place), str) and not DECIDING & set(place) and place[0] != "kind":
            put(document, place, HOSTILE[number % len(HOSTILE)])
    document["evidence"][1]["path"] = "evidence/javascript:alert(1)"
    html = page(document)
    parsed = Parsed(html)
    assert parsed.tags <= known.tags
    assert parsed.attributes <= known.attributes
    assert all(name in parsed.text for name in HOSTILE[:2])
    assert "\u202e" not in parsed.text
    assert "evidence/javascript%3Aalert%281%29" in parsed.links
    assert all(link.startswith(("#", "evidence/")) for link in parsed.links)


@pytest.mark.parametrize(
    "path", ["../secret", "evidence/../../secret", "evidence//host/x", "notes/unpacked.md"]
)
def test_only_files_of_the_folder_are_linked(path: str) -> None:
    document = answered()
    document["access"]["internals"]["evidence"] = [path]
    document["evidence"].append(
        {**document["evidence"][0], "path": path} if path[0] == "." else {**document["evidence"][0]}
    )
    parsed = Parsed(page(document))
    assert path in parsed.text
    assert path not in parsed.links


def test_absent_values_are_told_in_words() -> None:
    text = Parsed(page(made_up())).text
    assert "not granted: dossier.toml does not say" in text
    assert "Not applicable: the study has no redlines.toml." in text
    assert "not-granted" not in text


def test_without_a_scored_forecast_there_are_no_empty_tables() -> None:
    document = made_up()
    nothing = {"value": None, "lower": None, "upper": None, "n": 0, "reason": "none"}
    document["forecast_scores"] |= {"forecasts": [], "n_forecasts": 0, "n_targets": 0, "mae": None}
    document["forecast_scores"]["coverage"] = dict.fromkeys(("50", "80", "90"), nothing)
    text = Parsed(page(document)).text
    assert "No sealed forecast has an outcome by which it could be scored." in text
    assert "0 forecasts" not in text


def test_who_stands_for_it_is_told_plainly() -> None:
    document = made_up()
    assert "self-attested" in Parsed(page(document)).text
    document["roles"]["rater"] = document["roles"]["builder"]
    assert "nobody: the rating is self-attested" in Parsed(page(document)).text
    assert "rfc3161 2026-01-01 00:00:01 UTC" in Parsed(page(answered())).text


def test_a_rating_that_was_lowered_or_withdrawn_stays_and_says_so() -> None:
    document = made_up()
    document["rating"] |= {"lowered": {"grade": "D", "reason": "too few tasks"}}
    assert "the rater lowered it to D" in Parsed(page(document)).text
    document["rating"] |= {"withdrawn": {"at": "2026-02-01T00:00:00+00:00", "reason": "a conflict"}}
    text = Parsed(page(document)).text
    assert "Withdrawn on 2026-02-01 00:00:00 UTC: a conflict." in text
    assert "too few tasks" in text


def test_the_strictest_caps_come_first_and_all_are_listed() -> None:
    document = made_up()
    document["rating"]["capped_by"] = [
        {"kind": "api_only", "grade": "D", "reason": "answers only"},
        {"kind": "unsigned", "grade": "E", "reason": "nobody signs"},
    ]
    text = Parsed(page(document)).text
    assert text.index("Held to E by") < text.index("nobody signs") < text.index("answers only")


def test_the_order_of_keys_changes_nothing() -> None:
    document = answered()
    document["harness"][0]["versions"] = {"python": "3.12", "inspect": "0.3"}
    assert page(json.loads(json.dumps(document, sort_keys=True))) == page(document)


def test_the_question_that_the_grade_answers_is_told() -> None:
    document = made_up()
    document["rating"]["scale"] |= {"question": "How far?", "silent_on": "Not of safety."}
    document["rating"]["means"] = "Not far."
    text = Parsed(page(document)).text
    assert "How far?" in text
    assert "Not of safety." in text
    assert "Not far." in text


def test_long_lists_are_whole() -> None:
    document = made_up()
    one = document["evidence"][0]
    document["evidence"] = [{**one, "path": f"evidence/study/runs/{i}.parquet"} for i in range(150)]
    assert "evidence/study/runs/149.parquet" in Parsed(page(document)).links


def test_a_bar_lies_where_its_value_is() -> None:
    bars = Bars("", ("", ""), (), -10.0, 10.0)
    places = [float(bars.x(value)) for value in (-99.0, -10.0, 0.0, 10.0, 99.0)]
    assert places == [6.0, 6.0, 100.0, 194.0, 194.0]
    assert Bars("", ("", ""), (), 0.0, 0.0).x(0.0) == "6.0"
