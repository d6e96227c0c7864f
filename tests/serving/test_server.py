"""The server on loopback, with a small program in the place of the screens: who is let in, what is said, what ends."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("textual_serve", reason="textual-serve is not installed")
import aiohttp

from annotator.errors import UsageError
from annotator.serving.people import People
from annotator.serving.server import _FILES, WINDOWS_EACH, Place, Server
from annotator.serving.windows import DRIVER, cells

# What textual's web driver does: a greeting, then packets; this one sends back its name and what it gets as keys.
PROGRAM = """
import os, sys
from pathlib import Path
out, source = sys.stdout.buffer, sys.stdin.buffer
def send(kind, data):
    out.write(kind + len(data).to_bytes(4, "big") + data)
    out.flush()
out.write(b"__GANGLION__\\n")
send(b"D", " ".join([sys.argv[1], os.environ["COLUMNS"], os.environ["TEXTUAL_DRIVER"]]).encode())
send(b"M", b'{"type": "open_url", "url": "https://elsewhere.example", "new_tab": true}')
while head := source.read(5):
    data = source.read(int.from_bytes(head[1:], "big"))
    if head[:1] == b"M" and b'"quit"' in data:
        for _ in range(4):  # more than a pipe holds, which somebody has to take
            send(b"D", b"x" * 300_000)
        Path(sys.argv[2]).open("a").write("ended\\n")
        break
    send(b"D", head[:1] + data)
