from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import VerificationFailed
from tasklaws.report.bundle import (
    BUNDLE_SHA256,
    content_security_policy,
    page_script,
    read_asset,
    read_bundle,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_bundle_is_the_pinned_one() -> None:
    assert hashlib.sha256(read_bundle()).hexdigest() == BUNDLE_SHA256


def test_altered_bundle_is_refused() -> None:
    with pytest.raises(VerificationFailed, match="Install tasklaws again"):
        read_bundle("0" * 64)


def test_bundle_cannot_leave_its_script_element() -> None:
    for script in (read_bundle(), page_script()):
        assert b"</script" not in script.lower()
        assert b"<!--" not in script
        assert script.isascii()


def test_policy_allows_exactly_the_given_scripts() -> None:
    policy = content_security_policy(b"one", b"two")
    hashes = re.findall(r"'sha256-([^']+)'", policy)
    assert [base64.b64decode(h) for h in hashes] == [hashlib.sha256(s).digest() for s in (b"one", b"two")]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_licences_cover_every_package_of_the_recipe(root: Path) -> None:
    recipe = json.loads((root / "web" / "package.json").read_text(encoding="utf-8"))
    licences = read_asset("vega-bundle.LICENSES.txt").decode()
    for name, version in {**recipe["dependencies"], **recipe["overrides"]}.items():
        assert f"== {name} {version} (" in licences
