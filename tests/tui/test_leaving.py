"""How the app leaves and comes back, in a real terminal: signals, hang-up, crash, Ctrl+Z, odd sizes and odd keys."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import TEXT, clock, load, record, rows, schema

from annotator.project import Project

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
from pty_run import ALTERNATE_SCREEN, READY, Terminal

pytestmark = pytest.mark.slow
MARKER = "Zamzam"  # a word of the article that nothing else says
SIZES = [(40, 10), (10, 3), (1, 1), (200, 50), (80, 24)]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with Project.create(path, schema(), clock=clock) as project:
        load(project, record("one", TEXT), record("two"))
    return path


@pytest.fixture
def app(db: Path) -> Iterator[Terminal]:
    with Terminal("--db", db, "tag", "--annotator", "ann", "--article", "one") as terminal:
        yield terminal.ready("soldiers")


def tagged(db: Path) -> int:
    return int(rows(db, "SELECT count(*) FROM span")[0][0])


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_app_in_good_order(db: Path, app: Terminal, name: str) -> None:
    number = getattr(signal, name)
    app.send("1")
    app.until(lambda: tagged(db) == 1)
    app.process.send_signal(number)
    assert app.ends() == 128 + number
    assert app.restored
    assert app.after.strip() == ""
    assert tagged(db) == 1


BUSY = "import time\nfrom annotator.tui.desk import Desk\n"


def test_a_signal_ends_an_app_that_answers_no_more_and_saves_what_was_queued(db: Path) -> None:
    plant = BUSY + (
        "import annotator.session as s\n"
        "write = s.write_batch\n"
        "s.write_batch = lambda *a: (time.sleep(1), write(*a))[1]\n"  # a slow disk
        "Desk.undo = lambda self: time.sleep(60)\n"
    )
    with Terminal("--db", db, "tag", "--article", "one", plant=plant) as app:
        app.ready("soldiers").send("1\x1b[C2\x1b[C3u")
        app.quiet()
        app.process.send_signal(signal.SIGTERM)
        assert app.ends() == 128 + signal.SIGTERM
        assert app.restored
    assert tagged(db) == 3


def test_the_end_of_the_terminal_ends_the_app(db: Path, app: Terminal) -> None:
    app.send("1")
    app.until(lambda: tagged(db) == 1)
    app.hang_up()  # the system sends SIGHUP, too
    assert app.process.wait(20) == 129


def test_the_end_of_the_terminal_ends_an_app_that_hears_no_signal(db: Path) -> None:
    plant = "import annotator.tui.terminal as t\nt.SIGNALS = ()\nimport signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with Terminal("--db", db, "tag", "--article", "one", plant=plant) as app:
        app.ready("soldiers").hang_up()
        assert app.process.wait(20) == 129


CRASHES = {
    "a key": "Desk.undo = lambda self: fail(self.text)",
    "painting": "A.render_line = lambda self, y: fail(self._text)",
    "mounting": "T.on_mount = lambda self: fail(self.owner.project.store.article(1).text)",
    "a task": "Desk.undo = lambda self: asyncio.ensure_future(later(self.text)) and None",
    "a timer": "Desk.undo = lambda self: active_app.get().set_timer(0.01, lambda: fail(self.text))",
    "rich": "Desk.undo = lambda self: fail(self.text, Rich)",
    "the reader": "from annotator.tui.posix import PosixDriver as P\nP._read = lambda self, *a: fail('Zamzam')",
}
PLANT = """
import asyncio
from textual._context import active_app
from annotator.tui.desk import Desk
from annotator.tui.article import ArticleView as A
from annotator.tui.screens.tag import TagScreen as T
class Rich(ValueError):
    def __rich__(self):
        return str(self)
def fail(text, kind=ValueError):
    secret = text
    try:
        {}[secret]
    except KeyError as error:
        raise kind(f"about {secret}") from error
async def later(text):
    fail(text)
