"""Two thousand random actions in a real terminal over a real database: nothing crashes, nothing is lost, nothing grows."""

from __future__ import annotations

import random
import re
import sqlite3
import sys
from contextlib import suppress
from itertools import chain
from pathlib import Path

import pytest
from support import content, load, record, replayed

from annotator.cli import run
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.commands import COMMANDS, label_keys

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
from pty_run import PATIENCE, Terminal

pytestmark = pytest.mark.slow
SEED = 20260102
ACTIONS = 2_000
BURST = 20
GROWTH = 1.15
SIZES = [(80, 24), (120, 40), (40, 10), (60, 15), (10, 3)]
TEXTS = [
    "Houthi forces killed at least 3,000 people near Taiz on Sunday. Dozens of families fled to Al-Fashir. " * 6,
    "Київ: обстріл, 12 поранених.\n难民 👩\u200d👩\u200d👧\u200d👦 e\u0301 قُتل مدنيان\r\n\r\nTwo\ttabs.\u2028 line "
    * 4,
    "Short.",
    "",
    "x" * 300 + "\n" + "nothing here " * 80,
]

ESC = "\x1b[27u"  # as kitty reports it: a bare escape takes the key after it with it
SEQUENCES = {
    "right": "\x1b[C", "left": "\x1b[D", "up": "\x1b[A", "down": "\x1b[B", "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~", "delete": "\x1b[3~", "tab": "\t", "shift+tab": "\x1b[Z", "enter": "\r", "space": " ", "f1": "\x1bOP", "backspace": "\x7f",
    "shift+right": "\x1b[1;2C", "shift+left": "\x1b[1;2D", "shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B", "shift+home": "\x1b[1;2H",
    "shift+end": "\x1b[1;2F", "ctrl+home": "\x1b[1;5H", "ctrl+end": "\x1b[1;5F", "escape": ESC, "ctrl+s": "\x13", "ctrl+p": "\x10",
}  # fmt: skip
WORDS = ["a", "l", "undo", "killed", "zz", "\x7f", "3,000", "é", "难"]
TOLD = re.compile(rb"\x1b]7777;(\w+)\x1b")
TELLING = """
from annotator.tui import app
from textual.binding import Binding

class Telling(app.AnnotatorApp):
    BINDINGS = [Binding("ctrl+t", "tell", show=False, priority=True)]

    def action_tell(self):
        self.screen.call_later(self.tell)

    def tell(self):
        self._driver.write(f"\\x1b]7777;{type(self.screen).__name__}\\x1b\\\\")
        self._driver.flush()

app.AnnotatorApp = Telling
"""  # the screen in front is asked for: what is painted is late on a slow machine
OPENING = {"m", "M", "#", "\r", "A", "P", "?", "\x1bOP", ":", "\x10", "R", "/", "f", "t"}


def bytes_of(key: str) -> str:
    return SEQUENCES[key] if len(key) > 1 else key


