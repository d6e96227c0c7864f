"""Control sequences and markup planted wherever text comes from outside: none of it steers the terminal."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from support import clock, load, reading_of, record

from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.project import Project

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
from pty_run import Terminal

pytestmark = pytest.mark.slow
# A title, a colour, a clear screen, a C1 sequence, a bell, a right-to-left override, line separators, and markup.
EVIL = "\x1b]0;PLANTED\x07\x1b[31;7m\x1b[2J\x9b33m\u202e\u2028\x85\r[red]RAW[/red]"
OURS = re.compile(rb"\x1b(?:\[[?<>=]?[\d;]*(?:\$p|[a-zA-Z])|[()][AB0])|\r\n")
PLANTED = [
    b"\x1b]",
    b"PLANTED\x07",
    b"\x1b[31;7m",
    b"\x1b[2J",
    "\x9b".encode(),
    "\u202e".encode(),
    "\u2028".encode(),
    "\x85".encode(),
]
ESC = "\x1b"
ESCAPE = "\x1b[27u"  # the key as kitty reports it, which is told from the beginning of another at once


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / f"x{EVIL.replace('/', '')}.db"
    guideline = f"# {EVIL}\n\n- {EVIL} [link](http://x) `{EVIL}`"
    choices: dict[str, Any] = {"kind": "choice", "options": ["[red]"], "description": EVIL}
    label = {"description": EVIL, "guideline": guideline, "attributes": {"type": choices, "name": {"kind": "text"}}}
    schema = Schema.validated(
        {
            "name": "test",
            "version": "1",
            "labels": {"actor": label, "casualty": {"attributes": {"count": {"kind": "count", "required": True}}}},
            "rules": [{"label": "actor", "when": {"name": EVIL}, "require": ["type"], "message": EVIL}],
        }
    )
    text = f"Before {EVIL} after.\nSecond {EVIL} line.\n" + "".join(map(chr, range(32)))
    attributes = {"name": EVIL}
    spans = (
        Span("s1", 0, 7 + len(EVIL) + 6, "actor", attributes, note=EVIL),
        Span("s2", 7, 7 + len(EVIL), "casualty", {}, source=EVIL),
        Span("s3", 8, 9, EVIL),
    )
    with Project.create(path, schema, clock=clock) as project:
        layer = reading_of(f"ann {EVIL}", *spans, note=EVIL)
        load(
            project, record(f"key {EVIL}", text, title=f"title {EVIL}", meta={"source": EVIL, EVIL: EVIL}, layer=layer)
        )
        load(project, record("two", f"Two {EVIL}", title=f"two {EVIL}"))
    return path


def test_nothing_that_comes_from_outside_steers_the_terminal(db: Path) -> None:
    with Terminal("--db", db, "tag", "--annotator", f"ann {EVIL}", "--article", f"key {EVIL}", size=(140, 40)) as app:
        app.ready("Before")
        paste = f"\x1b[200~{EVIL.replace(ESC + '[', '')}\x1b[201~"
        boxes = ["m", "M", "#", "A", "P", "?", ":", "R", "/", "t"]  # every screen and prompt that there is
        for key in boxes:
            for keys in ("\t", key, paste, ESCAPE, ESCAPE):
                app.send(keys)
                app.quiet(0.08)
        for key in ["V", "\x1b[C", "\x1b[1;2C", "1", ">", "<", "x", "u", "f", ESCAPE, "q"]:
            app.send(key)
            app.quiet(0.08)
        app.until("articles")
        for key in ["?", ESCAPE, "/", paste, "\r", ESCAPE, "f"]:
            app.send(key)
            app.quiet(0.08)
        app.send(b"\x11")  # Ctrl+Q
        status = app.ends()
        output = app.output
        assert status == 0, app.after
    assert b"[red]RAW[/red]" in output  # shown as it is, not taken for markup
    assert not [planted for planted in PLANTED if planted in output]
    left = OURS.sub(b"", output).decode()
    assert not re.findall("[\x00-\x1f\x7f-\x9f]", left)
    assert "]0;PLANTED" in left  # it was shown, with pictures in place of the controls


def test_what_commands_print_does_not_steer_the_terminal_either(db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from annotator.cli import run

    for command in (["status"], ["check"], ["tag", "--article", EVIL]):
        run(["--db", str(db), *command])
    printed = "".join(capfd.readouterr())
    assert "PLANTED" in printed
    assert not re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", printed)
    assert run(["--db", str(db), "check", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["errors"] >= 1
