"""Strictness of every tool: ``python benchmarks/strictness.py [--calls N] [--into OUT.json] [TOOL ...]``.

What the entries of the catalogue record is the output with 1000 calls.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from tasklaws.assess.strictness import strictness
from tasklaws.core.errors import NoAnswer
from tasklaws.tools import TOOLS


def measured(name: str, calls: int) -> dict[str, Any]:
    """Return the document of one tool, or why there is none."""
    begun = time.perf_counter()
    try:
        told = strictness(name, n=calls).document()
    except NoAnswer as error:
        return {"name": name, "reason": str(error)}
    return {**told, "seconds": time.perf_counter() - begun}


def line(told: dict[str, Any]) -> str:
    """Return the row of one tool."""
    if "reason" in told:
        return f"{told['name']:13} {told['reason']}"
    shares = "  ".join(f"{row['sigma']:.3f} ({row['geometric']:.3f})" for row in told["by_mutations"])
    interval = f"{told['lower']:.3f} to {told['upper']:.3f}"
    end = f"{told['geometric_p']:.4f}  {told['unsupported']:5}  {told['seconds']:6.1f} s"
    return f"{told['name']:13} {told['n']:5}  {interval}  {shares}  {end}"


def main() -> None:
    """Print a row for each tool, and write all that was measured to a file if one is named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=1000, help="for each number of wrong tokens")
    asked.add_argument("--into", type=Path, help="JSON file for all that was measured")
    asked.add_argument("tools", nargs="*", default=list(TOOLS))
    options = asked.parse_args()
    print(
        "tool, calls, 95 % interval, share fatal at 1, 2, 4 wrong tokens (if each counts alone), p of that,"
    )
    print("unsupported, time")
    rows = []
    for name in options.tools:
        rows.append(measured(name, options.calls))
        print(line(rows[-1]), flush=True)
    if options.into:
        options.into.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