class Monkey:
    """Draws actions: every command and label of the tag screen, what one types into boxes, mouse, paste."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        # What leaves the article is left out: q a second time quits.
        commands = [bytes_of(key) for command in COMMANDS for key in command.keys if key != "q"]
        labels = list(label_keys(load_schema("conflict-events")))
        self.keys = commands + labels * 4 + ["\x1b[C", "\x1b[1;2C", "u", "U", "n"] * 5

    def action(self) -> str:
        """Return the bytes of one action; what opens a box is followed by typing into it, and by one way out."""
        if self.draw.random() < 0.06:
            x, y = self.draw.randint(1, 60), self.draw.randint(1, 12)
            return f"\x1b[<0;{x};{y}M\x1b[<32;{x + self.draw.randint(0, 9)};{y}M\x1b[<0;{x + 3};{y}m"
        if self.draw.random() < 0.02:
            return f"\x1b[200~{self.draw.choice(WORDS)}\n\x1b[201~"
        key = self.draw.choice(self.keys)
        if key not in OPENING:
            return key
        typed = "".join(self.draw.choices([*WORDS, "\x1b[B", "\t"], k=self.draw.randint(0, 3)))
        return key + typed + self.draw.choice(["\r", "\x13", "", ""]) + ESC * 2


class LeftError(Exception):
    """The program ended in good order: somewhere a q was typed ahead of the screen that it was meant for."""


def front(app: Terminal) -> str:
    """Return the name of the screen in front, as the program says it.

    Raises:
        LeftError: If the program has been left.
    """
    since = len(app.output)
    for _ in range(int(PATIENCE)):
        app.send("\x14")
        with suppress(AssertionError):  # a screen that is left takes the question with it
            app.until(lambda: TOLD.search(app.output, since) is not None, patience=1)
            break
        if app.process.poll() is not None:
            assert app.ends() == 0, app.after
            raise LeftError
    found = TOLD.search(app.output, since)
    assert found, app.output[-2000:]
    return found[1].decode()


def settled(app: Terminal) -> None:
    """Leave whatever is open, go to the queue, and from there into an article again."""
    go(app, ["", ESC + "q"], "QueueScreen", over=ESC)  # the first q may come before the article is seen
    go(app, ["n\r", "\r", ESC + "\r", "f\r"], "TagScreen")


def go(app: Terminal, ways: list[str], wanted: str, *, over: str = "") -> None:
    """Type until a screen is in front: one way after the other there, something else over other screens."""
    for attempt in range(30):
        app.quiet(0.05)
        where = front(app)
        if where == wanted:
            return
        app.send(ways[attempt % len(ways)] if where in ("TagScreen", "QueueScreen") else over)
    raise AssertionError(f"no way to {wanted} from {front(app)}")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with Project.create(path, load_schema("conflict-events")) as project:
        load(project, *(record(f"a{number}", text or " ", title=f"t{number}") for number, text in enumerate(TEXTS * 2)))
    return path


def test_two_thousand_random_actions(db: Path) -> None:
    monkey = Monkey(SEED)
    bursts = iter(range(ACTIONS // BURST))
    memory: list[list[int]] = []
    for burst in bursts:
        memory.append([])
        with (
            Terminal("--db", db, "tag", "--annotator", "ann", plant=TELLING, size=(80, 24)) as app,
            suppress(LeftError),
        ):
            app.ready("● saved")
            for number in chain((burst,), bursts):  # what is left of them when the program is left goes to the next
                some_actions(app, monkey, number)
                if number % 4 == 3:
                    settled(app)
                    memory[-1].append(app.memory())
            settled(app)
            app.send("\x11")  # Ctrl+Q
            assert app.ends() == 0, app.after
        assert b"\x07" not in app.output
    longest = max(memory, key=len)
    half = len(longest) // 2
    assert max(longest[half:]) <= GROWTH * max(longest[:half]), memory
    proved(db)


def some_actions(app: Terminal, monkey: Monkey, number: int) -> None:
    """Do what comes in one go, as over a slow line; the terminal's size changes now and then."""
    app.send("".join(monkey.action() for _ in range(BURST)))
    if number % 10 == 5:
        app.resize(*SIZES[number // 10 % len(SIZES)])
    front(app)


def proved(db: Path) -> None:
    """Check that there was something done, and that the journal gives exactly what the tables hold."""
    with sqlite3.connect(db) as conn:
        kinds = dict(conn.execute("SELECT kind, count(*) FROM journal GROUP BY kind"))
        spans = conn.execute("SELECT count(*) FROM span").fetchone()[0]
    assert sum(kinds.values()) > 100, kinds
    assert spans > 10
    with Project.open(db, read_only=True) as project:
        layers = [
            layer
            for article in range(1, project.store.count() + 1)
            if (layer := project.store.layer(article, "ann")) is not None
        ]
        assert len(layers) > 2
        for layer in layers:
            assert content(replayed(project, layer)) == content(layer)
    assert run(["--db", str(db), "check", "--json"]) in (0, 1)
