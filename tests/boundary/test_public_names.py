"""The names that `import tasklaws` promises."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tasklaws


def test_all_is_sorted_and_complete() -> None:
    assert tasklaws.__all__ == sorted(tasklaws.__all__)
    assert set(tasklaws.__all__) == set(tasklaws._PLACE_OF)


@pytest.mark.parametrize("name", tasklaws.__all__)
def test_public_name_is_there(name: str) -> None:
    assert getattr(tasklaws, name).__name__ == name


@pytest.mark.parametrize("name", ["report", "study"])
def test_a_verb_stays_a_function_after_its_package_is_imported(name: str) -> None:
    imports = f"import tasklaws.{name}, tasklaws; from tasklaws import {name} as verb"
    code = f"{imports}; assert callable(verb) and tasklaws.{name} is verb"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tasklaws.nonsense
