"""Imports only point down, and heavy libraries wait until they are needed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "inspect_ai",
    "jax",
    "jinja2",
    "numba",
    "numpy",
    "orjson",
    "pandas",
    "polars",
    "pydantic",
    "ray",
    "rich",
    "scipy",
    "torch",
    "transformers",
}


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint('\\n' + ' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import tasklaws",
        "import tasklaws; dir(tasklaws); tasklaws.BadInput",
        "from tasklaws.cli.main import main; assert main(['--help']) == 0",
        "from tasklaws.cli.main import main; assert main(['predict', '--help']) == 0",
        "from tasklaws.cli.main import main; assert main(['nonsense']) == 2",
        "from tasklaws.cli.main import main; assert main(['doctor', '--json']) == 0",
    ],
)
def test_light_entry_loads_nothing_heavy(code: str) -> None:
    assert not modules_after(code) & HEAVY


def test_the_probe_sees_a_heavy_import() -> None:
    assert modules_after("import numpy") & HEAVY == {"numpy"}


def test_import_tasklaws_does_not_load_the_command_line() -> None:
    loaded = modules_after("import tasklaws")
    assert "click" not in loaded
    assert "tasklaws.cli" not in loaded


def test_layer_contracts_hold(root: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_has_its_layer(root: Path) -> None:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    packages = {f"tasklaws.{init.parent.name}" for init in (root / "src/tasklaws").glob("*/__init__.py")}
    assert packages - {"tasklaws.data"} == {name for layer in layers for name in layer.split(" | ")}
