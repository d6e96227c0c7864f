"""Fixes over many articles: what was shown is done, one undo gives every layer back, nobody's later work is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import clock, content, load, reading_of, record, replayed, rows, schema

from annotator import team
from annotator.concordance import concordance_of
from annotator.core.edits import Add, Change, SetAttribute, SetStatus
from annotator.core.fixes import Fix
from annotator.core.occurrences import Wanted
from annotator.core.spans import Span
from annotator.errors import InputError, RoleError, UsageError
from annotator.fixing import Outcome, Plan, apply_plan, check_fix, last_sweep, plan_of, undo_sweep
from annotator.project import Project

TEXT = "{} Army near Taiz. The army left Taiz for Taiz province."
TAIZ = [(12, 16), (32, 36), (41, 45)]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        for number in (1, 2, 3):
            first = Span("s1", *TAIZ[0], "actor", {"name": "Taiz"}, "sic")
            rest = Span("s2", TAIZ[2][0], 54, "location")
            done = {"status": "done"} if number == 2 else {}
            load(project, record(f"k{number}", TEXT.format(number), layer=reading_of("ana", first, rest, **done)))
        load(project, record("k1", TEXT.format(1), layer=reading_of("ben")))
        load(project, record("k4", TEXT.format(4)))
        yield project


def planned(project: Project, fix: Fix, annotator: str = "ana") -> Plan:
    return plan_of(concordance_of(project.store, Wanted("Taiz")).occurrences, fix, annotator=annotator)


def run(project: Project, plan: Plan, author: str = "lead") -> Outcome:
    return [*apply_plan(project, plan, author=author, what="a fix")][-1]


def undo(project: Project, author: str = "lead") -> Outcome:
    return [*undo_sweep(project, last_sweep(project, author), author=author)][-1]


def said(project: Project, annotator: str = "ana") -> list[Any]:
    """Return what the layers of an annotator say; replaying their journals must say the same."""
    found = []
    for article in (1, 2, 3, 4):
        layer = project.store.layer(article, annotator)
        if layer is not None:
            assert content(replayed(project, layer)) == content(layer)
            found.append(content(layer))
    return found


def spans(project: Project, article: int) -> list[tuple[int, int, str]]:
    layer = project.store.layer(article, "ana")
    assert layer is not None
    return [(s.start, s.end, s.label) for s in layer.spans]


def test_a_fix_and_its_undo(project: Project) -> None:
    before = said(project)
    plan = planned(project, Fix("location"))
    assert (len(plan.places), plan.articles, dict(plan.left)) == (6, 3, {"across": 3, "unread": 3})
    assert said(project) == before
    outcome = run(project, plan)
    assert (outcome.places, outcome.articles, outcome.skipped) == (6, 3, [])
    assert spans(project, 2) == [(*TAIZ[0], "location"), (*TAIZ[1], "location"), (TAIZ[2][0], 54, "location")]
    assert said(project, "ben") == [((), {}, "", "open")]  # nobody else's
    authors = "SELECT a.name, j.kind FROM journal j JOIN annotator a ON a.id = j.annotator WHERE j.id = ?"
    assert [rows(project.path, authors, (entry,)) for entry in outcome.entries] == [[("lead", "do")]] * 3
    undone = undo(project)
    assert (undone.articles, undone.skipped) == (3, [])
    assert said(project) == before
    with pytest.raises(InputError, match="lead has no change over several articles to undo"):
        last_sweep(project, "lead")


def test_changes_are_undone_the_last_one_first(project: Project) -> None:
    before = said(project)
    run(project, planned(project, Fix("location", only="actor")))
    between = said(project)
    run(project, planned(project, Fix(None)))
    assert all(len(layer[0]) == 1 for layer in said(project))
    undo(project)
    assert said(project) == between
    undo(project)
    assert said(project) == before


def test_everybody_undoes_their_own(project: Project) -> None:
    run(project, planned(project, Fix("location", only="actor")), author="ana")
    with pytest.raises(InputError):
        last_sweep(project, "lead")
    assert last_sweep(project, "ana").author == "ana"


def test_a_layer_that_was_done_is_done_again_after_the_undo(project: Project) -> None:
    before = said(project)
    outcome = run(project, planned(project, Fix("displacement")))  # whose count is required: an error
    assert outcome.reopened == ["k2"]
    undo(project)
    assert said(project) == before


def test_what_was_changed_since_in_the_same_spot_is_left(project: Project) -> None:
    run(project, planned(project, Fix("location")))
    session = project.session(1, "ana")
    span = next(s for s in session.index if (s.start, s.end) == TAIZ[0])
    session.do([Change(span.ref, Span(span.id, *TAIZ[0], "casualty"))])
    session.do([Add(Span(session.new_id(), 0, 1, "actor"))])
    session.close()
    undone = undo(project)
    assert undone.skipped == [("k1", "changed since")]
    assert undone.articles == 3
    # The label that was changed since stays, and so does the span elsewhere; the place added in between is gone.
    assert spans(project, 1) == [(0, 1, "actor"), (*TAIZ[0], "casualty"), (TAIZ[2][0], 54, "location")]
    assert spans(project, 3) == [(*TAIZ[0], "actor"), (TAIZ[2][0], 54, "location")]
    said(project)


def test_what_was_undone_in_the_article_is_not_undone_again(project: Project) -> None:
    before = said(project)
    run(project, planned(project, Fix("location")))
    session = project.session(1, "ana")
    session.undo()
    session.close()
    assert undo(project).skipped == [("k1", "undone already, or loaded anew since")]
    assert said(project) == before


def test_a_status_set_since_stays(project: Project) -> None:
    run(project, planned(project, Fix("displacement")))
    session = project.session(2, "ana")
    session.do([SetStatus("flagged")])
    session.close()
    assert undo(project).skipped == [("k2", "changed since")]
    layer = project.store.layer(2, "ana")
    assert layer is not None and layer.status == "flagged"
    assert spans(project, 2) == [(*TAIZ[0], "actor"), (TAIZ[2][0], 54, "location")]


def test_places_that_changed_since_the_plan_are_left(project: Project) -> None:
    plan = planned(project, Fix("location", only="actor"))
    session = project.session(2, "ana")
    session.do([Add(Span("s9", *TAIZ[0], "casualty"))])
    session.close()
    outcome = run(project, plan)
    assert (outcome.places, outcome.skipped) == (2, [("k2", "changed since")])
    assert (*TAIZ[0], "actor") in spans(project, 2)


def test_somebody_elses_revision_is_never_overwritten(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(project, Fix("location", only="actor"))
    opened = project.session

    def meanwhile(article: int, annotator: str, *, author: str = "") -> Any:
        session = opened(article, annotator, author=author)
        if article == 2:
            with Project.open(project.path) as other:
                theirs = other.session(2, annotator)
                theirs.do([Add(Span("s7", 0, 1, "casualty"))])
                theirs.close()
        return session

    monkeypatch.setattr(project, "session", meanwhile)
    outcome = run(project, plan)
    assert (outcome.places, outcome.skipped) == (2, [("k2", "changed since")])
    monkeypatch.undo()
    assert spans(project, 2)[0] == (0, 1, "casualty")
    undo(project)
    assert spans(project, 2)[1] == (*TAIZ[0], "actor")
    said(project)


def test_nothing_to_do(project: Project) -> None:
    outcome = run(project, planned(project, Fix(None, only="casualty")))
    assert (outcome.sweep, outcome.places) == (0, 0)
    assert rows(project.path, "SELECT count(*) FROM sweep") == [(0,)]


def test_a_fix_that_cannot_be(project: Project) -> None:
    with pytest.raises(UsageError, match="the schema has no label 'place'"):
        check_fix(project, Fix("place"), annotator="ana")
    with pytest.raises(UsageError, match="there is no annotator 'nobody'"):
        check_fix(project, Fix("actor"), annotator="nobody")
    check_fix(project, Fix(None), annotator="ben")


@pytest.mark.parametrize("whole", [False, True], ids=["a span", "the article"])
def test_an_undo_leaves_what_something_links_to_since(project: Project, whole: bool) -> None:
    run(project, planned(project, Fix("actor", unmarked=True)))
    session = project.session(1, "ana")
    new = next(span for span in session.index if (span.start, span.end) == TAIZ[1])
    if whole:
        session.do([SetAttribute("about", new.id)])
    else:
        session.do([Add(Span("s9", 26, 30, "casualty", {"by": new.id}))])
    session.close()
    undone = undo(project)
    assert (undone.articles, undone.skipped) == (2, [("k1", "changed since")])
    again = project.session(1, "ana")
    assert new.id in again.index
    assert "link-target" not in {problem.code for problem in again.problems}


def test_where_there_are_leads_nobody_else_changes_gold(project: Project) -> None:
    load(project, record("k4", TEXT.format(4), layer=reading_of("gold", kind="gold")))
    for name in ("lead", "ben"):
        project.add_annotator(name)
    team.set_role(project, "lead", "lead", by="ben")
    plan = planned(project, Fix("location"), "gold")
    with pytest.raises(RoleError, match="only a lead may change a gold layer here, and 'ben' is none"):
        run(project, plan, "ben")
    assert project.store.last_sweep("ben") is None
    assert run(project, plan).places == 3
    with pytest.raises(RoleError, match="'ben' is none"):
        [*undo_sweep(project, last_sweep(project, "lead"), author="ben")]
    assert undo(project).places == 3
