"""What charts and tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
"""One line of a table, or one mark of a chart: field -> value."""
Spec = Mapping[str, Any]
"""A drawing in the words of Vega-Lite."""
