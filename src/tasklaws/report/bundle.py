"""The page's own scripts and style: read from the package, checked, made fit for inlining."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from markupsafe import Markup

from tasklaws.core.errors import VerificationFailed

BUNDLE_SHA256 = "fc57802ec491743fbcd9bc94ebe957995bb031c597430190d428adaf5d71aa8a"
"""Hash of `vega-bundle.js`: vega 6.4.0, vega-lite 6.4.3, vega-embed 7.3.0, vega-interpreter 2.3.2."""

SCRIPTS = ("rows.js", "charts.js", "tables.js", "filter.js", "boot.js")


def read_asset(name: str) -> bytes:
    """Return the bytes of a file of `assets/`."""
    return files("tasklaws.report").joinpath("assets", name).read_bytes()


def read_bundle(sha256: str = BUNDLE_SHA256) -> bytes:
    """Return the drawing library.

    Raises:
        VerificationFailed: the file is not the one this version was released with.
    """
    content = read_asset("vega-bundle.js")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise VerificationFailed(
            f"the report's drawing library vega-bundle.js has sha256 {found}.",
            f"It must be {sha256}.",
            "Install tasklaws again, or rebuild the file as web/README.md says and pin its new hash.",
        )
    return content


def page_script() -> bytes:
    """Return the page's own script: its parts, in the order in which they use each other."""
    return b"".join(read_asset(name) for name in SCRIPTS)


def inline(content: bytes) -> Markup:
    """Return our own script or style as text that the template does not escape.

    Only for files of this package: nothing of a user may pass here.
    """
    return Markup(content.decode("utf-8"))  # noqa: S704 - pinned or shipped with the package


def content_security_policy(*scripts: bytes) -> str:
    """Return a policy that lets run exactly these scripts and load nothing."""
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
