"""bash: a shell script is run and what it prints is the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._sandboxed import run_in
from tasklaws.tools._tokens import tokens

if TYPE_CHECKING:
    from tasklaws.spec.sandbox import Outcome

REFERENCES = (
    "echo $((2**20 + 7))",
    "seq 2 3 30 | tac | head -n 4 | paste -sd,",
    "printf '%s' abc | sha256sum | cut -d' ' -f1",
    "for n in 3 1 2; do echo $n; done | sort -n",
    """\
word=strictness
echo "${#word} letters, ${word:0:6} first"
""",
    "printf '%s\\n' b a b c b | sort | uniq -c | sort -rn | head -n 1",
    """\
total=0
for ((i = 1; i <= 12; i++)); do
  total=$((total + i * i))
done
echo "total: $total"
""",
    """\
double() { echo $(( $1 * 2 )); }
if [ "$(double 21)" -eq 42 ]; then echo even; else echo odd; fi
""",
    """\
while read -r name count; do
  echo "$name has $count"
done <<< $'alpha 3\nbeta 5' | sed 's/beta/gamma/' | tr a-z A-Z
""",
)


def use(call: str) -> Outcome:
    """Run a script behind walls."""
    return run_in("bwrap", call, "bash")


TOOL = Tool(
    "bash",
    "run a shell script and return what it prints",
    "GNU Bash Reference Manual",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.853, 0.830, 0.874, 1000, "2026-11-22, bash 5.2.15"),
    requires="A script whose commands, options and quotes are right to the character.",
)
