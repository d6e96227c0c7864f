"""One window of a browser: the process with the screens, and what goes between the two.

Invariant: what a browser sends reaches the process only as keys, pastes, mouse and size, within limits; the process is
started without a shell, ends with its window, and is told to end before it is made to.
"""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

MESSAGE_LIMIT: Final = 4 << 20  # bytes; a paste may be long
DRIVER: Final = "annotator.tui.browser:WebDriver"
_CELLS: Final = 1000  # the most columns or lines of a screen
_PATIENCE: Final = 15.0  # seconds in which a process saves and ends


class Window(AppService):
    """The process behind one window.

    Args:
        arguments: What to run.
        socket: The window.
    """

    def __init__(self, arguments: Sequence[str], socket: web.WebSocketResponse) -> None:
        async def close() -> None:
            await socket.close()

        super().__init__(
            "",
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._arguments = tuple(arguments)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        # As in the library, but without a shell, so that no name can be read as a command.
        environment = {**self._build_environment(width=width, height=height), "TEXTUAL_DRIVER": DRIVER}
        process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def on_meta(self, data: bytes) -> None:
        """Pass on that the process ends; addresses and files that it would open in the browser are passed over."""
        if json.loads(data).get("type") == "exit":
            await self.remote_close()

    async def on_packed(self, payload: bytes) -> None:
        """Pass over pieces of files: none is delivered."""

    async def end(self) -> None:
        """Have the process save and end, and make it end if it does not."""
        with suppress(TimeoutError, ConnectionError, RuntimeError):
            await asyncio.wait_for(self.stop(), _PATIENCE)
        process = self._process
        if process is None:
            return
        try:
            # What it still paints is taken, or it would wait for that instead of saving.
            await asyncio.wait_for(process.communicate(), _PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def converse(socket: web.WebSocketResponse, window: Window) -> None:
    """Pass on what the browser sends, until the window is closed or sends something that no browser would.

    Args:
        socket: The window.
        window: The process.
    """
    async for message in socket:
        if message.type != WSMsgType.TEXT or not await _pass_on(message.data, socket, window):
            return


async def _pass_on(text: str, socket: web.WebSocketResponse, window: Window) -> bool:
    try:
        kind, *rest = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False
    match kind, rest:
        case "stdin", [str(keys)]:
            await window.send_bytes(keys.encode("utf-8", "replace"))
        case "resize", [{"width": width, "height": height}]:
            await window.set_terminal_size(cells(width, 80), cells(height, 24))
        case "ping", [sent]:
            await socket.send_json(["pong", sent])
        case "focus", _:
            await window.focus()
        case "blur", _:
            await window.blur()
        case _:
            return False
    return True


def cells(given: Any, usual: int) -> int:
    """Return a number of columns or lines that a screen can have.

    Args:
        given: What the browser says.
        usual: What to take if that is no number.
    """
    try:
        return min(max(int(given), 1), _CELLS)
    except (TypeError, ValueError, OverflowError):
        return usual
