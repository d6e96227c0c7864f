"""The screens when somebody moves the database to another schema under them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import newsroom, running, saved, screen, status, stored, tag_screen, until
from schema_moves import MIGRATION, NEW
from settling import disputed, settle_screen, settling
from support import clock

from annotator import upgrading
from annotator.core.migration import LabelMove, Migration
from annotator.project import Project
from annotator.tui.screens import settle_panes


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


def move(project: Project, migration: Migration = MIGRATION) -> None:
    with Project.open(project.path, clock=clock) as other:
        upgrading.upgrade(other, NEW, migration, author="lea", write=True)


async def test_nothing_is_saved_in_old_labels_and_one_key_shows_the_new_ones(project: Project) -> None:
    async with running(project, size=(120, 30)) as (app, pilot):
        await pilot.press("l")
        await saved(app, pilot)
        move(project)
        await pilot.press("right", "right", "l")
        await until(pilot, lambda: "NOT SAVED" in status(pilot), what="refused")
        assert stored(project) == ["place:Gunmen"]
        await pilot.press("ctrl+s")
        assert "the schema is test@2 now; it lacks the label of 1 span;" in status(pilot)
        assert "soldier" in screen(pilot)[-2]
        await saved(app, pilot)
        assert stored(project) == ["place:Gunmen", "location:two"]
        key = NEW.labels["place"].key
        await pilot.press("t", key)
        await saved(app, pilot)
        assert stored(project) == ["place:Gunmen", "place:two"]
        assert app.look.schema.ref == "test@2"


async def test_the_next_article_is_under_the_new_schema(project: Project) -> None:
    async with running(project, size=(120, 30)) as (app, pilot):
        await pilot.press("l")
        await saved(app, pilot)
        move(project)
        await pilot.press("greater_than_sign", NEW.labels["soldier"].key)
        await saved(app, pilot)
        assert tag_screen(app).session.head.schema == "test@2"
        assert stored(project, 2)[0].startswith("soldier:")


async def test_undo_says_where_it_ends(project: Project) -> None:
    async with running(project, size=(120, 30)) as (app, pilot):
        await pilot.press("l")
        await saved(app, pilot)
    move(project)
    async with running(project, size=(120, 30)) as (_, pilot):
        await pilot.press("u")
        assert "nothing to undo since the move to test@2" in status(pilot)


async def test_the_settle_screen_goes_on_under_the_new_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle_panes, "LOOK_EVERY", 3600.0)
    with disputed(tmp_path) as project:
        async with settling(project, size=(120, 30)) as (app, pilot):
            desk = settle_screen(app).desk
            move(project, Migration(labels={"location": LabelMove(to="place"), "casualty": LabelMove(to="harm")}))
            await pilot.press("1")
            assert "changed meanwhile: read again" in status(pilot)
            await pilot.press("1")
            desk.work.session.flush()
            assert {span.label for span in desk.work.session.layer.spans} == {"actor", "place"}
            assert desk.work.session.head.schema == "test@2"
