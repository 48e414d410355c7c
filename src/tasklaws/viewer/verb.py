"""The verb `view`: serves the pages of a study on this machine until it is told to stop."""

from __future__ import annotations

import secrets
import socket
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self

from tasklaws.core.errors import BadInput, TasklawsError
from tasklaws.core.progress import SILENT
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import uvicorn

    from tasklaws.core.progress import Progress

HOST = "127.0.0.1"
"""The only address: what others are to see is the report."""
PORTS = range(65_536)
GRACE = 5
"""Seconds that answers on their way have to end."""
PAUSE = 0.1
"""Seconds after which a wait looks whether it was to end."""
PATIENCE = 20
"""Seconds that the server has to start."""


class View:
    """A study that is being served; `url` says where, `close` ends it."""

    def __init__(self, study: Path, attempts: int, url: str, server: uvicorn.Server, thread: Thread) -> None:
        """Hold what is served by `thread`."""
        self.study, self.attempts, self.url = study, attempts, url
        self._server, self._thread = server, thread

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `view`."""
        return {"url": self.url, "study": str(self.study), "scores": self.attempts}

    def wait(self) -> None:
        """Serve until Ctrl-C, then finish the answers that are on their way; a second one cuts them off."""
        try:
            while self._thread.is_alive():
                # A library that catches signals keeps a wait without end from being broken off.
                self._thread.join(PAUSE)
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        try:
            while self._thread.is_alive():
                self._thread.join(PAUSE)
        except KeyboardInterrupt:
            self._server.force_exit = True
            self._thread.join(GRACE)

    def __enter__(self) -> Self:
        """Return the view."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.close()


def view(study: Study | str | Path, port: int = 0, *, progress: Progress = SILENT) -> View:
    """Serve a study on this machine and return where; it is served until `close`.

    Args:
        study: the study, or its folder; nothing in it is changed.
        port: 0 for any that is free.
        progress: told of the reading.

    Raises:
        BadInput: there is no such study, the port cannot be had, or the extra `view` is not installed.
        VerificationFailed: the study is not what was written.
    """
    try:
        import uvicorn

        from tasklaws.viewer.app import Pages
        from tasklaws.viewer.guard import Guard
    except ModuleNotFoundError as error:
        raise BadInput(
            f"{error.name} is not installed.",
            "Pages are served by starlette and uvicorn.",
            "Install them with: pip install 'tasklaws[view]'.",
        ) from None
    from tasklaws.viewer.desk import Store

    opened = study if isinstance(study, Study) else Study(study)
    with progress.stage("reading the study") as advance:
        store = Store(opened)
        advance(1)
    listening = _listening(port)
    bound = int(listening.getsockname()[1])
    token = secrets.token_urlsafe(24)
    guarded = Guard(Pages(store, token).app(), token, bound)
    config = uvicorn.Config(
        guarded,
        lifespan="off",
        ws="none",
        http="h11",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name="view", daemon=True)
    thread.start()
    _started(server, thread)
    url = f"http://{HOST}:{bound}/{token}/"
    return View(opened.path, store.desk.results.index.height, url, server, thread)


def _listening(port: int) -> socket.socket:
    if port not in PORTS:
        raise BadInput(
            f"there is no port {port}.", "Ports are 0 to 65535.", "Leave --port out for a free one."
        )
    # The protocol is named because asyncio then sends what is written at once: 40 ms less per page.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
        made.listen()
    except OSError as error:
        made.close()
        raise BadInput(
            f"port {port} of this machine cannot be had ({error.strerror or error}).",
            "The viewer needs a port of its own.",
            "Leave --port out, and a free one is taken.",
        ) from None
    return made


def _started(server: uvicorn.Server, thread: Thread) -> None:
    until = monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or monotonic() > until:
            raise TasklawsError("the viewer did not start.", "", "Run again with TASKLAWS_DEBUG=1.")
        sleep(0.01)
