"""The recorded study that ships with the package: a study of the embedded ladder, run before, as it was.

    python -m tasklaws.report.recorded STUDY

packs a finished study into the package. Checkpoints and compiled graphs stay behind.
"""

from __future__ import annotations

import json
import sys
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.ladder.store import MODELS
from tasklaws.report.ladder_study import RESULT, StudyResult
from tasklaws.study.files import changing
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKED = Path(__file__).parent.parent / "data" / "recorded_study.zip"
REPORT = "report.html"
STAMP = (2020, 1, 1, 0, 0, 0)
"""Time of every packed file, so that the same study gives the same bytes."""


def recorded(directory: str | Path) -> StudyResult:
    """Return the recorded study, unpacked into `directory` unless it is there.

    Raises:
        BadInput: `directory` holds something else.
    """
    begun, root = time.monotonic(), Path(directory)
    if not root.exists():
        with changing(root) as changes, zipfile.ZipFile(PACKED) as packed:
            for name in packed.namelist():
                changes.write(name, packed.read(name))
    elif not (root / REPORT).exists():
        raise BadInput(
            f"{root} holds no report.", "The recorded study goes into a folder of its own.", "Name another."
        )
    study = Study(root)
    told = json.loads((root / MODELS / RESULT).read_text())
    return StudyResult(
        study.ladder().rungs,
        tuple(told["forecasts"]),
        tuple(told["verdicts"]),
        str(root / REPORT),
        time.monotonic() - begun,
        ("this study was recorded earlier and ships with tasklaws; nothing was trained",),
    )


def pack(root: Path, into: Path = PACKED) -> int:
    """Pack the finished study at `root`; return the bytes of the file."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(_kept(root)):
            name = PurePosixPath(path.relative_to(root)).as_posix()
            packed.writestr(zipfile.ZipInfo(name, STAMP), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return into.stat().st_size


def _kept(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        within = path.relative_to(root).parts
        large = within[0] == MODELS and (len(within) > 2 or path.suffix != ".json")  # noqa: PLR2004
        if path.is_file() and not large and not path.name.startswith("."):
            yield path


if __name__ == "__main__":
    print(pack(Path(sys.argv[1])))  # noqa: T201