"""


@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_says_where_and_nothing_of_the_article(db: Path, where: str) -> None:
    with Terminal("--db", db, "tag", "--article", "one", plant=PLANT + CRASHES[where]) as app:
        app.until(READY)
        app.quiet()
        app.send("12u")
        status = app.ends()
        assert app.restored
        assert MARKER not in app.after
        assert "\x07" not in app.output.decode()
        assert status == 70
        lines = app.after.split("\r\n")
        assert lines[-2].startswith("annotator: internal error: ")
        assert "report it" in lines[-2]
        assert any(" in fail" in line for line in lines)
        assert "builtins" not in app.after and "secret" not in app.after
    assert tagged(db) == (2 if where not in ("painting", "mounting", "the reader") else 0)


def test_what_was_queued_when_it_crashed_is_saved(db: Path) -> None:
    slow = "import annotator.session as s, time\nwrite = s.write_batch\ns.write_batch = lambda *a: (time.sleep(0.7), write(*a))[1]\n"
    with Terminal("--db", db, "tag", "--article", "one", plant=PLANT + slow + CRASHES["a key"]) as app:
        app.ready("soldiers").send("1\x1b[C2\x1b[C3u")
        assert app.ends() == 70
    assert tagged(db) == 3


def test_ctrl_z_gives_the_terminal_back_and_going_on_paints_everything(db: Path, app: Terminal) -> None:
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    for how in ("key", "signal"):
        if how == "key":
            app.send("\x1a")
        else:
            app.process.send_signal(signal.SIGTSTP)
        app.until(app.stopped)
        app.quiet(0.1)
        assert app.restored
        size = len(app.output)
        app.process.send_signal(signal.SIGCONT)
        app.until(ALTERNATE_SCREEN, since=size)
        app.until("soldiers", since=size)
        app.until("Zamzam", since=size)
        app.quiet()
    app.send("1")
    app.until(lambda: tagged(db) == 1)
    app.send("m")
    app.quiet()
    app.send("note\x1a")  # in a box in which one types it undoes
    app.quiet()
    assert not app.stopped()


def test_keys_that_come_in_one_burst_reach_the_screens_that_they_open(db: Path, app: Terminal) -> None:
    app.send("1mu12 x\x13")  # tag, then a note on the span; none of its letters may act on the article
    app.until(lambda: tagged(db) == 1 and rows(db, "SELECT note FROM span") == [("u12 x",)])
    app.send("qq")
    assert app.ends() == 0


ESCAPE = "\x1b[27u"  # as kitty reports it, which is told from the beginning of another key at once
KEYS = ("1", "\x1b[B", "\x1b[6~", "\x1b[F", "V", "?", ESCAPE, ":", ESCAPE, "m", ESCAPE, "s", "\x1b[<0;3;2M\x1b[<0;3;2m")


def test_no_size_is_too_small(db: Path, app: Terminal) -> None:
    for columns, lines in SIZES:
        app.resize(columns, lines)
        app.quiet(0.1)
        for key in KEYS:
            app.send(key)
            app.quiet(0.04)
        assert app.process.poll() is None, app.after
    app.send("qq")
    assert app.ends() == 0
    assert b"\x07" not in app.output


ODD_KEYS = [
    b"\x1b[97:65;2;65u", b"\x1b[97:65:97;2:1u", b"\x1b[97;1:3u", b"\x1b[1;1:2A", b"\x1b[57441;2:3u", b"\x1b[99999999999u", b"\x1b[;;55296u",
    b"\x1b[55296u", b"\x1b[97;;99999999999:1u", b"\x1b[::;:;:u", b"\x1b[1114112:2u", b"\x1b[97;999999999u", b"\xff\xfe\x80", b"\x1b[<99;99999;99999M",
    b"\x1b[M\xff\xff\xff", b"\x00", b"\x1b[200~\x1b[31m\x00\x1b[201~", b"\x1b]0;title\x07", b"\x1b[?1;2c", b"\x1b[48;5;t",
]  # fmt: skip


def test_no_key_ends_the_app(db: Path, app: Terminal) -> None:
    for key in ODD_KEYS:
        app.send(key)
        app.quiet(0.15)
        assert app.process.poll() is None, key
    before = tagged(db)
    app.send(b"\x1b" * 3)
    app.quiet(0.2)
    app.send(b"\x1b[1;5H")  # Ctrl+Home
    app.send(b"\x1b[49;1u")  # the key 1, as kitty reports it
    app.until(lambda: tagged(db) != before)
    app.send(b"\x1b[49;1:3u\x1b[117:85;2:1u")  # let go; and Shift+u with the shifted key given: redo, not undo
    app.until("nothing to redo")
