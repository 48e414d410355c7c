"""The pages as a web application: addresses to pages, files, and transcripts. It only ever reads."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from tasklaws.core.errors import TasklawsError, UnknownName
from tasklaws.report.blocks import Paragraph
from tasklaws.report.bundle import read_asset, read_bundle
from tasklaws.report.templating import templates
from tasklaws.report.text import visible
from tasklaws.viewer.asked import Asked, asked
from tasklaws.viewer.pages import family, model, overview, run, runs, task
from tasklaws.viewer.parts import Page
from tasklaws.viewer.transcripts import PLACE, WAY_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tasklaws.viewer.desk import Desk, Store

    MakePage = Callable[[Desk, Asked], Page]

PAGES: dict[str, MakePage] = {
    "": overview.page,
    "family": family.page,
    "task": task.page,
    "model": model.page,
    "runs": runs.page,
    "run": run.page,
}


def _own(name: str) -> bytes:
    return files("tasklaws.viewer").joinpath("assets", name).read_bytes()


ASSETS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "report.css": ("text/css", partial(read_asset, "report.css")),
    "view.css": ("text/css", partial(_own, "view.css")),
    "chart.js": ("text/javascript", partial(_own, "chart.js")),
    "vega-bundle.js": ("text/javascript", read_bundle),
}
NOT_FOUND = Response("Not Found", 404, media_type="text/plain")


class Pages:
    """Answers questions about one study."""

    def __init__(self, store: Store, token: str) -> None:
        """Serve the study of `store` below `token`."""
        self._store, self._base = store, f"/{token}/"

    def app(self) -> Starlette:
        """Return the application; its paths are those behind the token."""
        pages = [Route(f"/{name}", self._page(make, name)) for name, make in PAGES.items()]
        named = Route("/family/{name:path}", self._page(family.page, "family"))
        viewer = [
            Route(f"/{PLACE}", self._to_viewer),
            Route(f"/{PLACE}/logs/{{name:path}}", self._log),
            Route(f"/{PLACE}/{{name:path}}", self._viewer),
        ]
        app = Starlette(routes=[*pages, named, Route("/assets/{name}", _asset), *viewer])
        app.router.redirect_slashes = False
        return app

    def _page(self, make: MakePage, place: str) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            started = perf_counter()
            said, name = list(request.query_params.multi_items()), request.path_params.get("name")
            here = place
            if name is not None:
                said, here = [*said, ("name", name)], f"{place}/{quote(name, safe='')}"
            question = asked(self._base, here, said)
            if question.get("fresh"):
                self._store.read_again()
                return RedirectResponse(question.here(), 303)
            page = _made(make, self._store.desk, question)
            if question.get("csv") and page.status == 200:  # noqa: PLR2004 - it is there
                return _csv(page)
            return self._html(page, question, started)

        return answer

    def _html(self, page: Page, question: Asked, started: float) -> Response:
        results = self._store.desk.results
        shown = {
            "page": page,
            "asked": question,
            "study": results.settings.name,
            "grown": self._store.grown(),
            "read_at": results.read_at,
            "milliseconds": round(1000 * (perf_counter() - started)),
        }
        html = templates("tasklaws.viewer", "tasklaws.report").get_template("view.html.j2").render(shown)
        return Response(html.encode("utf-8", "backslashreplace"), page.status, media_type="text/html")

    def _to_viewer(self, request: Request) -> Response:
        del request
        return RedirectResponse(f"{self._base}{PLACE}/", 307)

    def _viewer(self, request: Request) -> Response:
        """Answer with a file of Inspect's viewer."""
        started, name = perf_counter(), request.path_params["name"] or "index.html"
        transcripts = self._store.desk.transcripts
        if transcripts.viewer is None:
            text = f"Transcripts are shown by the viewer of Inspect AI, which is not installed. {WAY_OUT}"
            question = asked(self._base, f"{PLACE}/", ())
            return self._html(_sorry(question, "No viewer", text), question, started)
        path = transcripts.viewer.get(name)
        if path is None:
            return NOT_FOUND
        policy = {"Content-Security-Policy": f"{transcripts.policy}; frame-ancestors 'none'"}
        if name == "index.html":
            return Response(transcripts.front, media_type="text/html", headers=policy)
        return FileResponse(path, headers=policy)

    def _log(self, request: Request) -> Response:
        """Answer with a log, or a range of it; the name only chooses among those that were found."""
        name, transcripts = request.path_params["name"], self._store.desk.transcripts
        if name == "listing.json":
            return Response(transcripts.listing(), media_type="application/json")
        path = transcripts.log(name)
        return NOT_FOUND if path is None else FileResponse(path, media_type="application/octet-stream")


def _made(make: MakePage, desk: Desk, question: Asked) -> Page:
    try:
        return make(desk, question)
    except UnknownName as error:
        return _sorry(question, "Not found", str(error), 404)
    except TasklawsError as error:
        return _sorry(question, "This cannot be shown", str(error), 409)


def _sorry(question: Asked, title: str, text: str, status: int = 404) -> Page:
    return Page(
        title, (("Study", question.to("")), (title, "")), (Paragraph(visible(text), "note"),), status=status
    )


def _csv(page: Page) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{page.file}.csv"'}
    return Response(page.csv(), media_type="text/csv", headers=named)


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        return NOT_FOUND
    kind, read = ASSETS[name]
    return Response(read(), media_type=kind)
