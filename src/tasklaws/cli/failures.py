"""What went wrong, as an exit code, a stable word and a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasklaws.core.errors import BadInput, NoAnswer, TasklawsError


@dataclass(frozen=True)
class Failure:
    """The end of a verb that did not end well."""

    exit_code: int
    reason: str
    message: str

    def document(self) -> dict[str, object]:
        """Return the JSON keys of a failed verb."""
        return {"error": {"reason": self.reason, "message": self.message}}


def failure(error: Exception) -> Failure:
    """Return how `error` ends the program.

    An operating system's error about a named file is the user's to mend, so it counts as bad
    input; any other exception that is not ours is a fault of the program.
    """
    if isinstance(error, TasklawsError):
        return Failure(error.exit_code, _reason(error), str(error))
    if isinstance(error, OSError) and error.filename is not None:
        what = f"{error.filename}: {error.strerror or error}."
        return Failure(BadInput.exit_code, "file", f"{what} The file must be there, readable and writable.")
    hint = "This is a fault in tasklaws; run again with TASKLAWS_DEBUG=1 to see where."
    return Failure(TasklawsError.exit_code, "internal-error", f"{type(error).__name__}: {error}. {hint}")


def _reason(error: TasklawsError) -> str:
    if isinstance(error, NoAnswer):
        return error.reason
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
