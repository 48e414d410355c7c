from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pytest

from tasklaws.core import catalogue
from tasklaws.core.catalogue import Catalogue
from tasklaws.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fruit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue[str]:
    package = tmp_path / "fruit_shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "apple.py").write_text("FRUIT = 'red'\n")
    (package / "pear.py").write_text("FRUIT = 'green'\n")
    (package / "empty.py").write_text("")
    (package / "till.py").write_text("raise RuntimeError('never imported')\n")
    (package / "_counter.py").write_text("raise RuntimeError('never imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield Catalogue("fruit", "fruit_shop", "FRUIT", besides=("till",))
    for name in [name for name in sys.modules if name.startswith("fruit_shop")]:
        del sys.modules[name]


def test_entries_are_the_modules_by_name(fruit: Catalogue[str]) -> None:
    assert list(fruit) == ["apple", "empty", "pear"]
    assert len(fruit) == 3
    assert fruit["pear"] == "green"


def test_listing_imports_no_module(fruit: Catalogue[str]) -> None:
    assert "apple" in fruit
    assert "fruit_shop.apple" not in sys.modules
    assert fruit["apple"] == "red"
    assert "fruit_shop.pear" not in sys.modules


def test_unknown_name_has_the_nearest(fruit: Catalogue[str]) -> None:
    with pytest.raises(UnknownName, match=r"no fruit called 'appel'\. Did you mean 'apple'\?"):
        fruit["appel"]


def test_module_without_its_constant_is_named(fruit: Catalogue[str]) -> None:
    with pytest.raises(BadInput, match=r"fruit_shop.empty does not define FRUIT"):
        fruit["empty"]


def test_other_packages_add_entries_and_own_ones_win(
    fruit: Catalogue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = [
        EntryPoint("plum", "fruit_shop.pear:FRUIT", "tasklaws.fruit_shop"),
        EntryPoint("apple", "fruit_shop.pear:FRUIT", "tasklaws.fruit_shop"),
    ]
    asked: list[str] = []
    monkeypatch.setattr(catalogue, "entry_points", lambda group: asked.append(group) or foreign)
    assert list(fruit) == ["apple", "empty", "pear", "plum"]
    assert (fruit["plum"], fruit["apple"]) == ("green", "red")
    assert asked == ["tasklaws.fruit_shop"]
