"""Two thousand random actions in a real terminal over a real database: nothing crashes, nothing is lost, nothing grows."""

from __future__ import annotations

import random
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from support import content, load, record, replayed

from annotator.cli import run
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.commands import COMMANDS, label_keys

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
from pty_run import Terminal

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
OPENING = {"m", "M", "#", "\r", "A", "P", "?", "\x1bOP", ":", "\x10", "R", "/", "f", "t"}


def bytes_of(key: str) -> str:
    return SEQUENCES[key] if len(key) > 1 else key


class Monkey:
    """Draws actions: every command and label of the tag screen, what one types into boxes, mouse, paste."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        # What leaves the article is left out: q a second time would quit, and G leads to other screens.
        commands = [bytes_of(key) for command in COMMANDS for key in command.keys if key not in ("q", "G")]
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


def settled(app: Terminal) -> None:
    """Leave whatever is open, go to the queue, and from there into an article again."""
    for _ in range(3):
        app.send(ESC)
        app.quiet(0.05)
    for keys in ("" if in_queue(app) else "q", "n\r", *["\r", "f\r"] * 5):
        app.send(keys)
        app.quiet(0.15)
        if keys and keys != "q" and not in_queue(app):
            return
    raise AssertionError("no way back into an article")


def in_queue(app: Terminal) -> bool:
    """Say whether the queue is in front: its line of keys is there when everything is painted anew."""
    app.resize(79, 24)
    app.quiet(0.05)
    before = len(app.output)
    app.resize(80, 24)
    with suppress(AssertionError):  # a box in front may hide it
        app.until("? help", since=before, patience=3)
    app.quiet(0.1)
    return b"q quits" in app.output[before:]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with Project.create(path, load_schema("conflict-events")) as project:
        load(project, *(record(f"a{number}", text or " ", title=f"t{number}") for number, text in enumerate(TEXTS * 2)))
    return path


def test_two_thousand_random_actions(db: Path) -> None:
    monkey = Monkey(SEED)
    memory: list[int] = []
    with Terminal("--db", db, "tag", "--annotator", "ann", size=(80, 24)) as app:
        app.ready("forces")
        for burst in range(ACTIONS // BURST):
            app.send("".join(monkey.action() for _ in range(BURST)))
            if burst % 10 == 5:
                app.resize(*SIZES[burst // 10 % len(SIZES)])
            assert app.process.poll() is None, app.after
            if burst % 4 == 3:
                settled(app)
                memory.append(app.memory())
        settled(app)
        app.send("\x11")  # Ctrl+Q
        assert app.ends() == 0, app.after
        assert b"\x07" not in app.output
    half = len(memory) // 2
    assert max(memory[half:]) <= GROWTH * max(memory[:half]), memory
    proved(db)


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
