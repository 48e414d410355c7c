from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.spec.harness import Harness
from tasklaws.study.run_settings import Price, RunSettings
from tasklaws.study.settings import Items, Settings, read_settings, settings_bytes

if TYPE_CHECKING:
    from pathlib import Path

FULL = RunSettings(
    executor="local",
    items=3,
    epochs=2,
    rendering="compact",
    elicitations=("greedy", "best_of_n@4"),
    models=("a", "b"),
    cost_limit=1.5,
    token_budget=1000,
    sizes={"addition": (1, 2)},
    names={"a": "openai/a"},
    model_args={"a": {"reasoning": True}},
    prices={"a": Price(1.0, 2.0)},
    harness={"short": Harness(token_limit=5, tools=("python",)), "free": Harness()},
)


def test_the_example_has_every_key(root: Path) -> None:
    example = read_settings(root / "examples" / "study.toml")
    unsaid = [f.name for f in fields(Settings) if f.name != "seed" and getattr(example, f.name) == f.default]
    assert unsaid == []
    assert "seed =" in (root / "examples" / "study.toml").read_text()
    assert example.items.identical is True
    usual = RunSettings()
    assert [
        f.name for f in fields(RunSettings) if getattr(example.run, f.name) == getattr(usual, f.name)
    ] == []


def test_settings_write_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    for settings in (
        Settings(),
        Settings("x", metric="exact", axis="released", seed=7, items=Items(identical=False)),
        Settings(run=FULL),
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
        ("run = 3", "a table"),
        ("[run]\nitms = 3", "Did you mean 'run.items'"),
        ("[run]\nitems = 0", "run.items = 0.*1 or more"),
        ("[run]\nepochs = true", "run.epochs"),
        ("[run]\nexecutor = 'remote'", "one of local, inspect"),
        ("[run]\nmodels = 'a'", "a list of names"),
        ("[run]\nmodels = []", "a list of names"),
        ("[run]\ncost_limit = -1", "0 or more"),
        ("[run]\ncost_limit = nan", "0 or more"),
        ("[run.sizes]\naddition = []", "a list of sizes"),
        ("[run.sizes]\naddition = [1.5]", "a whole number"),
        ("[run.names]\na = 'small'", "the name of a model in Inspect"),
        ("[run.model_args]\na = 3", "a table"),
        ("[run.prices.a]\ninput = 3", "two prices"),
        ("[run.prices.a]\ninput = 3\noutpt = 2", "Did you mean 'run.prices.a.output'"),
        ("[[run.harness]]\ntoken_limit = 5", "a name that no other harness has"),
        ("[[run.harness]]\nname = 'a'\ntoken_limt = 5", "Did you mean 'run.harness.token_limit'"),
        ("[[run.harness]]\nname = 'a'\ntoken_limit = -5", "Limits are positive"),
        ("[[run.harness]]\nname = 'a'\ntoken_limit = 'x'", "Limits are positive"),
    ],
)
def test_unusable_settings_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=says):
        read_settings(path)
