from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from tasklaws.assess.observation.links import bundle_command, in_bundle, sample_address, view_command

ROUTE = re.compile(r"^(.+?)/samples/sample/([^/]+)(?:/([^/]+)(?:/(.+?))?)?/?\s*$")
"""How the viewer of inspect_ai 0.3.285 takes the part behind ``#/logs/`` to pieces (parseLogRouteParams)."""


@pytest.mark.parametrize(
    ("log", "name"),
    [
        ("2026_t_a.eval", "sha_of/3/0/5"),
        ("sub/2026 x.eval", "plain"),
        ("a#b/c?d.eval", "50 % of ä/b#c?d"),
        ("samples/sample.eval", "samples/sample/1"),
    ],
)
def test_the_viewer_reads_back_what_was_meant(log: str, name: str) -> None:
    address = sample_address(log, name, 2)
    found = ROUTE.match(address.removeprefix("#/logs/"))
    assert found is not None
    assert [unquote(part) for part in found.groups()[:3]] == [log, name, "3"]


def test_a_bundle_is_addressed_by_its_page() -> None:
    assert in_bundle("a.eval", "s", 0) == "inspect-bundle/index.html#/logs/a.eval/samples/sample/s/1"


def test_commands_quote_their_folders() -> None:
    assert bundle_command("my logs") == "inspect view bundle --log-dir 'my logs' --output-dir inspect-bundle"
    assert view_command("logs") == "inspect view start --log-dir logs"
