"""The verdicts on a family, and the words that command line and report have for them."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["forecastable", "forecastable_via_process", "only_detectable", "invalid", "not_enough_data"]

VERDICTS: dict[str, str] = {
    "forecastable": "forecastable",
    "forecastable_via_process": "forecastable via a process metric",
    "only_detectable": "only detectable",
    "invalid": "invalid",
    "not_enough_data": "not enough data",
}
"""Verdict -> its words, in the order in which families are listed."""