"""


class Site:
    """A server that listens, and a browser without a memory of its own."""

    def __init__(self, links: dict[str, str], client: aiohttp.ClientSession) -> None:
        self.links = links
        self.client = client
        self.base = next(iter(links.values())).split("/?")[0]

    async def get(self, path: str, *, cookie: str = "", **headers: str) -> tuple[int, Any, str]:
        if cookie:
            headers["Cookie"] = cookie
        url = path if path.startswith("http") else self.base + path
        async with self.client.get(url, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers, await response.text(errors="replace")

    async def enter(self, name: str) -> str:
        """Follow a link and return the cookie as a browser sends it."""
        status, headers, _ = await self.get(self.links[name])
        assert status == 200
        (morsel,) = SimpleCookie(headers["Set-Cookie"]).values()
        return f"{morsel.key}={morsel.value}"

    def socket(self, cookie: str = "", *, origin: str | None = None, query: str = "?width=91&height=30") -> Any:
        origin = self.base if origin is None else origin
        headers = {"Cookie": cookie} | ({"Origin": origin} if origin else {})
        return self.client.ws_connect(f"{self.base}/ws{query}", headers=headers)


Serving = Callable[..., Any]


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def command(name: str) -> Sequence[str]:
        return [sys.executable, "-S", str(program), name, str(tmp_path / "ended")]

    @asynccontextmanager
    async def serve(*names: str, **place: Any) -> AsyncIterator[Site]:
        server = Server(People(names), command, Place(port=0, **place))
        links: asyncio.Future[Sequence[tuple[str, str]]] = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(server.run(links.set_result))
        await asyncio.wait({running, links}, return_when=asyncio.FIRST_COMPLETED)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
            yield Site(dict(links.result()), client)
            server._stopped.set()
            await running

    return serve


async def test_nothing_is_served_without_a_secret(serving: Serving) -> None:
    async with serving("Ana") as site:
        cookie = await site.enter("Ana")
        name, value = cookie.split("=", 1)
        paths = ["/", "/ws", "/nothing", "/favicon.ico", "/static/", *(f"/static/{file}" for file in _FILES)]
        for wrong in ("", f"{name}=", f"{name}={value[:-1]}", f"other={value}", f"{name}={site.links['Ana'][-43:]}"):
            for path in paths:
                status, headers, text = await site.get(path, cookie=wrong)
                assert (status, text.split(":")[0]) == (403, "403"), (path, wrong)
                assert "Set-Cookie" not in headers
        for path in ("/?token=", "/?token=x", "/?token=" + value, "/static/page.js?token=" + site.links["Ana"][-43:]):
            assert (await site.get(path, cookie=cookie))[0] == 403
        async with site.client.post(site.base + "/", headers={"Cookie": cookie}) as response:
            assert response.status == 403
        assert (await site.get("/", cookie=cookie))[0] == 200
        assert (await site.get("/nothing", cookie=cookie))[0] == 404
        assert (await site.get("/static/..%2fserver.py", cookie=cookie))[0] == 404


async def test_the_link_becomes_a_cookie_that_no_script_and_no_other_site_gets(serving: Serving) -> None:
    async with serving("Ana") as site:
        token = site.links["Ana"].split("token=")[1]
        _, headers, text = await site.get(site.links["Ana"])
        (morsel,) = SimpleCookie(headers["Set-Cookie"]).values()
        assert morsel["httponly"] and morsel["samesite"] == "Strict" and morsel["path"] == "/"
        assert token not in text and token not in str(headers)
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"


async def test_nothing_that_is_served_names_another_host(serving: Serving) -> None:
    async with serving("Ana") as site:
        cookie = await site.enter("Ana")
        pages = {site.links["Ana"]: "", "/": cookie, **{f"/static/{name}": cookie for name in _FILES}}
        for path, with_cookie in pages.items():
            status, headers, text = await site.get(path, cookie=with_cookie)
            assert status == 200
            if path.endswith(".css"):
                text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)  # who wrote it, which nothing follows
            if not path.endswith(".ttf"):
                assert set(re.findall(r"(?:https?:|wss?:)?//[\w.-]+\.\w+[^\s\"']*", text)) <= {""}, path
            policy = headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert set(re.findall(r"\w+://[^ ;]+", policy)) == {
                f"{scheme}://{site.base.removeprefix('http://')}" for scheme in ("ws", "wss")
            }
            assert "unsafe-eval" not in policy and "script-src 'self';" in policy


async def test_a_host_that_only_points_here_is_refused(serving: Serving) -> None:
    async with serving("Ana") as site:
        cookie = await site.enter("Ana")
        port = site.base.rsplit(":", 1)[1]
        for host, status in {f"localhost:{port}": 200, f"evil.example:{port}": 403, "x; script-src *": 403}.items():
            assert (await site.get("/", cookie=cookie, Host=host))[0] == status


@pytest.mark.parametrize("origin", ["", "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1"])
async def test_a_socket_from_another_page_is_refused(serving: Serving, origin: str) -> None:
    async with serving("Ana") as site:
        cookie = await site.enter("Ana")
        for sent, known in ((origin, cookie), (site.base, ""), (site.base, cookie + "x")):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await site.socket(known, origin=sent)
            assert refused.value.status == 403


async def test_each_has_a_process_under_the_own_name_several_at_once(serving: Serving, tmp_path: Path) -> None:
    async with serving("Ana", "--annotator=Ben $(id)") as site:
        cookies = [await site.enter(name) for name in site.links]
        async with site.socket(cookies[0]) as ana, site.socket(cookies[1], query="?width=9999999") as ben:
            assert await ana.receive_bytes() == f"Ana 91 {DRIVER}".encode()
            assert await ben.receive_bytes() == f"--annotator=Ben $(id) 1000 {DRIVER}".encode()
            await ana.send_json(["stdin", "k\u00e9"])
            await ben.send_json(["resize", {"width": -4, "height": "x"}])
            assert await ana.receive_bytes() == "Dk\u00e9".encode()
            told = await ben.receive_bytes()
            assert json.loads(told[1:]) == {"type": "resize", "width": 1, "height": 24}
            await ana.send_json(["ping", 7])
            assert await ana.receive_json() == ["pong", 7]  # and the address to open has not been passed on
        await until(lambda: lines(tmp_path / "ended") == 2)


@pytest.mark.parametrize("sent", ["", "{}", "[]", '["stdin"]', '["stdin", 3]', '["quit", {}]', "[" * 100_000, "7"])
async def test_what_no_browser_sends_ends_the_window(serving: Serving, tmp_path: Path, sent: str) -> None:
    async with serving("Ana") as site:
        async with site.socket(await site.enter("Ana")) as socket:
            await socket.receive_bytes()
            await socket.send_str(sent)
            async with asyncio.timeout(30):
                async for message in socket:  # what the program still paints, and then the end
                    assert message.type == aiohttp.WSMsgType.BINARY
            assert socket.closed
        await until(lambda: lines(tmp_path / "ended") == 1)


async def test_windows_are_counted_and_the_end_of_the_server_ends_them(serving: Serving, tmp_path: Path) -> None:
    async with serving("Ana", "Ben") as site:
        ana, ben = [await site.enter(name) for name in site.links]
        opened = [await site.socket(ana) for _ in range(WINDOWS_EACH)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await site.socket(ana)
        assert refused.value.status == 429
        opened.append(await site.socket(ben))
        for socket in opened:
            await socket.receive_bytes()
    assert lines(tmp_path / "ended") == WINDOWS_EACH + 1


async def test_behind_a_proxy_the_public_name_counts(serving: Serving) -> None:
    async with serving("Ana", public="https://label.example") as site:
        assert site.links["Ana"].startswith("https://label.example/?token=")
        assert site.base == "https://label.example"


async def test_a_port_that_is_taken_is_one_line() -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken:
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1 port {port}"):
            await Server(People(["Ana"]), lambda name: [name], Place(port=port)).run(lambda links: None)


async def test_no_secret_is_logged(serving: Serving, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving("Ana") as site:
        await site.enter("Ana")
        token = site.links["Ana"].split("token=")[1]
        host, port = site.base.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /?token={token} HTTP/9.9\r\nbad\x00line {token}\r\n\r\n".encode())
        await reader.read()
        writer.close()
    out, err = capfd.readouterr()
    assert token not in out + err


def test_a_screen_has_a_size() -> None:
    assert [cells(given, 80) for given in ("120", 0, "x", None, 1e400, [], 10**9)] == [120, 1, 80, 80, 80, 80, 1000]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.02)
