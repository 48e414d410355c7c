"""Write the JSON Schema of `dossier.json` to a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from tasklaws.dossier.document.schema import schema_text


def main() -> None:
    """Write the file that is named."""
    asked = argparse.ArgumentParser(description=__doc__, prog="python -m tasklaws.dossier.document")
    asked.add_argument("file", type=Path, help="the file, such as docs/reference/dossier.schema.json")
    asked.parse_args().file.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
