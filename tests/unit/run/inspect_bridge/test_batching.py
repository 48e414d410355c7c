"""Questions collected into batches: sizes, threads, one question twice, cancelled tasks, errors, loops."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest

from tasklaws.run.inspect_bridge import batching
from tasklaws.run.inspect_bridge.batching import Batches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

NO_TRIO = pytest.mark.skipif(find_spec("trio") is None, reason="trio is not installed")
EVENT_LOOPS = ("asyncio", pytest.param("trio", marks=NO_TRIO))


class Work:
    """Squares numbers, and remembers what it was asked; where it is held, only when it is let go."""

    def __init__(self, *, held: bool = False) -> None:
        self.asked: list[list[int]] = []
        self.threads: set[int] = set()
        self.begun, self.free = threading.Event(), threading.Event()
        if not held:
            self.free.set()

    def __call__(self, asked: Sequence[int]) -> list[int]:
        self.asked.append(sorted(asked))  # loops start tasks in any order
        self.threads.add(threading.get_ident())
        self.begun.set()
        assert self.free.wait(5)
        return [number**2 for number in asked]

    @property
    def sizes(self) -> list[int]:
        return [len(asked) for asked in self.asked]


@pytest.fixture(params=EVENT_LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[Any]]], Any]:
    """Return a function that runs an asynchronous one in an event loop of its own."""
    return lambda main: anyio.run(main, backend=request.param)


async def ask(batches: Batches[int, int], numbers: Sequence[int]) -> dict[int, int | str]:
    """Return number -> answer, or the words of the error; all are asked at once."""
    given: dict[int, int | str] = {}

    async def one(number: int) -> None:
        try:
            given[number] = await batches.answer(number, number)
        except ValueError as error:
            given[number] = str(error)

    async with anyio.create_task_group() as group:
        for number in numbers:
            group.start_soon(one, number)
    return given


async def until(ready: Callable[[], object]) -> None:
    """Return when `ready` says so."""
    with anyio.fail_after(5):
        while not ready():  # noqa: ASYNC110  threads set no event of the loop
            await anyio.sleep(0.001)


def test_batches_are_full_as_long_as_there_are_questions(run: Any) -> None:
    work = Work()
    given = run(lambda: ask(Batches(work, 100), range(250)))
    assert given == {number: number**2 for number in range(250)}
    assert work.sizes == [100, 100, 50]
    assert sorted(chain(*work.asked)) == list(range(250))


def test_a_batch_is_of_questions_that_take_as_long_as_the_one_that_waits_longest(run: Any) -> None:
    """Of more than a batch; nobody waits for ever, since the first is always in it."""
    work = Work(held=True)
    batches = Batches(work, 4, effort=lambda number: number % 10)

    async def main() -> dict[int, int | str]:
        given: dict[int, int | str] = {}

        async def others() -> None:
            given.update(await ask(batches, [21, 99, 31, 89, 41, 79, 51, 69]))

        async with anyio.create_task_group() as group:
            group.start_soon(ask, batches, [1, 2, 3, 4])
            await until(work.begun.is_set)
            group.start_soon(others)
            await anyio.sleep(0.01)
            work.free.set()
        return given

    assert len(run(main)) == 8
    assert sorted(work.asked) == [[1, 2, 3, 4], [21, 31, 41, 51], [69, 79, 89, 99]]


def test_the_loop_goes_on_while_a_thread_works(run: Any) -> None:
    work = Work(held=True)
    batches = Batches(work, 3)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask, batches, range(3))
            await until(work.begun.is_set)
            group.start_soon(ask, batches, range(3, 5))  # collected meanwhile
            await anyio.sleep(0.01)
            work.free.set()

    run(main)
    assert work.asked == [[0, 1, 2], [3, 4]]
    assert threading.get_ident() not in work.threads


def test_what_is_asked_twice_is_worked_out_once(run: Any) -> None:
    """While it waits, while it is worked on, and ever after."""
    work = Work(held=True)
    batches = Batches(work, 10)
    given: list[int] = []

    async def one() -> None:
        given.append(await batches.answer("three", 3))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
            await until(work.begun.is_set)
            group.start_soon(one)
            await anyio.sleep(0.01)
            work.free.set()
        await one()

    run(main)
    assert given == [9] * 4
    assert work.asked == [[3]]


def test_who_sees_to_a_batch_and_is_cancelled_is_missed_by_nobody(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first who asks sees to it; cancelled before the batch goes out, its question is not asked."""
    monkeypatch.setattr(batching, "IDLE", 0.05)
    work = Work()
    batches = Batches(work, 10)

    async def main() -> dict[int, int | str]:
        given: dict[int, int | str] = {}

        async def others() -> None:
            given.update(await ask(batches, range(1, 5)))

        async with anyio.create_task_group() as group, anyio.create_task_group() as first:
            first.start_soon(batches.answer, 0, 0)
            await anyio.sleep(0.01)
            group.start_soon(others)
            await anyio.sleep(0.01)
            first.cancel_scope.cancel()
        return given

    assert run(main) == {number: number**2 for number in range(1, 5)}
    assert work.asked == [[1, 2, 3, 4]]


