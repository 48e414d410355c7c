"""Red lines as their file says them, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.spec.red_lines import EXAMPLE, RedLine, read_red_lines

HERE = Path(__file__).parents[3]
GOOD = 'name = "a"\nfamily = "sha_*"\nthreshold = 0.5\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "redlines.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_of_the_message_is_a_file(tmp_path: Path) -> None:
    (line,) = read_red_lines(written(tmp_path, EXAMPLE))
    assert line.threshold == 0.5
    assert line.matches("ai_rd_fix_embedding")
    assert not line.matches("sha_chain")
    assert line.doubts == ()


def test_the_shipped_example_states_argument_and_margin() -> None:
    lines = read_red_lines(HERE / "examples" / "redlines.toml")
    assert [line.threshold for line in lines] == [0.1, 0.5]
    assert all(line.argument and line.decided_by and line.metric == "score_binarized" for line in lines)


def test_defaults_leave_all_to_the_study_and_doubts_are_told(tmp_path: Path) -> None:
    (line,) = read_red_lines(written(tmp_path, f"[[line]]\n{GOOD}"))
    assert line == RedLine("a", "sha_*", 0.5)
    assert [doubt.partition(": ")[2] for doubt in line.doubts] == [
        "nobody is named who decides",
        "no argument is given",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no red line"),
        ("line = 3", "holds no red line"),
        ("lines = []", "Did you mean 'line'?"),
        ("[[line]", "redlines.toml"),
        ('[[line]]\nname = "a"\nfamily = "b"', "there is no key 'threshold'"),
        (f"[[line]]\n{GOOD}treshold = 0.1", "Did you mean 'threshold'?"),
        (f"[[line]]\n{GOOD.replace('0.5', '1.5')}", "above 0 and at most 1"),
        (f"[[line]]\n{GOOD.replace('0.5', '0')}", "above 0 and at most 1"),
        (f"[[line]]\n{GOOD.replace('0.5', 'nan')}", "above 0 and at most 1"),
        (f"[[line]]\n{GOOD.replace('0.5', 'true')}", "a number"),
        (f"[[line]]\n{GOOD}margin = 0.5", "below the threshold, 0.5"),
        (f"[[line]]\n{GOOD}alert = 1", "between 0 and 1"),
        (f"[[line]]\n{GOOD}metric = 3", "text"),
        (f"[[line]]\n{GOOD.replace('sha_*', ' ')}", "text"),
        (f"[[line]]\n{GOOD}[[line]]\n{GOOD}", "two lines are called 'a'"),
    ],
)
def test_what_cannot_be_used_is_refused_in_three_parts(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_red_lines(written(tmp_path, text))
    assert told in str(caught.value)
    assert "redlines.toml" in caught.value.what
    assert caught.value.need
    assert caught.value.way_out


def test_a_missing_file_shows_a_line_to_start_from(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file.*line = \[\{name = "):
        read_red_lines(tmp_path / "absent.toml")
