"""Every tool of the catalogue is held to the contract of a tool."""

from __future__ import annotations

import pickle
import socket
from random import Random
from typing import TYPE_CHECKING, get_args

import pytest

from tasklaws.core.proportions import clopper_pearson
from tasklaws.spec.sandbox import Kind, Sandbox
from tasklaws.tools import TOOLS, _sandboxed
from tasklaws.tools._mutations import mutate, references
from tasklaws.tools._tokens import CLASSES, token_class
from tasklaws.tools.unified_diff import FILE

if TYPE_CHECKING:
    from tasklaws.spec.tool import Tool

NAMES = sorted(TOOLS)
STRICT = sorted({*NAMES} - {"search"})
FOUR_SIGMA = 1 - 6.3e-5
"""Level of the band that the recorded strictness must lie in."""

CHARACTERS = "abcXYZ019 _-+*/=.,:;'\"()[]{}<>|&$#@!?\\%^~`\n\t\r\0äß€²٣\u3000\u200b\ud800\U0001f600"


def _usable(name: str) -> Tool:
    """Return a tool, or skip where this machine lacks what it needs."""
    tool = TOOLS[name]
    first = tool.use(tool.references[0])
    if first.kind == "unsupported":
        pytest.skip(f"{name}: {first.detail}")
    return tool


def _garbage(tool: Tool, count: int) -> list[str]:
    """Return random texts, and reference calls with random characters in them."""
    rng = Random(7)  # noqa: S311  no secret
    out = []
    for _ in range(count):
        if rng.random() < 0.5:
            out.append("".join(rng.choices(CHARACTERS, k=rng.randrange(60))))
        else:
            call = rng.choice(tool.references)
            place = rng.randrange(len(call))
            out.append(call[:place] + rng.choice(CHARACTERS) + call[place + rng.randrange(9) :])
    return out