def test_who_is_cancelled_while_the_thread_works_takes_nothing_from_the_others(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "IDLE", 0.05)
    work = Work(held=True)
    batches = Batches(work, 10)

    async def main() -> dict[int, int | str]:
        given: dict[int, int | str] = {}

        async def others() -> None:
            given.update(await ask(batches, range(1, 5)))

        async with anyio.create_task_group() as group, anyio.create_task_group() as first:
            first.start_soon(batches.answer, 0, 0)
            await anyio.sleep(0.01)
            group.start_soon(others)
            await until(work.begun.is_set)
            threading.Timer(0.02, work.free.set).start()
            first.cancel_scope.cancel()
        return given

    assert run(main) == {number: number**2 for number in range(1, 5)}
    assert work.asked == [[0, 1, 2, 3, 4]]


def test_an_error_reaches_all_who_wait_and_is_not_remembered(run: Any) -> None:
    work = Work()

    def fails_once(asked: Sequence[int]) -> list[int]:
        found = work(asked)
        if len(work.asked) == 1:
            raise ValueError("out of memory")
        return found

    batches = Batches(fails_once, 3)

    async def main() -> list[dict[int, int | str]]:
        return [await ask(batches, range(5)), await ask(batches, range(5))]

    first, again = run(main)
    assert work.sizes == [3, 2, 3]
    assert first == {n: "out of memory" if n in work.asked[0] else n**2 for n in range(5)}
    assert again == {n: n**2 for n in range(5)}


def test_loops_one_after_another(run: Any) -> None:
    """The last was stopped in the middle of a batch."""
    work = Work(held=True)
    batches = Batches(work, 10)

    async def stopped() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask, batches, range(3))
            await until(work.begun.is_set)
            threading.Timer(0.02, work.free.set).start()
            group.cancel_scope.cancel()

    run(stopped)
    assert run(lambda: ask(batches, range(2, 6))) == {2: 4, 3: 9, 4: 16, 5: 25}
    assert run(lambda: ask(batches, range(6))) == {number: number**2 for number in range(6)}
    assert work.asked == [[0, 1, 2], [3, 4, 5]]  # what the first thread had worked out was remembered


def test_a_busy_loop_is_waited_for_only_so_long(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody asks all the time; with patience the batch would be full before it goes out."""
    monkeypatch.setattr(batching, "PATIENCE", 0.02)
    monkeypatch.setattr(batching, "IDLE", 0.01)
    work = Work()
    batches = Batches(work, 1000)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(batches.answer, number, number)
                await anyio.sleep(0.001)

    run(main)
    assert sum(work.sizes) == 100
    assert len(work.sizes) > 1


def test_tasks_that_come_and_go_get_what_they_asked_for(run: Any) -> None:
    """Hundreds of tasks of which every third is cancelled at some moment, those who see to batches too."""
    rng = np.random.default_rng(0)
    begin, end = rng.uniform(0, 0.05, 300), rng.uniform(0, 0.02, 300)
    work, given = Work(), {}
    batches = Batches(work, 8)

    async def one(number: int) -> None:
        await anyio.sleep(begin[number])
        with anyio.move_on_after(end[number] if number % 3 == 0 else 10):
            given[number] = await batches.answer(number, number)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for number in range(300):
                group.start_soon(one, number)

    run(main)
    assert given.items() <= {number: number**2 for number in range(300)}.items()
    assert {number for number in range(300) if number % 3} <= given.keys()
    assert max(work.sizes) <= 8
    assert len(set(chain(*work.asked))) == sum(work.sizes)  # nothing was worked out twice
