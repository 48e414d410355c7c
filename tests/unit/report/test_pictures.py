"""Figures as files: whole, inert, the same again, and nobody else's file touched."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import struct
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.unit.report.made_up import HOSTILE, backtest_document, full, synthetic_cells, with_hostile_names

from tasklaws.cli.verbs.report import command
from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.report.blocks import Key
from tasklaws.report.content import Backtest, ReportInput
from tasklaws.report.drawing import chart, layer
from tasklaws.report.multiples import GLYPHS
from tasklaws.report.picture_folder import LIST
from tasklaws.report.pictures import FORMATS, figures, still, write_pictures
from tasklaws.report.svg import WIDTH
from tasklaws.report.svg_panels import drawn
from tasklaws.report.svg_text import fitted, length, lines, signs

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("vl_convert", reason="the extra png is not installed")

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = {"svg", "title", "desc", "rect", "g", "path", "line", "text", "tspan"}


@pytest.fixture(scope="module")
def content() -> ReportInput:
    """Return a report with two figures: baselines and coverage."""
    return ReportInput("Small", backtest=Backtest(backtest_document()))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ET.Element]:
    """Return name -> picture of every figure of a report full of hostile names."""
    whole = with_hostile_names(full(synthetic_cells(("add", "sort"), 2, 4)))
    paths = write_pictures(whole, tmp_path_factory.mktemp("hostile"), ("svg",))
    return {path.stem: parsed(path.read_bytes()) for path in paths if path.suffix == ".svg"}


@pytest.fixture(scope="module")
def written(content: ReportInput, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures") / "figures"
    write_pictures(content, folder, ("svg",))
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """Return a folder of pictures that a test may spoil."""
    return shutil.copytree(written, tmp_path / "figures")


def parsed(svg: bytes) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - ours


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_figure_is_written_in_every_format_and_listed(content: ReportInput, tmp_path: Path) -> None:
    paths = write_pictures(content, tmp_path / "new", tuple(FORMATS))
    names = [figure.name for figure in figures(content)]
    assert [path.name for path in paths] == [
        *(f"{name}.{end}" for name in names for end in ("svg", "png", "pdf", "csv")),
        LIST,
    ]
    listed = json.loads(paths[-1].read_text())["figures"]
    assert [entry["name"] for entry in listed] == names
    assert all(entry["title"] and entry["caption"] and entry["description"] for entry in listed)
    hashes = {name: sha256 for entry in listed for name, sha256 in entry["files"].items()}
    assert hashes == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths[:-1]}
    png, pdf = (tmp_path / "new" / f"past-baselines.{end}" for end in ("png", "pdf"))
    assert png.read_bytes().startswith(b"\x89PNG")
    assert struct.unpack(">I", png.read_bytes()[16:20]) == (2 * WIDTH,)
    assert struct.pack(">II", 11811, 11811) in png.read_bytes()  # 300 dots per inch, as dots per metre
    assert pdf.read_bytes().startswith(b"%PDF")


def test_the_numbers_of_a_figure_stand_beside_it(written: Path) -> None:
    first, *rows = (written / "past-baselines.csv").read_text().splitlines()
    assert first.startswith("name,")
    assert len(rows) == 4  # the method and three baselines


def test_the_same_report_gives_the_same_bytes(content: ReportInput, written: Path, tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_pictures(content, tmp_path / place)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


def test_files_of_an_earlier_report_go_and_foreign_files_stay(folder: Path) -> None:
    (folder / "thesis.tex").write_text("mine")
    less = ReportInput("Less", backtest=Backtest(backtest_document() | {"coverage": None}))
    write_pictures(less, folder, ("svg",))
    assert set(bytes_of(folder)) == {"past-baselines.svg", "past-baselines.csv", LIST, "thesis.tex"}


@pytest.mark.parametrize("name", ["past-baselines.svg", "past-baselines.png"])
def test_a_file_that_is_not_ours_is_refused_and_nothing_changes(
    name: str, content: ReportInput, folder: Path
) -> None:
    (folder / name).write_text("drawn over by hand")
    before = bytes_of(folder)
    with pytest.raises(BadInput, match=f"{name} was not written by this command, or was changed since"):
        write_pictures(content, folder, ("svg", "png"))
    assert bytes_of(folder) == before


def test_a_list_that_names_other_files_cannot_have_them_removed(content: ReportInput, folder: Path) -> None:
    outside = folder.parent / "precious.csv"
    outside.write_text("mine")
    listed = json.loads((folder / LIST).read_text())
    listed["figures"][0]["files"]["../precious.csv"] = hashlib.sha256(b"mine").hexdigest()
    (folder / LIST).write_text(json.dumps(listed))
    write_pictures(content, folder, ("svg",))
    assert outside.read_text() == "mine"


def test_a_list_of_someone_else_is_refused(content: ReportInput, tmp_path: Path) -> None:
    (tmp_path / LIST).write_text('["mine"]')
    with pytest.raises(BadInput, match=LIST):
        write_pictures(content, tmp_path, ("svg",))


def test_hostile_names_are_text_and_nothing_else(hostile: dict[str, ET.Element]) -> None:
    assert len(hostile) > 8
    for picture in hostile.values():
        for element in picture.iter():
            assert element.tag.removeprefix(SVG) in SHOWN
            assert not any(name.startswith("on") or "href" in name for name in element.attrib)
            assert not any("alert" in value for value in element.attrib.values())
    said = " ".join(text for picture in hostile.values() for text in picture.itertext())
    assert HOSTILE[0][:9] in said
    assert "\u202e" not in said


def test_a_picture_tells_its_finding_to_those_who_do_not_see_it(hostile: dict[str, ET.Element]) -> None:
    for picture in hostile.values():
        assert all(picture.findtext(f"{SVG}{tag}") for tag in ("title", "desc"))


def test_parts_that_others_refer_to_are_named_after_their_panel() -> None:
    place = {"x": {"field": "at", "type": "quantitative"}}
    spec = chart([{"at": 0.1}, {"at": 0.9}], [layer("point", {"clip": True}, place)], "clipped", 50)
    first, again = (ET.tostring(drawn(spec, 200, "p0-").content[-1], encoding="unicode") for _ in range(2))
    assert first == again
    assert 'id="p0-0"' in first


def test_a_still_leaves_title_and_key_to_the_page(content: ReportInput) -> None:
    figure = figures(content)[1]
    address = still(figure)
    assert address is not None
    kind, _, code = address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    texts = {text.text for text in parsed(base64.b64decode(code)).iter(f"{SVG}text")}
    assert "outcomes inside the interval" in texts
    assert not texts & {figure.title, *(key.text for key in figure.keys)}


def test_without_the_library_pictures_are_refused_and_stills_left_out(
    content: ReportInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(BadInput, match=r"pip install 'tasklaws\[png\]'"):
        write_pictures(content, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert still(figures(content)[0]) is None


def test_an_unknown_format_is_refused(content: ReportInput, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="format of pictures called 'pgn'"):
        write_pictures(content, tmp_path, ("pgn",))


def test_the_command_offers_the_formats_there_are() -> None:
    (option,) = (one for one in command.params if one.name == "formats")
    assert list(option.type.choices) == list(FORMATS)


@pytest.mark.parametrize("text", ["short", "L" * 300, "語" * 200, "two words " * 40])
def test_text_is_made_to_fit(text: str) -> None:
    assert length(fitted(text, 200, 12), 12) <= 200
    assert all(length(line, 12) <= 240 for line in lines(text, 200, 12))


def test_signs_are_outlines_so_that_no_font_is_needed() -> None:
    group = ET.Element("g")
    signs(group, (0, 0), Key("".join(glyph for _, glyph in GLYPHS), "#000000", ""))
    assert [mark.tag for mark in group] == ["path"] * len(GLYPHS)
