from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.study.settings import Items, Settings, read_settings, settings_bytes

if TYPE_CHECKING:
    from pathlib import Path


def test_the_example_has_every_key(root: Path) -> None:
    example = read_settings(root / "examples" / "study.toml")
    unsaid = [f.name for f in fields(Settings) if f.name != "seed" and getattr(example, f.name) == f.default]
    assert unsaid == []
    assert "seed =" in (root / "examples" / "study.toml").read_text()
    assert example.items.identical is True


def test_settings_write_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    for settings in (
        Settings(),
        Settings("x", metric="exact", axis="released", seed=7, items=Items(identical=False)),
    ):
        path.write_bytes(settings_bytes(settings))
        assert read_settings(path) == settings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("metrc = 'exact'", "no key called 'metrc'.*Did you mean 'metric'"),
        ("[items]\nidenticle = true", "Did you mean 'items.identical'"),
        ("[items]\nidentical = 'yes'", "items.identical = \"'yes'\"|must be true or false"),
        ("items = 3", "a table"),
        ("seed = 'x'", "must be a whole number"),
        ("seed = true", "must be a whole number"),
        ("name = 3", "must be text"),
        ("axis = 'flop'", "must be one of flops"),
        ("name", "TOML"),
    ],
)
def test_unusable_settings_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=says):
        read_settings(path)
