"""The settle screen where something comes in between: others change layers, the file is locked, an article is empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from piloting import running, screen, status, until
from settling import ANA, WORDS, change, disputed, gold, layer_of, settle_screen, settling, span_of
from support import load, record

from annotator.adjudication.strategy import strategy
from annotator.config import Settings
from annotator.core.edits import Add, Change, SetStatus
from annotator.errors import StoreError
from annotator.project import Project
from annotator.session import Session
from annotator.settlement import Settlement
from annotator.tui.screens import settle_panes
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.settle_round import SettleRound

AGREED = "actor:Army men"
NEVER = 3600.0  # seconds after which the screen looks by itself


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setattr(settle_panes, "LOOK_EVERY", NEVER)
    with disputed(tmp_path) as project:
        yield project


async def test_a_key_decides_nothing_on_readings_that_have_changed(project: Project) -> None:
    async with settling(project) as (app, pilot):
        desk = settle_screen(app).desk
        change(project)
        await pilot.press("2")
        assert "bilal changed meanwhile: read again; 8 open" in status(pilot)
        desk.work.session.flush()
        assert gold(project) == [AGREED]
        assert desk.case is not None
        assert [span.surface(WORDS) for span in desk.case.readings[1].spans] == ["aiz today"]
        await pilot.press("2")
        desk.work.session.flush()
        assert gold(project) == [AGREED, "location:aiz today"]


async def test_the_figures_follow_the_layers(project: Project) -> None:
    async with settling(project, size=(120, 30)) as (app, pilot):
        desk = settle_screen(app).desk
        assert desk.work.agreement == pytest.approx(
            2 * 2 / 16
        )  # two of eight spans each are the same, attributes aside
        assert desk.work.kappa == pytest.approx(kappa_by_hand(), abs=1e-12)
        assert f"exact F1 .25  κ tokens {desk.work.kappa:.2f}".replace(" 0.", " .") in screen(pilot)[0]
        session = project.session(1, "bilal")
        session.do([Change(span.ref, own) for span, own in zip(session.layer.spans, ANA, strict=True)])
        session.close()
        await pilot.press("r")
        assert (desk.work.agreement, desk.work.kappa) == (1, 1)
        assert "8 agree  0 differ" in screen(pilot)[0]
        assert "exact F1 1  κ tokens 1 " in screen(pilot)[0]


def kappa_by_hand() -> float:
    """Return Cohen's κ of the two readings, a word a token, the labels on it the category."""
    from settling import BILAL

    def labels(spans: object) -> list[str]:
        places = [(WORDS.index(f"{word}"), word) for word in WORDS.split()]
        return [
            next((s.label for s in spans if s.start < at + len(word) and at < s.end), "")  # type: ignore[attr-defined]
            for at, word in places
        ]

    first, second = labels(ANA), labels(BILAL)
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    expected = sum(first.count(one) * second.count(one) for one in {*first, *second}) / n**2
    return (observed - expected) / (1 - expected)


async def test_changes_are_told_without_a_key(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle_panes, "LOOK_EVERY", 0.01)
    async with settling(project, blind=True) as (app, pilot):
        await pilot.press("A", "1")
        change(project)
        await until(pilot, lambda: "reader 2 changed meanwhile: read again; 1 open, +1" in status(pilot))
        desk = settle_screen(app).desk
        assert [desk.work.cases[number].labels for number in desk.work.ledger.open] == [("location",)]


async def test_a_note_is_kept_with_its_readings_or_not_at_all(project: Project) -> None:
    async with settling(project) as (app, pilot):
        desk = settle_screen(app).desk
        await pilot.press("n", "m", "w")  # on the third case
        change(project)  # the second
        await pilot.press("enter")
        await until(pilot, lambda: "noted" in status(pilot))
        decision = desk.work.ledger.decision(2)
        assert decision is not None and decision.why == "w"
        await pilot.press("p", "m", "v")
        session = project.session(1, "bilal")
        span = next(span for span in session.layer.spans if span.id == "s2")
        session.do([Change(span.ref, replace(span, label="actor"))])
        session.close()
        await pilot.press("enter")
        await until(pilot, lambda: "not noted: somebody has changed" in status(pilot))
        assert desk.work.ledger.decision(1) is None


async def test_what_another_window_has_settled_stays(project: Project) -> None:
    async with settling(project) as (app, pilot):
        await pilot.press("1")
        desk = settle_screen(app).desk
        desk.work.session.flush()
        other = Settlement.open(project, 1, by="zoe", readers=["ana", "bilal"])
        other.do(other.settler.settle(2, ("bilal",)))
        other.session.close()
        await pilot.press("1")
        assert "gold changed meanwhile: read again; 6 open, -1" in status(pilot)
        desk.work.session.flush()
        assert gold(project) == [AGREED, "location:Taiz", "actor:ten people"]
        await pilot.press("tab", "1")
        desk.work.session.flush()
        assert "casualty:two boys" in gold(project)


