"""Where to look at an attempt: the address by which the viewer of Inspect AI shows one sample of a log.

The viewer keeps its place behind the ``#`` of the address: ``#/logs/LOG/samples/sample/ID/EPOCH``. It takes
this part to pieces before it decodes them, so that a ``/`` in the name of a sample is written ``%2F``.
"""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from urllib.parse import quote

BUNDLE = "inspect-bundle"
"""Name of the folder that a bundle is put in."""
SERVED = "http://127.0.0.1:7575"
"""Where `inspect view start` serves its viewer."""


def sample_address(log_file: str, sample_id: str, epoch: int) -> str:
    """Return the address of a sample, relative to a viewer: a bundle's folder, or `inspect view start`.

    Args:
        log_file: path of the log below the folder of logs, with ``/``.
        sample_id: name of the sample, as the log has it.
        epoch: from 0, as in our tables; Inspect counts from 1.
    """
    log = "/".join(quote(part, safe="") for part in PurePosixPath(log_file).parts)
    return f"#/logs/{log}/samples/sample/{quote(str(sample_id), safe='')}/{epoch + 1}"


def in_bundle(log_file: str, sample_id: str, epoch: int, bundle: str = BUNDLE) -> str:
    """Return the address of a sample in a bundle that lies in the folder `bundle`."""
    return f"{quote(bundle)}/index.html{sample_address(log_file, sample_id, epoch)}"


def bundle_command(log_dir: str, bundle: str = BUNDLE) -> str:
    """Return the command that makes a bundle: logs and viewer in one folder, for any web server."""
    return f"inspect view bundle --log-dir {shlex.quote(log_dir)} --output-dir {shlex.quote(bundle)}"


def view_command(log_dir: str) -> str:
    """Return the command that serves the viewer on this machine."""
    return f"inspect view start --log-dir {shlex.quote(log_dir)}"
