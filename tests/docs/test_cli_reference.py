"""The reference of the command line is the present one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasklaws.cli.reference import page
from tasklaws.cli.verbs import VERBS

if TYPE_CHECKING:
    from pathlib import Path


def test_cli_reference_is_current(root: Path) -> None:
    written = (root / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert written == page(), "run `make reference`"


def test_cli_reference_has_every_verb() -> None:
    assert tuple(re.findall(r"^## (.*)$", page(), re.MULTILINE)) == VERBS
