"""The ways of `benchmarks/keys.py`, pressed key by key on the tag screen."""

from __future__ import annotations

from pathlib import Path

from piloting import opened, running, tag_screen
from support import clock, load, record

from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.article import ArticleView
from annotator.tui.commands import label_keys
from benchmarks.keys import gold_articles
from benchmarks.ways import Ways, remembered

SPANS = 40  # of an article that scrolls


async def test_ways_lead_on_the_screen_where_the_count_says(tmp_path: Path) -> None:
    gold = next(gold for gold in gold_articles() if gold.name == "b06-myanmar-two-fronts")
    schema = load_schema("conflict-events")
    with remembered():
        found = Ways(gold.text, schema)
        ways = [found.tag(span) for span in gold.spans[:SPANS]]
    letters = {label: key for key, label in reversed(label_keys(schema).items())}
    pressed = 0
    with Project.create(tmp_path / "gold.db", schema, clock=clock) as project:
        load(project, record(gold.name, gold.text))
        async with running(project, size=(120, 40)) as (app, pilot):
            await opened(pilot, gold.name)
            screen = tag_screen(app)
            view = app.screen.query_one(ArticleView)
            view.density = "off"
            for way in ways:
                keys = [key for step in way.keys for key in step.split()] + [letters[way.label]]
                await pilot.press(*keys)
                pressed += len(keys)
            scrolled = view.scroll_offset.y
            made = [(span.start, span.end, span.label) for span in screen.desk.session.index]
    assert made == [(span.start, span.end, span.label) for span in gold.spans[:SPANS]]
    assert scrolled > 0
    assert pressed == sum(way.cost for way in ways)
    assert any(key.startswith("f ") for way in ways for key in way.keys)
