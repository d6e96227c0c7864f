"""What the tests of the settle screen share: an article with eight differences of all kinds, and the app on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support import clock, load, record, rows, schema
from textual import _wait
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.core.edits import Change
from annotator.core.record import LayerRecord
from annotator.core.spans import Span
from annotator.project import Project
from annotator.tui.screens.settle import SettleScreen
from annotator.tui.settle_app import SettleApp
from annotator.tui.settle_round import SettleRound

WORDS = "Army men shelled Taiz today killing ten people and two boys near Zamzam camp while rebels fled Aden city now"
"""One word a span, more or less: see `span_of`."""


def span_of(id: str, words: str, label: str, **attributes: object) -> Span:
    """Return a span on words of the text."""
    start = WORDS.index(words)
    return Span(id, start, start + len(words), label, attributes)


ANA = (
    span_of("s1", "Army men", "actor", type="army"),  # agree
    span_of("s2", "Taiz", "location"),  # boundary
    span_of("s3", "ten people", "casualty"),  # label
    span_of("s4", "two boys", "casualty", count={"best": 2}),  # attribute
    span_of("s5", "Zamzam", "location"),  # Ana only
    span_of("s6", "rebels fled", "actor"),  # split
    span_of("s7", "city", "location"),  # boundary
    span_of("s8", "now", "actor"),  # label
)
BILAL = (
    span_of("s1", "Army men", "actor", type="army"),
    span_of("s2", "Taiz today", "location"),
    span_of("s3", "ten people", "actor"),
    span_of("s4", "two boys", "casualty", count={"best": 3}),
    span_of("s5", "camp", "location"),  # Bilal only
    span_of("s6", "rebels", "actor"),
    span_of("s7", "fled", "actor"),
    span_of("s8", "Aden city", "location"),
)
KINDS = ["agree", "boundary", "label", "attribute", "missing", "missing", "split", "boundary", "missing"]


def layer_of(annotator: str, spans: tuple[Span, ...]) -> LayerRecord:
    """Return a layer that is done."""
    return LayerRecord(annotator, "human", "done", "test@1", {}, "", spans)


@contextmanager
def disputed(folder: Path, *, third: bool = False) -> Iterator[Project]:
    """Make a database of an article with one agreement and eight differences, and another article."""
    with Project.create(folder / "news.db", schema(), clock=clock) as project:
        names = {"ana": ANA, "bilal": BILAL} | ({"chen": ANA[:4]} if third else {})
        load(project, *(record("k1", WORDS, title="Taiz", layer=layer_of(name, own)) for name, own in names.items()))
        other = f"{WORDS} twice"
        load(
            project, *(record("k2", other, title="Zwei", layer=layer_of(name, own[:3])) for name, own in names.items())
        )
        yield project


@asynccontextmanager
async def settling(
    project: Project, *, size: tuple[int, int] = (100, 30), settings: Settings | None = None, blind: bool = False
) -> AsyncIterator[tuple[SettleApp, Pilot[None]]]:
    """Run the settle screen for the lead; Textual's pilot would otherwise wait 62 ms at every key."""
    readers = sorted(name for name, kind in project.store.annotators() if kind == "human" and name != "lead")
    work = SettleRound(project, by="lead", readers=readers, examples=project.path.with_name("examples.md"), blind=blind)
    app = SettleApp(work, work.open(), settings=settings or Settings())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
        patch.setattr(_wait, "SLEEP_IDLE", 0.0005)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            yield app, pilot


def settle_screen(app: SettleApp) -> SettleScreen:
    """Return the settle screen, which must be the one shown."""
    assert isinstance(app.screen, SettleScreen)
    return app.screen


def gold(project: Project, article: int = 1) -> list[str]:
    """Return what the file says about the gold spans, read by another connection."""
    found = rows(
        project.path,
        "SELECT s.label, s.start, s.end, r.text FROM span s JOIN layer l ON l.id = s.layer JOIN article r ON r.id = l.article "
        "JOIN annotator a ON a.id = l.annotator WHERE r.id = ? AND a.kind = 'gold' ORDER BY s.start, s.end DESC, s.label",
        (article,),
    )
    return [f"{label}:{text[start:end]}" for label, start, end, text in found]


def change(project: Project) -> None:
    """Have Bilal move an edge of one span, that on the second case."""
    session = project.session(1, "bilal")
    span = next(span for span in session.layer.spans if span.id == "s2")
    session.do([Change(span.ref, replace(span, start=span.start + 1))])
    session.close()
