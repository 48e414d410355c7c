"""The verb: one address on stdout, one machine, one Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.unit.viewer.studies import attempts, study_of

from tasklaws.core.errors import BadInput
from tasklaws.viewer.verb import view

if TYPE_CHECKING:
    from pathlib import Path


def test_a_port_that_is_taken_or_is_none_is_refused(tmp_path: Path) -> None:
    root = study_of(tmp_path / "s", attempts())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match="cannot be had"):
            view(root, taken.getsockname()[1])
    with pytest.raises(BadInput, match="there is no port 70000"):
        view(root, 70_000)


def test_it_listens_on_this_machine_only_and_ends(tmp_path: Path) -> None:
    with view(study_of(tmp_path / "s", attempts())) as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", served.url)
        assert httpx.get(served.url).status_code == 200
        name = "%2e%2e%2F%2e%2e"  # of the path that a server takes to pieces, not a client for tests
        assert "there is no family called &#39;../..&#39;" in httpx.get(f"{served.url}family/{name}").text
        with pytest.raises(httpx.ConnectError):
            httpx.get(served.url.replace("127.0.0.1", "127.0.0.2"))
    with pytest.raises(httpx.TransportError):
        httpx.get(served.url)


def test_the_extra_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(BadInput, match=r"pip install 'tasklaws\[view\]'"):
        view(tmp_path)


def test_the_command_prints_its_address_alone_and_ends_well_at_ctrl_c(tmp_path: Path) -> None:
    root = study_of(tmp_path / "s", attempts())
    code = (
        "import sys; from tasklaws.cli.verbs.view import command; "
        "sys.exit(command(sys.argv[1:], standalone_mode=False))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    started = subprocess.Popen(
        [sys.executable, "-c", code, str(root), "--no-browser", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    url = started.stdout.readline().strip()
    assert httpx.get(url).status_code == 200
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=20)
    assert (started.returncode, out, err) == (0, "", "")
