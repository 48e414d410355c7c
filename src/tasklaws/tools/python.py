"""python: a program is run and what it prints is the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._sandboxed import run_in
from tasklaws.tools._tokens import tokens

if TYPE_CHECKING:
    from tasklaws.spec.sandbox import Outcome

REFERENCES = (
    "print(sum(range(1, 101)))",
    "print(2**61 % 1009)",
    'print("".join(sorted("strictness")))',
    """\
word = "level"
print(word == word[::-1])
""",
    """\
total = 0
for i in range(20):
    total += i * i
print(total)
""",
    "print([n for n in range(2, 60) if all(n % d for d in range(2, n))])",
    """\
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

print(fib(14))
""",
    """\
a, b = 1071, 462
while b:
    a, b = b, a % b
print("greatest common divisor:", a)
""",
    """\
counts = {}
for letter in "mississippi":
    counts[letter] = counts.get(letter, 0) + 1
for letter in sorted(counts):
    print(letter, counts[letter])
""",
    """\
values = [31, 4, 15, 92, 65, 35]
values.sort()
middle = len(values) // 2
median = (values[middle - 1] + values[middle]) / 2
print(f"median {median}, range {values[-1] - values[0]}")
""",
)


def use(call: str) -> Outcome:
    """Run a program in the sandbox of a small Python."""
    return run_in("monty", call, "python")


TOOL = Tool(
    "python",
    "run a program and return what it prints",
    "seed 001: a tool works if all tokens are right",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.910, 0.890, 0.927, 998, "2026-11-22, pydantic-monty 1.4.0"),
    requires="A program that parses, runs to its end and prints the result; names, signs and layout count.",
)
