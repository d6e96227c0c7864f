"""The server: a page, its files, and a web socket for each window.

Invariant: every request passes `_guard`, which answers 403 to whoever is not known; everything that is served comes
from this package or from textual-serve's folder, and the headers forbid the browser to ask any other host.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import textual_serve
from aiohttp import web

from annotator.errors import UsageError
from annotator.serving.people import Guest, People
from annotator.serving.windows import MESSAGE_LIMIT, Window, cells, converse

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

WINDOWS_EACH: Final = 4  # that one person may have open; each is a process
_HEARTBEAT: Final = 15.0  # seconds
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_PAGE: Final = Path(__file__).with_name("page")
_OTHERS: Final = Path(textual_serve.__file__).parent / "static"
_FILES: Final = {
    "page.css": (_PAGE / "page.css", "text/css"),
    "page.js": (_PAGE / "page.js", "text/javascript"),
    "xterm.css": (_OTHERS / "css" / "xterm.css", "text/css"),
    "textual.js": (_OTHERS / "js" / "textual.js", "text/javascript"),
    "RobotoMono-VariableFont_wght.ttf": (_OTHERS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "RobotoMono-Italic-VariableFont_wght.ttf": (
        _OTHERS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
        "font/ttf",
    ),
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "annotator",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_REFUSED: Final = "403: use the whole link that you were given\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens.

    Args:
        host: An address or a name of this machine.
        port: The port; 0 for any that is free.
        public: What others call it, scheme and host without a path, where it stands behind a proxy; "" if it does not.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    public: str = ""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine as only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Server:
    """Serves the screens to people.

    Args:
        people: Who may come in.
        command: Returns what to run for the annotator of a name.
        place: Where to listen.
    """

    def __init__(self, people: People, command: Callable[[str], Sequence[str]], place: Place) -> None:
        self._people = people
        self._command = command
        self._place = place
        self._port = place.port
        self._open: Counter[str] = Counter()
        self._sockets: set[web.WebSocketResponse] = set()
        self._stopped = asyncio.Event()

    async def run(self, tell: Callable[[Sequence[tuple[str, str]]], None]) -> None:
        """Serve until the process is told to end.

        Args:
            tell: Told each name and its link, when the server listens.

        Raises:
            UsageError: If it cannot listen there.
        """
        runner = web.AppRunner(self.app(), access_log=None, handle_signals=False, logger=self._logger())
        await runner.setup()
        try:
            await self._listen(runner)
            self._end_on_signals()
            base = self._place.public or f"http://{self._authority()}"
            tell([(guest.name, f"{base}/?token={guest.token}") for guest in self._people.guests])
            await self._stopped.wait()
        finally:
            await runner.cleanup()

    def app(self) -> web.Application:
        """Return the application, without a place to listen."""
        app = web.Application(middlewares=[self._guard], client_max_size=1024)
        app.on_response_prepare.append(self._add_headers)
        app.on_shutdown.append(self._close_all)
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{name}", self._static)
        app.router.add_get("/ws", self._socket, allow_head=False)
        return app

    async def _listen(self, runner: web.AppRunner) -> None:
        place = self._place
        try:
            await web.TCPSite(runner, place.host, place.port).start()
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"cannot listen on {place.host} port {place.port}: {why}", hint="try --port 0") from error
        self._port = runner.addresses[0][1]

    def _authority(self) -> str:
        host = f"[{self._place.host}]" if ":" in self._place.host else self._place.host
        return f"{host}:{self._port}"

    def _logger(self) -> logging.Logger:
        logger = logging.getLogger("annotator.serving")
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Discreet(self._people))
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.ERROR)
        return logger

    def _end_on_signals(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                with suppress(NotImplementedError):  # on Windows, where Ctrl+C comes as an exception
                    asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self._stopped.set)

    @property
    def cookie(self) -> str:
        """The cookie's name; a browser shares cookies among the ports of a host, so the port is in it."""
        return f"annotator_{self._port}"

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who is known, and refuse all others in the same words whatever they asked for."""
        if request.method not in ("GET", "HEAD") or not self._expects(request.host):
            return web.Response(status=403, text=_REFUSED)
        token = request.query.get("token")
        if token is not None:
            guest = self._people.by_token(token) if request.path == "/" else None
            return self._enter(guest) if guest else web.Response(status=403, text=_REFUSED)
        if self._known(request) is None:
            return web.Response(status=403, text=_REFUSED)
        return await handler(request)

    def _known(self, request: web.Request) -> Guest | None:
        return self._people.by_cookie(request.cookies.get(self.cookie, ""))

    def _enter(self, guest: Guest) -> web.Response:
        # A page that goes on by itself, and no redirection: a browser that comes from a link in a mail would not send
        # a strict cookie along with one.
        response = web.Response(body=(_PAGE / "enter.html").read_bytes(), content_type="text/html", charset="utf-8")
        secure = self._place.public.startswith("https:")
        response.set_cookie(self.cookie, guest.cookie, httponly=True, samesite="Strict", secure=secure, path="/")
        return response

    def _expects(self, host: str) -> bool:
        """Say whether a request is meant for this server, and not for a name that somebody let point here."""
        if not _HOST.fullmatch(host):
            return False
        if self._place.public:
            public = urlsplit(self._place.public).netloc
            return host.lower() in (public.lower(), self._authority().lower())
        return not self._place.loopback or is_loopback(urlsplit(f"//{host}").hostname or "")

    def _same_origin(self, request: web.Request) -> bool:
        origin = urlsplit(request.headers.get("Origin", ""))
        if self._place.public and origin.netloc.lower() == urlsplit(self._place.public).netloc.lower():
            return origin.scheme == urlsplit(self._place.public).scheme
        return origin.scheme == "http" and origin.netloc.lower() == request.host.lower()

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        hosts = {request.host} if _HOST.fullmatch(request.host) else set()
        if self._place.public:
            hosts.add(urlsplit(self._place.public).netloc)
        sockets = " ".join(f"ws://{host} wss://{host}" for host in sorted(hosts))
        response.headers.update(_HEADERS)
        # Styles are also made by the terminal's script.
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"font-src 'self'; connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=(_PAGE / "index.html").read_bytes(), content_type="text/html", charset="utf-8")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        found = _FILES.get(request.match_info["name"])
        if found is None:
            return web.Response(status=404, text="404: no such file\n")
        path, kind = found
        charset = "utf-8" if kind.startswith("text/") else None
        return web.Response(body=path.read_bytes(), content_type=kind, charset=charset)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        guest = self._known(request)
        if guest is None or not self._same_origin(request):
            return web.Response(status=403, text=_REFUSED)
        if self._open[guest.name] >= WINDOWS_EACH:
            return web.Response(status=429, text=f"429: {WINDOWS_EACH} windows are open already; close one\n")
        self._open[guest.name] += 1
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=MESSAGE_LIMIT)
        window = Window(self._command(guest.name), socket)
        try:
            await socket.prepare(request)
            self._sockets.add(socket)
            await window.start(cells(request.query.get("width"), 80), cells(request.query.get("height"), 24))
            await converse(socket, window)
        finally:
            try:
                await window.end()
            finally:
                self._sockets.discard(socket)
                self._open[guest.name] -= 1
        await socket.close()
        return socket

    async def _close_all(self, app: web.Application) -> None:
        for socket in tuple(self._sockets):
            await socket.close()


class _Discreet(logging.Formatter):
    """Writes what went wrong without the secrets that may be in a request."""

    def __init__(self, people: People) -> None:
        super().__init__("annotator serve: %(message)s")
        self._people = people

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return self._people.without_secrets(super().format(record))
