"""Tools that hand their calls to a sandbox."""

from __future__ import annotations

from tasklaws.sandboxes import SANDBOXES
from tasklaws.spec.sandbox import Outcome, RunLimits
from tasklaws.tools._outcomes import lacking

LIMITS = RunLimits(seconds=2.0)


def run_in(name: str, call: str, language: str) -> Outcome:
    """Return the outcome of a program, or of having no such sandbox on this machine."""
    sandbox = SANDBOXES[name]
    reason = sandbox.missing()
    return lacking(reason) if reason else sandbox.run(call, "", LIMITS, language)
