"""Exit codes, messages and the JSON document of a verb."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from tests.unit.cli.fakes import Fake

from tasklaws.cli.main import main
from tasklaws.core.errors import BadTable, NoAnswer, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

SCORE = "tasklaws.run.scoring:score"


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*_: Any, **__: Any) -> Any:
        raise error

    return function


def answering(result: Any) -> Callable[..., Any]:
    return lambda *_, **__: result


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (BadTable("row 3: 1.2.", "It must be at most 1."), 2, "bad-table"),
        (VerificationFailed("line 4 of the log was changed."), 3, "verification-failed"),
        (NoAnswer("ladder-too-short", "one model only."), 4, "ladder-too-short"),
        (FileNotFoundError(2, "No such file or directory", "cells.csv"), 2, "file"),
        (ZeroDivisionError("division by zero"), 1, "internal-error"),
    ],
)
def test_main_failing_verb_gives_exit_code_message_and_document(
    error: Exception, code: int, reason: str, stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(SCORE, raising(error))
    assert main(["score", "study", "--json"]) == code
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["schema_version"] == 1
    assert document["command"] == "score"
    assert document["error"]["reason"] == reason
    assert printed.err == f"error: {document['error']['message']}\n"


def test_main_failing_verb_without_json_leaves_stdout_empty(
    stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(SCORE, raising(BadTable("row 3: 1.2.")))
    assert main(["score", "study"]) == 2
    assert capsys.readouterr().out == ""


def test_main_internal_error_is_one_line_with_a_hint(
    stand_in: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TASKLAWS_DEBUG", raising=False)
    stand_in(SCORE, raising(KeyError("k")))
    assert main(["score", "study"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "TASKLAWS_DEBUG=1" in line


def test_main_internal_error_is_raised_when_debugging(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKLAWS_DEBUG", "1")
    stand_in(SCORE, raising(KeyError("k")))
    with pytest.raises(KeyError):
        main(["score", "study"])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_main_interrupted_says_how_to_resume(
    error: BaseException, stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(SCORE, raising(error))
    assert main(["score", "my study"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "interrupted; to resume: tasklaws score 'my study'"


def test_main_result_is_a_document_under_json(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(SCORE, answering(Fake({"cells": 7, "lower": None})))
    assert main(["score", "study", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema_version": 1,
        "command": "score",
        "cells": 7,
        "lower": None,
    }


def test_main_result_decides_on_exit_code_four(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(SCORE, answering(Fake({"cells": 7}, exit_code=4)))
    assert main(["score", "study", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["cells"] == 7


def test_main_undefined_number_never_leaves_as_nan(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(SCORE, answering(Fake({"cells": float("nan")})))
    assert main(["score", "study", "--json"]) == 1
    assert "NaN" not in capsys.readouterr().out


def test_main_warnings_go_to_stderr_and_names_are_inert(
    stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(SCORE, answering(Fake({"cells": "\x1b[2J\u202ename"}, warnings=("tie at \x1b[31m",))))
    assert main(["score", "study"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "\\x1b[2J\\u202ename cells\n"
    assert printed.err == "warning: tie at \\x1b[31m\n"


def test_main_error_message_with_hostile_name_is_inert(
    stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(SCORE, raising(BadTable("model \x1b]0;x\x07 is twice there.")))
    main(["score", "study"])
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "near"), [("predit", "predict"), ("bactest", "backtest"), ("Open", "open")]
)
def test_main_unknown_verb_is_a_usage_error_with_the_nearest(
    typed: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed]) == 2
    assert f"Did you mean '{near}'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["score"], ["score", "study", "--jsn"], ["--nonsense"], ["predict", "study"]]
)
def test_main_wrong_usage_is_exit_code_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: tasklaws" in capsys.readouterr().err


def test_main_version(capsys: pytest.CaptureFixture[str]) -> None:
    import tasklaws

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tasklaws {tasklaws.__version__}\n"
