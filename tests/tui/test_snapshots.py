"""What whole screens look like: their text line by line, and a digest of the styles, against files in `screens/`.

After a change that is meant, `ANNOTATOR_SNAPSHOTS=write python -m pytest tests/tui/test_snapshots.py` writes the files
anew; read the difference before committing it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from piloting import screen, until
from support import clock, load, reading_of, record
from textual import _wait

from annotator.config import Settings, in_force
from annotator.core.spans import Span
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.app import AnnotatorApp
from annotator.tui.settle_app import SettleApp
from annotator.tui.settle_round import SettleRound

FOLDER = Path(__file__).with_name("screens")
TEXT = """\
Shells kill at least twelve in Taiz market

TAIZ, Yemen (Wire) – Houthi forces shelled a crowded market in the al-Dhabab district of Taiz on Friday, killing at \
least twelve civilians, including four children, the Yemeni health ministry said.

An estimated 2,300 families fled toward Turbah and al-Shamayatayn. 难民 👩‍👩‍👧‍👦 النازحون
"""
SPANS = (
    ("at least twelve", "casualty"),
    ("Houthi forces", "actor"),
    ("a crowded market in the al-Dhabab district of Taiz", "location"),
    ("at least twelve civilians, including four children", "casualty"),
    ("four children", "casualty"),
    ("the Yemeni health ministry", "actor"),
    ("An estimated 2,300 families", "displacement"),
    ("Turbah", "location"),
)
SHOTS = {
    "tag-120x30": ((120, 30), False, ("tab", "tab", "tab")),
    "tag-80x24": ((80, 24), False, ("right", "shift+right", "shift+right")),
    "queue-80x24": ((80, 24), True, ("down",)),
    "queue-search-120x30": ((120, 30), True, ("slash", *"kill", "enter")),
    "help-80x24": ((80, 24), False, ("question_mark",)),
    "tag-120x40": ((120, 40), False, ("tab", "tab", "tab")),
    "tag-80x24-light": ((80, 24), False, ("tab", "tab", "tab")),
    "tag-120x40-light": ((120, 40), False, ("tab", "tab", "tab")),
    "tag-80x24-contrast": ((80, 24), False, ("tab", "tab", "tab")),
    "tag-80x24-mono": ((80, 24), False, ("tab", "tab", "tab")),
    "form-80x24-light": ((80, 24), False, ("tab", "tab", "tab", "number_sign")),
    "form-120x40": ((120, 40), False, ("tab", "tab", "tab", "number_sign")),
    "queue-120x40-light": ((120, 40), True, ("down",)),
    "queue-80x24-contrast": ((80, 24), True, ("down",)),
    "queue-80x24-mono": ((80, 24), True, ("down",)),
}
"""Size, whether it is the queue, the keys; what follows the size in the name is the theme."""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "yemen.db", load_schema("conflict-events"), clock=clock) as project:
        title = TEXT.partition("\n")[0]
        layer = reading_of("ana", *spans_of(SPANS), note="which twelve?")
        load(
            project,
            record("taiz", TEXT, title=title, layer=layer, meta={"source": "Wire", "date": "14 June"}),
            record("done", "It is over.", title="难民 " * 30, layer=reading_of("ana", status="done")),
            record("flagged", "Is it over?", title="Is it over?", layer=reading_of("ana", status="flagged")),
            record("todo"),
        )
        yield project


@pytest.mark.parametrize("name", SHOTS)
async def test_screen(project: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)
    size, queue, keys = SHOTS[name]
    theme = name.rsplit("-", 1)[1] if name.endswith(("light", "contrast", "mono")) else "dark"
    settings = in_force(Settings(theme=theme), colour=theme != "mono")
    app = AnnotatorApp(project, annotator="ana", settings=settings, queue=queue)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        if "search" in name:
            await until(pilot, lambda: "found" in screen(pilot)[1], what="it has searched")
        shown = _shown(app)
    compare(name, shown)


# Size, how many read the article, the keys.
SETTLE_SHOTS: dict[str, tuple[tuple[int, int], int, tuple[str, ...]]] = {
    "settle-120x40": ((120, 40), 2, ("1", "m", *"one place", "enter", "n", "n")),
    "settle-80x24": ((80, 24), 2, ("n", "e", "}")),
    "settle-lanes-100x30-light": ((100, 30), 3, ("3", "B")),
}
OTHERS = (
    ("at least twelve", "casualty"),
    ("Houthi forces", "actor"),
    ("the al-Dhabab district of Taiz", "location"),
    ("at least twelve civilians", "casualty"),
    ("four children", "actor"),
    ("the Yemeni health ministry", "actor"),
    ("2,300 families", "displacement"),
    ("Turbah", "location"),
    ("al-Shamayatayn", "location"),
)


@pytest.mark.parametrize("name", SETTLE_SHOTS)
async def test_settle_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)
    size, readers, keys = SETTLE_SHOTS[name]
    own = {"ana": SPANS, "bilal": OTHERS, "chen": OTHERS[:3]}
    with Project.create(tmp_path / "yemen.db", load_schema("conflict-events"), clock=clock) as project:
        for who in list(own)[:readers]:
            load(
                project, record("taiz", TEXT, title=TEXT.partition("\n")[0], layer=reading_of(who, *spans_of(own[who])))
            )
        work = SettleRound(project, by="lead", readers=list(own)[:readers])
        app = SettleApp(work, work.open(), settings=Settings(theme="light" if name.endswith("light") else "dark"))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            await until(pilot, lambda: "● saved" in screen(pilot)[-1], what="it is saved")
            compare(name, _shown(app))


def spans_of(words: Sequence[tuple[str, str]]) -> list[Span]:
    """Return spans on words of the text; the first on its title, the others beneath."""
    starts = [TEXT.index(one, 50 if number else 0) for number, (one, _) in enumerate(words)]
    return [
        Span(f"s{number}", start, start + len(one), label)
        for number, (start, (one, label)) in enumerate(zip(starts, words, strict=True), 1)
    ]


def compare(name: str, shown: str) -> None:
    """Compare a screen with its file, or write that anew."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("ANNOTATOR_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == path.read_text(encoding="utf-8")


def _shown(app: AnnotatorApp) -> str:
    """Return the lines of the screen, and a digest of which cells have which style."""
    lines, styles = [], hashlib.sha256()
    for strip in app.screen._compositor.render_strips():
        lines.append("".join(segment.text for segment in strip).rstrip())
        cells: list[str] = []
        for segment in strip:
            style = segment.style
            look = f"{style.color} {style.bgcolor} {style.bold} {style.underline} {style.italic}" if style else ""
            cells += [look] * segment.cell_length
        styles.update("\n".join(cells).encode())
    return "\n".join([*lines, f"styles: {styles.hexdigest()[:16]}", ""])