async def test_both_settled_at_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    async with settling(project) as (app, pilot):
        desk = settle_screen(app).desk
        desk.work.session.flush()
        other = Settlement.open(project, 1, by="zoe", readers=["ana", "bilal"])
        other.do(other.settler.settle(2, ("bilal",)))
        other.session.close()
        with monkeypatch.context() as patch:
            patch.setattr(Settlement, "_gold_changed", lambda self: False)  # it came after we had looked
            await pilot.press("1")
            await until(pilot, lambda: "NOT SAVED" in status(pilot))
            assert "changed" in status(pilot)
        await pilot.press("ctrl+s")
        assert "reloaded" in status(pilot)
        desk.work.session.flush()
        assert gold(project) == [AGREED, "location:Taiz", "actor:ten people"]
        assert len(desk.work.ledger.open) == 6


async def test_a_conflict_can_be_left_without_saving(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    async with settling(project, size=(140, 30)) as (app, pilot):
        settle_screen(app).desk.work.session.flush()
        other = Settlement.open(project, 1, by="zoe", readers=["ana", "bilal"])
        other.do(other.settler.settle(2, ("bilal",)))
        other.session.close()
        monkeypatch.setattr(Settlement, "_gold_changed", lambda self: False)  # it came after we had looked
        await pilot.press("1")
        await until(pilot, lambda: "NOT SAVED" in status(pilot))
        await pilot.press("q")
        assert "^S reads it anew, q again leaves without saving" in status(pilot)
        await pilot.press("q")
        await until(pilot, lambda: app._exit, what="it leaves")
        assert (project.unsaved(), gold(project)) == ((0, None), [AGREED, "actor:ten people"])


async def test_a_strategy_is_one_undo(project: Project) -> None:
    work = Settlement.open(project, 1, by="lead", readers=["ana", "bilal"])
    work.merge(strategy("prefer:bilal"))
    work.session.close()
    async with settling(project) as (app, pilot):
        desk = settle_screen(app).desk
        assert not desk.work.ledger.open
        await pilot.press("u")
        assert len(desk.work.ledger.open) == 9
        assert "undone: 9 cases" in status(pilot)
        desk.work.session.flush()
        assert gold(project) == []
        await pilot.press("u", "U")
        assert not desk.work.ledger.open


async def test_a_gold_layer_from_elsewhere_is_edited_as_it_is(project: Project) -> None:
    project.add_annotator("gold", "gold")
    session = project.session(1, "gold")
    session.do([Add(replace(span_of("g1", "Taiz today", "location"), id="g1")), SetStatus("done")])
    session.close()
    async with settling(project) as (app, pilot):
        screen_, desk = settle_screen(app), settle_screen(app).desk
        screen_.open(1)
        desk = settle_screen(app).desk
        assert desk.work.session.head.status == "done"
        assert [span.surface(WORDS) for span in desk.work.session.index] == ["Taiz today"]  # nothing was taken over
        await pilot.press("space")
        await until(pilot, lambda: settle_screen(app).desk.work.article.key == "k2")
        await pilot.press("<")
        desk = settle_screen(app).desk
        await pilot.press("n", "p", "f", "f", "e", "}", "enter")
        desk.work.session.flush()
        assert gold(project) == ["location:Taiz today killing"]
        assert 1 not in desk.work.ledger.open
        await pilot.press("space")
        assert "still open" in status(pilot)


async def test_gold_that_came_done_with_differences_is_told(project: Project) -> None:
    project.add_annotator("gold", "gold")
    session = project.session(2, "gold")
    session.do([Add(replace(span_of("g1", "Army men", "actor", type="army"), id="g1")), SetStatus("done")])
    session.close()
    async with settling(project) as (app, pilot):
        await pilot.press("A", "1", "space")
        assert "done; 1 other has open differences, but gold marked done" in status(pilot)
        await pilot.press(">")
        await until(pilot, lambda: settle_screen(app).desk.work.article.key == "k2")
        await pilot.press("A", "1", "space")
        assert "done; no article is left to settle" in status(pilot)


def test_only_so_many_articles_are_looked_through(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    work = SettleRound(project, by="lead", readers=["ana", "bilal"])
    assert work.done_but_open(1) == (1, True)
    monkeypatch.setattr("annotator.tui.settle_round.LOOKED_AT", 0)
    assert work.done_but_open(1) == (0, False)


async def test_what_was_settled_between_others_is_not_taken_over(tmp_path: Path) -> None:
    with disputed(tmp_path, third=True) as project:
        work = Settlement.open(project, 1, by="lead", readers=["ana", "bilal", "chen"])
        number = next(n for n, case in enumerate(work.cases) if case.labels == ("actor",) and case.kind == "agree")
        work.do(work.settler.settle(number, ()))
        work.session.close()
        pair = Settlement.open(project, 1, by="lead", readers=["ana", "bilal"])
        assert pair.cases[0].kind == "agree"
        assert pair.merge(strategy("all")).before == [0]
        assert not any(span.surface(WORDS) == "Army men" for span in pair.session.index)
        assert pair.merge(strategy("all"), again=True).replaced == 1
        assert any(span.surface(WORDS) == "Army men" for span in pair.session.index)
        pair.session.close()


async def test_an_article_without_a_span_after_a_long_one(project: Project) -> None:
    for name in ("ana", "bilal"):
        load(project, record("k3", "So.", layer=layer_of(name, ())))
    async with settling(project) as (app, pilot):
        for _ in range(4):
            await pilot.press("n")
        await pilot.press("n", "n", ">", ">")
        desk = settle_screen(app).desk
        assert desk.work.article.key == "k3"
        assert any("nothing to settle · Space marks it done" in line for line in screen(pilot))
        assert "exact F1 1  κ tokens – " in screen(pilot)[0]  # chance alone gives full agreement on nothing
        keys = [
            "1",
            "0",
            "b",
            "e",
            "enter",
            "m",
            "x",
            "n",
            "p",
            "tab",
            "A",
            "1",
            "a",
            "f",
            "l",
            "#",
            "[",
            "r",
            "u",
            "U",
        ]
        await pilot.press(*keys, "escape")
        assert "Traceback" not in "\n".join(screen(pilot))
        await pilot.press("space")
        desk.work.session.flush()
        stored = project.store.layer(3, "gold")
        assert stored is not None and (stored.status, stored.spans) == ("done", ())


async def test_an_article_that_cannot_be_opened_leaves_the_one_at_hand(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*given: object, **more: object) -> None:
        raise StoreError("the file is locked")

    async with settling(project) as (app, pilot):
        desk = settle_screen(app).desk
        with monkeypatch.context() as patch:
            patch.setattr(Settlement, "open", locked)
            await pilot.press(">")
        assert "the file is locked" in status(pilot)
        with monkeypatch.context() as patch:
            patch.setattr(Session, "do", locked)
            patch.setattr(Settlement, "changed", locked)
            await pilot.press("1", "A", "1", "e")
        assert settle_screen(app).desk is desk
        await pilot.press("1")
        await until(pilot, lambda: "● saved" in status(pilot))  # it still listens to the writer
        assert gold(project) == [AGREED, "location:Taiz"]


async def test_from_the_queue_and_back(project: Project) -> None:
    load(project, record("k3", "Only one has read this.", layer=layer_of("ana", ())))
    async with running(project, queue=True, size=(80, 24)) as (app, pilot):
        await pilot.press("s")
        assert settle_screen(app).desk.work.article.key == "k1"
        await until(pilot, lambda: "1/2" in screen(pilot)[0])
        await pilot.press("?")
        await until(pilot, lambda: any("k shows the keys" in line or "Keys" in line for line in screen(pilot)))
        await pilot.press("escape", "f", "escape")
        settle_screen(app)  # the filter went first
        await pilot.press("1", ">", "escape")
        assert isinstance(app.screen, QueueScreen)
        assert "k2" in next(line for line in screen(pilot) if "Zwei" in line)
        await pilot.press("end", "s")
        assert "k3 not read by two" in status(pilot)
        assert isinstance(app.screen, QueueScreen)


async def test_nobody_to_compare_is_told_in_the_queue(tmp_path: Path) -> None:
    from piloting import newsroom

    with newsroom(tmp_path) as project:
        async with running(project, queue=True) as (app, pilot):
            await pilot.press("s")
            assert isinstance(app.screen, QueueScreen)
            assert "disagreement takes two" in status(pilot)


async def test_keys_with_two_meanings_are_told_in_the_queue(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        app.settings = Settings(keys={"screen.help": ["b"]})  # free on the tag screen, not here
        await pilot.press("s")
        assert isinstance(app.screen, QueueScreen)
        assert "would mean both" in status(pilot)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (["F", "p", "1"], [AGREED]),  # one on which all agree
        (["A", "1", "u", "e", "}", "enter"], [AGREED, "location:Taiz today"]),
        (["n", "p", "f", "l", "?", "escape", "r"], None),
    ],
    ids=["an agreed one", "all of one, and edited", "only looked"],
)
async def test_what_all_agree_on_comes_with_the_first_decision(
    project: Project, keys: list[str], wanted: list[str] | None
) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert app.open_settling(1, ["ana", "bilal"], at=(17, 21)) == ""
        await pilot.pause()
        desk = settle_screen(app).desk
        assert desk.at == 1 and len(desk.listed) == 8
        await pilot.press(*keys)
        project.flush()
        assert (project.store.layer(1, "gold") is None) == (wanted is None)
        assert gold(project) == (wanted or [])
