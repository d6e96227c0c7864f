"""The agreement screens under a pilot: from a cell to its articles, to the differences, to the article."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import NASTY, newsroom, opened, running, screen, tag_screen, until
from settling import settle_screen
from support import load, reading_of, record
from textual.pilot import Pilot

from annotator.agreeing import Choice
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.tui.agree_lines import heat
from annotator.tui.app import AnnotatorApp
from annotator.tui.palettes import PALETTES
from annotator.tui.screens.agreement import AgreementScreen, ArticlesScreen, DifferencesScreen
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.settle import SettleScreen
from annotator.tui.shades import contrast

NEWS = "Gunmen killed two near Taiz.\n\nDozens of families fled to Al-Fashir on Sunday."
NAME = "ben [bold]x[/] \x1b[31m"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        gunmen, taiz = Span("s1", 0, 6, "actor"), Span("s2", 23, 27, "location")
        load(
            project,
            record("k1", NEWS, layer=reading_of("ana", gunmen, taiz)),
            record("k1", NEWS, layer=reading_of(NAME, gunmen, Span("s2", 18, 27, "location"))),
            record("k1", NEWS, layer=reading_of("cai", Span("s1", 0, 6, "location"))),
            record("k2", f"{NASTY} Paris.", layer=reading_of("ana")),
            record("k2", f"{NASTY} Paris.", layer=reading_of("cai", Span("s1", 0, 5, "actor"))),
        )
        yield project


async def ready(app: AnnotatorApp, pilot: Pilot[None]) -> AgreementScreen:
    shown = app.screen
    assert isinstance(shown, AgreementScreen)
    await until(pilot, lambda: not shown._said, what="the figures are there")
    await pilot.pause()
    return shown


async def test_from_the_queue_down_to_the_article_and_back(project: Project) -> None:
    async with running(project, queue=True, size=(120, 24)) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        lines = screen(pilot)
        assert "exact-f1" in lines[0]
        assert lines[1].split() == ["all", "labels", "actor", "location"]
        assert [line.strip(" ▸").split("  ")[0] for line in lines[2:6]][::3] == [
            "everybody",
            "ben [bold]x[/] ␛[31m × cai",
        ]
        await pilot.press("down", "right", "right")
        lines = screen(pilot)
        assert "ana × ben" in lines[-3]
        assert "location  0.000" in lines[-3]
        await until(pilot, lambda: "boundary 1" in screen(pilot)[-2], what="the kinds of difference")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ArticlesScreen)
        lines = screen(pilot)
        assert "k1" in lines[2]
        assert "boundary   1" in lines[2]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, DifferencesScreen)
        lines = screen(pilot)
        assert lines[2].split() == ["boundary", "location", "Taiz", "location", "near", "Taiz"]
        assert "\x1b" not in "".join(lines)
        await pilot.press("enter")
        settling = settle_screen(app)
        case = settling.desk.case
        assert case is not None
        assert (case.kind, case.start, case.end) == ("boundary", 18, 27)
        assert settling.desk.readers == ("ana", NAME)
        assert project.store.layer(1, "gold") is None  # it was only looked at
        await pilot.press("escape")
        assert isinstance(app.screen, DifferencesScreen)
        await pilot.press("enter", "1")
        project.flush()
        gold = project.store.layer(1, "gold")
        assert gold is not None
        assert [(span.start, span.end) for span in gold.spans] == [(0, 6), (23, 27)]  # the agreed one, and Ana's
        await pilot.press("q")
        assert isinstance(app.screen, DifferencesScreen)
        await pilot.press("q", "escape", "q")
        await pilot.pause()
        assert isinstance(app.screen, QueueScreen)


async def test_everybody_has_the_differences_of_all_pairs(project: Project) -> None:
    async with running(project, queue=True, size=(80, 24)) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert " 1 difference " in screen(pilot)[2]
        await pilot.press("down", "enter")
        await pilot.pause()
        lines = screen(pilot)
        assert any("ana × cai" in line for line in lines)
        assert any(line.startswith(" label ") for line in lines)


async def test_measures_go_round(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        names = []
        for _ in range(4):
            await pilot.press("m")
            await ready(app, pilot)
            names.append(screen(pilot)[0].split()[-1])
        assert names == ["overlap-f1", "cohen-kappa-tokens", "krippendorff-alpha-tokens", "exact-f1"]
        await pilot.press("M")
        assert "krippendorff" in screen(pilot)[0]


async def test_the_tag_screen_closes_its_article_first(project: Project) -> None:
    async with running(project, article=1) as (app, pilot):
        await opened(pilot, "k1")
        await pilot.press("G")
        await ready(app, pilot)
        assert [type(one).__name__ for one in app.screen_stack[1:]] == ["QueueScreen", "AgreementScreen"]


async def test_one_annotator_is_told_in_a_line(tmp_path: Path) -> None:
    with newsroom(tmp_path) as alone:
        async with running(alone, queue=True) as (app, pilot):
            await pilot.press("a")
            await until(pilot, lambda: any("two annotators" in line for line in screen(pilot)), what="it is told")
            await pilot.press("enter", "m", "right", "q")
            await pilot.pause()
            assert isinstance(app.screen, QueueScreen)


@pytest.mark.parametrize("theme", sorted(PALETTES))
@pytest.mark.parametrize("value", [None, -0.5, 0.0, 0.4, 0.7, 0.85, 1.0])
def test_cells_can_be_read_in_every_theme(theme: str, value: float | None) -> None:
    palette = PALETTES[theme]
    style = heat(value, palette, here=False)
    if palette.native or style.bgcolor is None or style.color is None:
        return
    ink, ground = style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("width", [40, 80, 100, 200])
async def test_the_cell_in_hand_is_marked_without_colour_and_in_view(project: Project, width: int) -> None:
    async with running(project, queue=True, size=(width, 24)) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        for at in ("all labels", "actor", "location"):
            lines = screen(pilot)
            assert lines[2].count("[") == 1
            assert at in lines[1]
            await pilot.press("right")
        if width >= 80:
            await until(pilot, lambda: "alike" in screen(pilot)[-2], what="the kinds of difference")


async def test_everybody_s_difference_is_settled_between_everybody(project: Project) -> None:
    async with running(project, queue=True, size=(100, 24)) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        await pilot.press("enter", "down", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, SettleScreen), what="the settle screen")
        assert settle_screen(app).desk.readers == ("ana", NAME, "cai")


async def test_a_difference_from_gold_opens_the_article(project: Project) -> None:
    project.add_annotator("gold", "gold")
    session = project.session(1, "gold")
    session.do([Add(Span("s1", 0, 6, "location"))])
    session.close()
    async with running(project, queue=True, size=(100, 24)) as (app, pilot):
        app.open_agreement(Choice(("ana", "gold")))
        await pilot.pause()
        await ready(app, pilot)
        await pilot.press("enter", "enter", "enter")
        await opened(pilot, "k1")
        place = tag_screen(app).desk.place
        assert (place.start, place.end) == (0, 6)


async def test_what_cannot_be_settled_is_told_in_a_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: Project, *given: object) -> None:
        raise StoreError("the file is locked", hint="close the other program")

    async with running(project, queue=True, size=(100, 24)) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: any(" × " in line for line in screen(pilot)), what="the differences are there")
        await pilot.pause()
        monkeypatch.setattr(Project, "add_annotator", locked)
        await pilot.press("enter")
        await until(pilot, lambda: "the file is locked" in screen(pilot)[-3], what="it is told")
        assert isinstance(app.screen, DifferencesScreen)
        await pilot.press("q", "q", "q", "s")
        await until(pilot, lambda: "the file is locked" in screen(pilot)[-1], what="it is told again")
        assert isinstance(app.screen, QueueScreen)


async def test_q_leaves_the_program_where_it_was_opened_for_this_and_nothing_else_does(project: Project) -> None:
    async with running(project, queue=True, size=(80, 24), agreement=Choice()) as (app, pilot):
        await ready(app, pilot)
        assert "? keys · q quit" in screen(pilot)[-1]
        await pilot.press("escape", "backspace")
        assert isinstance(app.screen, AgreementScreen)
        await pilot.press("enter")
        await pilot.pause()
        assert "q back" in screen(pilot)[-1]
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, AgreementScreen)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running, what="it has left")


async def test_help_has_the_keys_and_what_to_know_before_trusting_the_figures(project: Project) -> None:
    async with running(project, queue=True, size=(100, 30)) as (app, pilot):
        await pilot.press("a")
        await ready(app, pilot)
        note = next(line for line in screen(pilot) if "! " in line and "? tells all" in line)
        assert "1 open layer without a span counts as read with nothing to mark (ana 1)" in note
        await pilot.press("?")
        await pilot.pause()
        text = " ".join(" ".join(screen(pilot)).replace("│", " ").split())
        assert "--status done leaves out what is not done" in text
        assert "the next measure, or the one before" in text
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, AgreementScreen)
        for shown in ("the differences of this article", "settle this one"):
            await pilot.press("enter")
            await pilot.pause()
            await pilot.press("f1")
            await pilot.pause()
            assert shown in " ".join(screen(pilot))
            await pilot.press("escape")
            await pilot.pause()


async def test_against_a_reference_there_are_precision_and_recall_and_missed_and_spurious(project: Project) -> None:
    choice = Choice((NAME, "ana"), reference=True)
    async with running(project, queue=True, size=(120, 24), agreement=choice) as (app, pilot):
        await ready(app, pilot)
        assert "ben [bold]x[/] ␛[31m × ana" in " ".join(screen(pilot))
        for name in ("precision-exact", "recall-exact"):
            await pilot.press("m")
            await ready(app, pilot)
            assert screen(pilot)[0].split()[-1] == name
        await until(pilot, lambda: "missed 0" in screen(pilot)[-2], what="the kinds of difference")
        assert "spurious 0" in screen(pilot)[-2]


async def test_without_anything_odd_there_is_no_line_for_notes(project: Project) -> None:
    async with running(project, queue=True, size=(100, 24), agreement=Choice(("ana", NAME))) as (app, pilot):
        await ready(app, pilot)
        assert not any("? tells all" in line for line in screen(pilot))
