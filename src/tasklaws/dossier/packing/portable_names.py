"""Names of files that outlive a copy: to a system that ignores case, or into an archive and out again."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tasklaws.core.display import shown, strange_names
from tasklaws.dossier.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SEPARATORS = re.compile(r"[/\\]")
LONGEST = 4096
"""Characters of a path that are shown at most: who looks for a file needs all of its name."""


def shown_path(path: str) -> str:
    """Return a path with its steering characters made visible."""
    return shown(path, LONGEST)


def unfit(names: Collection[str]) -> Iterator[Failure]:
    """Yield the names that would not outlive a copy, or do not show what they are."""
    for name in names:
        if strange_names([name]) or "\\" in name or not {"..", ".", ""}.isdisjoint(SEPARATORS.split(name)):
            reason = "Names have no control characters, no backslashes and no '..'."
            yield Failure(shown_path(name), "a plain name", "one that is not", reason)
    for group in _merged(names):
        reason = "They differ only by case or by how accents are written; some systems make them one."
        yield Failure(shown_path(group[0]), "one name", ", ".join(map(shown_path, group)), reason)


def _merged(names: Collection[str]) -> list[list[str]]:
    """Return groups of files and folders that a system which ignores case would make one."""
    groups: dict[str, set[str]] = defaultdict(set)
    for name in names:
        path = PurePosixPath(name)
        for one in (path, *path.parents):
            groups[_folded(str(one))].add(str(one))
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