def test_catalogue_holds_the_tools_of_the_design() -> None:
    assert set(NAMES) >= {
        "bash", "fetch", "json_call", "python", "search", "sha256", "sqlite", "unified_diff",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_and_sourced(name: str) -> None:
    tool = TOOLS[name]
    assert tool.name == name
    assert tool.use.__module__ == f"tasklaws.tools.{name}"
    assert tool.summary
    assert tool.source
    assert tool.status in {"published", "emerging"}
    assert tool.requires.endswith(".")
    assert tool.facts["measured"] == tool.strictness.measured


@pytest.mark.parametrize("name", NAMES)
def test_entry_pickles_and_compares_equal(name: str) -> None:
    assert pickle.loads(pickle.dumps(TOOLS[name])) == TOOLS[name]  # noqa: S301  our own bytes


@pytest.mark.parametrize("name", NAMES)
def test_references_work_and_give_the_same_again(name: str) -> None:
    tool = _usable(name)
    for call in tool.references:
        once, again = tool.use(call), tool.use(call)
        assert (once.kind, once.detail) == ("ok", "")
        assert once.stdout == again.stdout != ""


@pytest.mark.parametrize("name", NAMES)
def test_references_differ_in_length_and_have_room_for_four_mistakes(name: str) -> None:
    tool = TOOLS[name]
    lengths = [len(tool.tokens(call)) for call in tool.references]
    assert len(set(tool.references)) == len(lengths) >= 6
    assert min(lengths) >= 4
    assert max(lengths) >= 2 * min(lengths)


@pytest.mark.parametrize("name", NAMES)
def test_tokens_join_to_the_call(name: str) -> None:
    tool = TOOLS[name]
    for call in [*tool.references, *_garbage(tool, 200)]:
        parts = tool.tokens(call)
        assert "".join(parts) == call
        assert all(token_class(part) in CLASSES for part in parts)


@pytest.mark.parametrize("name", NAMES)
def test_use_never_raises_for_what_a_call_says(name: str) -> None:
    tool = _usable(name)
    for call in _garbage(tool, 200):
        assert tool.use(call).kind in get_args(Kind)


@pytest.mark.parametrize("name", NAMES)
def test_recorded_strictness_is_what_is_measured(name: str) -> None:
    tool = _usable(name)
    told = tool.strictness
    assert told.n >= 400
    assert (told.lower, told.upper) == pytest.approx(
        clopper_pearson(round(told.sigma * told.n), told.n), abs=0.001
    )
    rng = Random(f"contract/{name}")  # noqa: S311  no secret
    found = mutate(references(tool), 1, 60, rng, lambda _: None)
    lower, upper = clopper_pearson(found.fatal, found.n, FOUR_SIGMA)
    assert lower <= told.sigma <= upper
    assert found.n >= 50


def test_search_is_tolerant_and_the_others_are_strict() -> None:
    assert all(TOOLS["search"].strictness.upper < 0.5 < TOOLS[name].strictness.lower for name in STRICT)


@pytest.mark.parametrize("name", ["bash", "python"])
def test_without_its_sandbox_a_tool_says_what_is_lacking(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> None:
        raise AssertionError

    lacking = Sandbox(
        "none", "", "", "emerging", (), run, lambda: "not here; install it", ""  # type: ignore[arg-type]
    )  # fmt: skip
    monkeypatch.setattr(_sandboxed, "SANDBOXES", {"bwrap": lacking, "monty": lacking})
    outcome = TOOLS[name].use("1")
    assert (outcome.kind, outcome.detail) == ("unsupported", "not here; install it")


def test_fetch_speaks_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[str] = []
    connect = socket.create_connection

    def listened(address: tuple[str, int], *args: object, **kwargs: object) -> socket.socket:
        spoken.append(address[0])
        return connect(address, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", listened)
    use = TOOLS["fetch"].use
    for call in (
        "http://example.org/planets",
        "http://planets.test.example.org/planets",
        "http://example.org@planets.test:8080/planets",
        "http://planets.test@example.org/planets",
        "https://planets.test/planets",
        "file:///etc/hostname",
        "//planets.test/planets",
        "http://127.0.0.1/planets",
        "http://planets.test:65536/planets",
    ):
        assert use(call).kind == "error"
    assert not spoken
    assert use("HTTP://Planets.TEST/planets?limit=1&colour=red#x").stdout == "mercury"
    assert use("http://planets.test/nothing").detail == "status 404"
    assert set(spoken) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "call",
    [
        "DELETE FROM towns",
        "ATTACH DATABASE '/tmp/other.db' AS other",
        "PRAGMA writable_schema = 1",
        "SELECT 1; SELECT 2",
        "SELECT load_extension('x')",
        "SELECT length(zeroblob(100000000))",
    ],
)
def test_sqlite_only_reads(call: str) -> None:
    assert TOOLS["sqlite"].use(call).kind == "error"


def test_sqlite_stops_what_does_not_end_and_cuts_what_is_too_long() -> None:
    use = TOOLS["sqlite"].use
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
    assert use(f"{endless} count(*) FROM n").kind == "timeout"
    assert use(f"{endless} i FROM n").kind == "output_cap"


@pytest.mark.parametrize("depth", [10, 100_000])
def test_json_call_takes_deep_nesting_without_harm(depth: int) -> None:
    assert TOOLS["json_call"].use("[" * depth).kind == "error"


NEW_LINK = "new file mode 120000\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+/etc/passwd\n"


@pytest.mark.parametrize(
    "call",
    [
        "--- /dev/null\n+++ b/{}\n@@ -0,0 +1 @@\n+x\n",
        "--- /dev/null\n+++ b/../{}\n@@ -0,0 +1 @@\n+x\n",
        "diff --git a/{0} b/{0}\n" + NEW_LINK,
    ],
)
def test_unified_diff_touches_nothing_but_its_file(call: str) -> None:
    tool = _usable("unified_diff")
    outcome = tool.use(call.format("other.py"))
    assert outcome.kind == "error" or outcome.stdout == FILE


def test_unified_diff_follows_no_link() -> None:
    tool = _usable("unified_diff")
    gone = "".join(f"-{line}\n" for line in FILE.splitlines())
    call = (
        "diff --git a/stack.py b/stack.py\ndeleted file mode 100644\n--- a/stack.py\n+++ /dev/null\n"
        f"@@ -1,{len(FILE.splitlines())} +0,0 @@\n{gone}"
        "diff --git a/stack.py b/stack.py\n" + NEW_LINK.format("stack.py")
    )
    assert tool.use(call).stdout.strip() == "/etc/passwd"
