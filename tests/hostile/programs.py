"""Programs that mean harm, or that anyone may write by mistake, and how each may end.

In the texts, SECRET is a file of the host that everybody may read, VICTIM a folder of the host that
everybody may write to, PORT a port on which the host listens, MARK a number that marks a process.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A program and how it may end."""

    name: str
    code: str
    monty: str
    """Kinds that are right, apart by blanks."""
    bwrap: str
    output: dict[str, str] | None = None
    """Sandbox -> what must stand on stdout."""


PROGRAMS = (
    Program("endless_loop", "while True: pass", "timeout", "timeout"),
    Program(
        "loop_that_catches",
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "timeout",
        "timeout",
    ),
    Program("list_bomb", "x = []\nwhile True: x.append('a' * 10**6 + str(len(x)))", "memory", "memory"),
    Program("squaring", "x = 3\nwhile True: x = x * x", "timeout memory", "timeout memory"),
    Program("long_text", "print(len('a' * 10**11))", "memory", "memory"),
    Program(
        "memory_bomb_that_catches",
        "x = []\nwhile True:\n  try:\n    x.append('a' * 10**7 + str(len(x)))\n  except MemoryError: pass",
        "memory timeout",
        "timeout memory",
    ),
    Program("recursion", "def f(): return f()\nf()", "error", "error"),
    Program(
        "deep_list",
        "x = []\nfor _ in range(2_000_000): x = [x]\nprint(x)",
        "memory error timeout",
        "error memory crashed timeout",
    ),
    Program("shared_lists", "x = [1]\nfor _ in range(60): x = [x, x]\nx", "ok", "ok"),
    Program("huge_print", "print(['a' * 10**6] * 2000)", "memory timeout output_cap", "memory output_cap"),
    Program("huge_error", "raise ValueError('a' * 10**7)", "error", "error output_cap"),
    Program(
        "huge_prompt", "input(['a' * 10**6] * 2000)", "unsupported memory timeout", "memory output_cap error"
    ),
    Program("read_secret", "print(open('SECRET').read())", "unsupported", "error"),
    Program(
        "read_secret_by_link",
        "import os\nos.symlink('SECRET', '/tmp/link')\nprint(open('/tmp/link').read())",
        "unsupported",
        "error",
    ),
    Program("read_shadow", "print(open('/etc/shadow').read())", "unsupported", "error"),
    Program(
        "environment", "import os\nprint(dict(os.environ), os.getenv('HOSTILE_TOKEN'))", "unsupported", "ok"
    ),
    Program(
        "environment_of_others",
        "import glob\nfor n in glob.glob('/proc/[0-9]*/environ'):\n"
        "  try: print(open(n).read())\n  except OSError: pass",
        "unsupported",
        "ok",
    ),
    Program("write_file", "open('VICTIM/made', 'w').write('x')", "unsupported", "error"),
    Program(
        "make_folders", "import os\nos.makedirs('VICTIM/deep', exist_ok=True)", "unsupported", "ok error"
    ),
    Program("write_bytecode", "import os\nopen('/usr/lib/made.py', 'w')", "unsupported", "error"),
    Program(
        "fill_tmp",
        "f = open('/tmp/big', 'wb')\nfor _ in range(10_000): f.write(b'a' * 10**6)",
        "unsupported",
        "error",
    ),
    Program(
        "fill_shm",
        "f = open('/dev/shm/big', 'wb')\nfor _ in range(10_000): f.write(b'a' * 10**6)",
        "unsupported",
        "error",
    ),
    Program("fill_root", "open('/made', 'w')", "unsupported", "error"),
    Program(
        "call_host", "import socket\nsocket.create_connection(('127.0.0.1', PORT), 1)", "unsupported", "error"
    ),
    Program(
        "call_world", "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)", "unsupported", "error"
    ),
    Program(
        "whoami",
        "import os, subprocess\nprint(os.getuid() > 0, subprocess.call(['id'], stdout=-3))",
        "unsupported",
        "ok",
        {"bwrap": "True 0\n"},
    ),
    Program(
        "fork_bomb",
        "import os\nwhile True:\n  if os.fork() == 0: os.execv('/usr/bin/sleep', ['sleep', 'MARK'])",
        "unsupported",
        "error memory timeout",
    ),
    Program(
        "daemon",
        "import os\nif os.fork() == 0:\n  os.setsid()\n  for n in range(3): os.close(n)\n"
        "  if os.fork() == 0: os.execv('/usr/bin/sleep', ['sleep', 'MARK'])\n  os._exit(0)\nprint('left')",
        "unsupported",
        "ok",
        {"bwrap": "left\n"},
    ),
    Program(
        "family_of_eaters",
        "import os, time\n"
        "for _ in range(20):\n  if os.fork() == 0: x = b'a' * 10**8; time.sleep(9)\n"
        "time.sleep(9)",
        "unsupported",
        "memory",
    ),
    Program("endless_print", "while True: print('a' * 1000)", "output_cap", "output_cap"),
    Program(
        "endless_print_that_catches",
        "while True:\n  try: print('a' * 1000)\n  except BaseException: pass",
        "output_cap",
        "output_cap",
    ),
    Program(
        "endless_stderr",
        "import sys\nwhile True: print('a' * 1000, file=sys.stderr)",
        "output_cap",
        "output_cap",
    ),
    Program(
        "pickle",
        "import pickle\npickle.loads(b'cos\\nsystem\\n(S\"touch VICTIM/made\"\\ntR.')",
        "unsupported",
        "ok error",
    ),
    Program(
        "regex_bomb", "import re\nprint(re.match(r'(a+)+$', 'a' * 40 + 'b'))", "ok error timeout", "timeout"
    ),
    Program("null_pointer", "import ctypes\nctypes.string_at(0)", "unsupported", "crashed"),
    Program("subclasses", "print(().__class__.__base__.__subclasses__())", "unsupported", "ok"),
    Program("sleeper", "import time\ntime.sleep(1000)", "timeout", "timeout"),
    Program("naps", "import time\nwhile True: time.sleep(0.1)", "timeout", "timeout"),
    Program(
        "deaf_sleeper",
        "import signal, time\n"
        "for n in set(signal.Signals) - {9, 19}: signal.signal(n, signal.SIG_IGN)\n"
        "time.sleep(1000)",
        "unsupported",
        "timeout",
    ),
    Program(
        "closed_output",
        "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(1000)",
        "unsupported",
        "timeout",
    ),
    Program("kill_all", "import os\nos.kill(-1, 9)", "unsupported", "error ok"),
    Program("kill_parent", "import os\nos.kill(os.getppid(), 9)", "unsupported", "ok error"),
    Program("kill_itself", "import os\nos.kill(os.getpid(), 9)", "unsupported", "memory"),
    Program("brackets", "[" * 100_000, "error", "error"),
    Program("minus_signs", "-" * 15_000 + "1", "error unsupported ok", "error crashed memory ok"),
    Program("attributes", "x" + ".a" * 9_000, "error unsupported", "error crashed memory"),
    Program("lines_of_sums", "1" + "+1" * 9_000, "error unsupported ok", "error crashed memory ok"),
    Program("nul", "print(1)\0", "error", "ok error"),
    Program("lone_surrogate", "print('\ud800')", "error", "error"),
    Program(
        "forged_result",
        'print(\'{"kind": "ok", "answer": 42}\')\nraise SystemExit(\'1\')',
        "error",
        "error",
        dict.fromkeys(("monty", "bwrap"), '{"kind": "ok", "answer": 42}\n'),
    ),
    Program(
        "forged_status",
        "import os\nfor n in range(3, 64):\n  try: os.write(n, b'{\"exit-code\": 0}')\n"
        "  except OSError: pass\nos._exit(3)",
        "unsupported",
        "error",
    ),
    Program(
        "forged_unsupported",
        "raise NotImplementedError('The monty syntax parser does not yet support forging')",
        "error",
        "error",
    ),
    Program(
        "forged_missing_module", "raise ModuleNotFoundError(\"No module named 'heapq'\")", "error", "error"
    ),
    Program("forged_timeout", "raise TimeoutError('feed time limit exceeded')", "error", "error"),
)

RIGHT = {
    "sum": ("print(sum(range(101)))", "5050\n"),
    "sha256_ten_times": (
        "import hashlib\nx = b'a'\nfor _ in range(10): x = hashlib.sha256(x).digest()\nprint(x.hex()[:8])",
        None,
    ),
}
"""Name -> a program that does no harm, and what it prints; None where the test computes that."""
