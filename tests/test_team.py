"""A team on one file: roles, names, places, and quotas that hold under many at once."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from settling import disputed
from support import ROOT, command, content, load, reading_of, record, replayed, rows, schema

from annotator import team
from annotator.adjudication.decision import decisions
from annotator.adjudication.strategy import strategy
from annotator.core.edits import Add, SetStatus
from annotator.core.spans import Span
from annotator.errors import AnnotatorError, InputError, RoleError, TakenError, UsageError
from annotator.merging import merge
from annotator.project import Project
from annotator.settlement import Comparison, Settlement
from annotator.store import assignment, people
from annotator.store.backup import back_up
from annotator.store.queue import QueueFilter
from annotator.store.visits import Visit
from annotator.team import Request
from annotator.timeline import restore


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.minute = 0

    def __call__(self) -> str:
        return f"2026-01-02T{3 + self.minute // 60:02}:{self.minute % 60:02}:00.000+00:00"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def project(tmp_path: Path, clock: Clock) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, *(record(f"k{n}", meta={"source": "wire" if n % 2 else "paper"}) for n in range(1, 9)))
        for name in ("ana", "bo", "cy"):
            project.add_annotator(name)
        yield project


def tag(project: Project, article: int, name: str) -> None:
    """Tag a span, and wait until it is saved."""
    session = project.session(article, name)
    session.do([Add(Span(session.new_id(), 0, 2, "actor"))])
    session.close()


def places(project: Project) -> set[tuple[str, int]]:
    """Return who has a place at which article."""
    found = rows(project.path, "SELECT a.name, s.article FROM assignment s JOIN annotator a ON a.id = s.annotator")
    return {(name, article) for name, article in found}


def mine(project: Project, name: str, **more: Any) -> list[int]:
    """Return what the queue shows of what is assigned."""
    return [row.article for row in project.store.queue_page(name, QueueFilter(mine=True, **more))]


# Roles ------------------------------------------------------------------------------------------------------------

GUARDED: dict[str, Callable[[Project, str], Any]] = {
    "add": lambda project, by: team.add(project, "dee", by=by),
    "rename": lambda project, by: team.rename(project, "cy", "cyn", by=by),
    "retire": lambda project, by: team.retire(project, "cy", by=by),
    "role": lambda project, by: team.set_role(project, "cy", "lead", by=by),
    "assign": lambda project, by: team.assign(project, Request(), by=by),
    "assign, tried": lambda project, by: team.assign(project, Request(), by=by, dry_run=True),
    "clear": lambda project, by: team.clear(project, QueueFilter(), by=by),
    "settle": lambda project, by: project.store.require_lead(by, "settle"),
}


@pytest.mark.parametrize("action", GUARDED)
def test_where_nobody_is_a_lead_everybody_may(project: Project, action: str) -> None:
    GUARDED[action](project, "somebody")


@pytest.mark.parametrize("action", GUARDED)
def test_once_there_is_a_lead_only_a_lead_may(project: Project, action: str) -> None:
    team.set_role(project, "ana", "lead", by="bo")
    before = rows(project.path, "SELECT * FROM annotator"), places(project)
    with pytest.raises(RoleError, match=r"only a lead may .* 'bo' is none") as caught:
        GUARDED[action](project, "bo")
    assert "ana" in caught.value.hint
    assert (rows(project.path, "SELECT * FROM annotator"), places(project)) == before
    GUARDED[action](project, "ana")


def test_a_lead_who_has_retired_is_none(project: Project) -> None:
    team.set_role(project, "ana", "lead", by="bo")
    team.retire(project, "ana", by="ana", unled=True)
    team.add(project, "dee", by="bo")
    team.retire(project, "ana", by="bo", back=True)
    with pytest.raises(RoleError):
        team.add(project, "eve", by="bo")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda project: team.add(project, "bo", by="ana"), "is an annotator 'bo' already"),
        (lambda project: team.add(project, " bo", by="ana"), "' bo' is no name"),
        (lambda project: team.add(project, "b\x1bo", by="ana"), "is no name"),
        (lambda project: team.add(project, "m", by="ana", kind="model", role="lead"), "a model layer is not a person"),
        (lambda project: team.rename(project, "bo", "cy", by="ana"), "is an annotator 'cy' already"),
        (lambda project: team.rename(project, "zoe", "dee", by="ana"), "no annotator 'zoe'"),
        (lambda project: team.retire(project, "zoe", by="ana"), "no annotator 'zoe'"),
        (lambda project: team.set_role(project, "zoe", "lead", by="ana"), "no annotator 'zoe'"),
        (lambda project: team.assign(project, Request(names=("zoe",)), by="ana"), "no annotator 'zoe'"),
        (lambda project: team.clear(project, QueueFilter(), ["zoe"], by="ana"), "no annotator 'zoe'"),
        (lambda project: team.assign(project, Request(overlap=4), by="ana"), "overlap of 4 takes as many"),
    ],
)
def test_what_cannot_be_done_is_said(project: Project, wrong: Callable[[Project], Any], message: str) -> None:
    with pytest.raises((InputError, UsageError), match=message):
        wrong(project)


def test_only_people_are_leads_and_get_articles(project: Project) -> None:
    project.add_annotator("bot", "model")
    with pytest.raises(InputError, match="is a model layer, not a person"):
        team.set_role(project, "bot", "lead", by="ana")
    with pytest.raises(InputError, match="'bot' is a model layer and gets no articles"):
        team.assign(project, Request(names=("bot",)), by="ana")
    assert "bot" not in team.assign(project, Request(), by="ana").names


def test_who_has_retired_tags_nothing_keeps_layers_and_gives_up_the_rest(project: Project) -> None:
    team.assign(project, Request(overlap=3), by="ana")
    tag(project, 1, "bo")
    assert team.retire(project, "bo", by="ana") == 7
    assert {article for name, article in places(project) if name == "bo"} == {1}
    assert project.store.layer(1, "bo") is not None
    session = project.session(2, "bo")
    session.do([Add(Span("s1", 0, 2, "actor"))])
    with pytest.raises(RoleError, match="'bo' has retired on 2026-01-02"):
        session.flush()
    with pytest.raises(InputError, match="'bo' has retired and gets no articles"):
        team.assign(project, Request(names=("bo",)), by="ana")
    assert team.assign(project, Request(), by="ana").names == ("ana", "cy")
    team.retire(project, "bo", by="ana", back=True)
    session.retry()
    session.close()
    assert project.store.layer(2, "bo") is not None


# Names ------------------------------------------------------------------------------------------------------------


def settled(project: Project, article: int) -> tuple[list[tuple[str, int, int]], set[int], list[Any]]:
    """Return the cases, which are open, and what was decided in the others, names left out."""
    readers = [name for name, kind in project.store.annotators() if kind == "human" and name != "lead"]
    work = Comparison.look(project, article, readers=readers)
    made = []
    for number in range(len(work.cases)):
        decision = work.ledger.decision(number)
        made.append(
            (decision and (len(decision.take or ()), decision.why), [s.key[:2] for s in work.ledger.spans(number)])
        )
    return [(case.kind, case.start, case.end) for case in work.cases], set(work.ledger.open), made


@pytest.mark.parametrize(("old", "new"), [("ana", "zoe"), ("bilal", "a.b:c"), ("lead", "boss"), ("ana", "majority")])
def test_decisions_hold_under_another_name(tmp_path: Path, old: str, new: str) -> None:
    with disputed(tmp_path) as project:
        project.add_annotator("lead")
        for article in (1, 2):
            work = Settlement.open(project, article, by="lead", readers=("ana", "bilal"))
            work.merge(strategy("all", annotators=("ana", "bilal")))
            for number in sorted(work.ledger.open)[:-2]:
                work.do(work.settler.settle(number, (("ana",), ("bilal",), ())[number % 3], why=f"why {number}"))
            work.session.close()
        before = [settled(project, article) for article in (1, 2)]
        assert all(made for _, _, made in before)
        assert team.rename(project, old, new, by="lead" if old != "lead" else "ana") in (1, 2)
        after = [settled(project, article) for article in (1, 2)]
        for (kinds, open_, made), (kinds_after, open_after, made_after) in zip(before, after, strict=True):
            assert sorted(kinds) == sorted(kinds_after)
            assert len(open_) == len(open_after)
            assert sorted(map(repr, made)) == sorted(map(repr, made_after))
        for article in (1, 2):
            gold = project.store.layer(article, "gold")
            assert gold is not None
            said = repr([(one.by, one.take, one.of, one.spans) for one in decisions(gold.attributes).values()])
            assert f"'{old}'" not in said and f"'{old}." not in said
            assert content(replayed(project, gold)) == content(gold)
            assert not any(span.id.startswith(f"{old}.") for span in gold.spans)
        session = project.session(1, "gold", author="lead" if old != "lead" else new)
        assert session.undo() is not None  # the names are as they were, and so can be what was done before
        assert session.undo() is not None
        session.close()


def test_a_decision_that_held_no_more_does_not_hold_under_another_name(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        work = Settlement.open(project, 1, by="lead", readers=("ana", "bilal"))
        work.do(work.settler.settle(sorted(work.ledger.open)[0], ("ana",)))
        work.session.close()
        session = project.session(1, "bilal")
        span = session.layer.spans[1]
        session.do([Add(replace(span, id="s99", start=span.start + 1))])
        session.close()
        stale = settled(project, 1)
        team.rename(project, "ana", "anna", by="x")
        assert settled(project, 1)[1] == stale[1]


def test_another_name_changes_nothing_but_the_name(project: Project) -> None:
    tag(project, 1, "bo")
    team.assign(project, Request(overlap=2), by="ana")
    before = rows(project.path, "SELECT * FROM journal"), rows(project.path, "SELECT * FROM assignment")
    assert team.rename(project, "bo", "bob", by="ana") == 0
    assert (rows(project.path, "SELECT * FROM journal"), rows(project.path, "SELECT * FROM assignment")) == before
    assert project.store.layer(1, "bob") is not None and project.store.layer(1, "bo") is None


# Places by name ------------------------------------------------------------------------------------------------------


def test_articles_are_given_and_given_again_only_where_they_are_lacking(project: Project) -> None:
    tag(project, 2, "cy")
    tried = team.assign(project, Request(overlap=2), by="ana", dry_run=True)
    assert places(project) == set()
    done = team.assign(project, Request(overlap=2), by="ana")
    assert done == tried
    assert sum(done.new.values()) == 15 and done.before == {"cy": 1}
    assert Counter(article for _, article in places(project)) == dict.fromkeys(range(1, 9), 2)
    assert sorted(Counter(name for name, _ in places(project)).values()) == [5, 5, 6]
    before = places(project)
    assert sum(team.assign(project, Request(overlap=2), by="ana").new.values()) == 0
    assert places(project) == before
    load(project, record("k9"))
    assert sum(team.assign(project, Request(overlap=2), by="ana").new.values()) == 2
    assert before < places(project)


def test_a_filter_and_names(project: Project) -> None:
    done = team.assign(project, Request(names=("bo", "ana"), chosen=QueueFilter(meta=(("source", "wire"),))), by="x")
    assert (done.articles, done.names) == (4, ("bo", "ana"))
    assert places(project) == {("bo", 1), ("ana", 3), ("bo", 5), ("ana", 7)}


def test_everybody_reads_the_calibration_set_and_it_stays_the_same(project: Project) -> None:
    done = team.assign(project, Request(calibration=3, seed=4), by="ana")
    shared = {a for (a,) in rows(project.path, "SELECT DISTINCT article FROM assignment WHERE kind = 'calibration'")}
    assert len(shared) == done.calibration == 3
    assert {(name, article) for name in ("ana", "bo", "cy") for article in shared} <= places(project)
    assert Counter(article for _, article in places(project)) == {n: 3 if n in shared else 1 for n in range(1, 9)}
    team.add(project, "dee", by="ana")
    again = team.assign(project, Request(calibration=3, seed=9), by="ana")
    assert dict(again.new) == {"dee": 3}
    assert {article for name, article in places(project) if name == "dee"} == shared


def test_where_nobody_is_left_it_is_said(project: Project) -> None:
    for name in ("ana", "bo"):
        tag(project, 1, name)
    done = team.assign(project, Request(overlap=3, names=("ana", "bo", "cy")), by="x")
    assert done.lacking == 0
    team.retire(project, "cy", by="x")
    done = team.assign(project, Request(overlap=2), by="x")
    assert (done.lacking, done.names) == (0, ("ana", "bo"))


def test_taking_back_keeps_what_was_begun(project: Project) -> None:
    team.assign(project, Request(overlap=2), by="x")
    ((name, article), *_) = sorted(places(project))
    tag(project, article, name)
    assert team.clear(project, QueueFilter(), by="x", dry_run=True) == (15, 0)
    assert len(places(project)) == 16
    mine_ = sum(who == name for who, _ in places(project)) - 1
    assert team.clear(project, QueueFilter(), [name], by="x") == (mine_, 0)
    assert team.clear(project, QueueFilter(), by="x") == (15 - mine_, 0)
    assert places(project) == {(name, article)}


def test_the_queue_follows_what_is_assigned(project: Project) -> None:
    assert not project.store.has_places("bo")
    team.assign(project, Request(names=("ana", "bo")), by="x")
    assert project.store.has_places("bo") and not project.store.has_places("cy")
    assert mine(project, "bo") == [2, 4, 6, 8]
    assert mine(project, "cy") == []
    assert project.store.queue_count("bo", QueueFilter(mine=True)) == 4
    assert [project.store.next_to_do("bo", after=n) for n in (0, 2, 7, 8)] == [2, 4, 8, None]
    assert project.store.next_to_do("cy", after=3) == 4  # nothing is assigned to Cy
    session = project.session(4, "bo")
    session.do([SetStatus("done")])
    session.close()
    assert project.store.next_to_do("bo", after=2) == 6
    assert mine(project, "bo", status="done") == [4] and mine(project, "bo", status="todo") == [2, 6, 8]


# Places as people come ------------------------------------------------------------------------------------------------


def open_all(project: Project, overlap: int = 2, seconds: float = 3600) -> None:
    team.assign(project, Request(overlap=overlap, open_for=seconds), by="x")


def test_a_place_is_claimed_and_a_quota_kept(project: Project) -> None:
    open_all(project)
    assert mine(project, "ana") == list(range(1, 9))
    assert project.claim(1, "ana") == project.claim(1, "bo") == ""
    assert project.claim(1, "ana") == ""  # again: the same place
    assert "all its 2 places are taken (ana, bo)" in project.claim(1, "cy")
    assert mine(project, "cy") == list(range(2, 9)) and mine(project, "ana") == list(range(1, 9))
    session = project.session(1, "cy")
    session.do([Add(Span("s1", 0, 2, "actor"))])
    with pytest.raises(TakenError, match="all its 2 places are taken"):
        session.flush()
    assert project.store.layer(1, "cy") is None
    assert [project.store.next_to_do("cy", after=0), project.store.next_to_do("ana", after=0)] == [2, 1]


def test_a_claim_lapses_unless_there_is_work(project: Project, clock: Clock) -> None:
    open_all(project, 1)
    project.claim(1, "ana")
    project.claim(2, "ana")
    tag(project, 2, "ana")
    clock.minute = 59
    assert project.claim(1, "bo")
    clock.minute = 60
    assert project.claim(1, "bo") == ""
    assert "its place is taken (ana)" in project.claim(2, "bo")
    session = project.session(1, "ana")  # who comes back too late is told, and what was typed is still there
    session.do([Add(Span("s1", 0, 2, "actor"))])
    with pytest.raises(TakenError):
        session.flush()
    assert len(session.index) == 1
    clock.minute = 120
    session.retry()
    session.close()
    assert project.store.layer(1, "ana") is not None


def test_looking_lets_go_of_what_has_lapsed(project: Project, clock: Clock) -> None:
    open_all(project, 1)
    for article in range(1, 9):
        project.claim(article, "ana")
    assert mine(project, "bo") == []
    project.release_lapsed()
    assert mine(project, "bo") == []
    clock.minute = 61
    project.release_lapsed()
    assert mine(project, "bo") == list(range(1, 9))


def test_a_clock_that_is_put_back_does_not_keep_a_place_for_good(project: Project, clock: Clock) -> None:
    open_all(project, 1)
    clock.minute = 600
    project.claim(1, "ana")
    clock.minute = 0
    assert project.claim(1, "bo") == ""


def test_work_from_before_and_loaded_work_take_places(project: Project) -> None:
    tag(project, 1, "ana")
    open_all(project)
    load(project, record("k1", layer=reading_of("bo", Span("s1", 0, 2, "actor"))))
    load(project, record("k1", layer=reading_of("bot", Span("s1", 0, 2, "actor"), kind="model")))
    assert "(ana, bo)" in project.claim(1, "cy")
    assert rows(project.path, "SELECT taken FROM quota WHERE article = 1") == [(2,)]
    gold = Settlement.open(project, 1, by="cy", readers=("ana", "bo"))  # a gold layer takes no place
    gold.merge(strategy("all", annotators=("ana", "bo")))
    gold.session.close()
    assert team.clear(project, QueueFilter(), by="x") == (0, 8)
    assert project.claim(1, "cy") == ""


def test_what_all_read_is_not_opened(project: Project) -> None:
    team.assign(project, Request(overlap=1, names=("ana",), calibration=3), by="x")
    done = team.assign(project, Request(overlap=2, open_for=60.0), by="x", dry_run=True)
    assert (done.articles, done.calibration, done.opened) == (8, 3, 5)
    done = team.assign(project, Request(overlap=2, open_for=60.0), by="x")
    assert (done.articles, done.calibration, done.opened) == (8, 3, 5)
    assert rows(project.path, "SELECT article FROM quota") == [(n,) for n in range(4, 9)]
    done = team.assign(project, Request(overlap=2, calibration=1, open_for=60.0), by="x")  # those before stay in it
    assert (done.calibration, done.opened) == (3, 0)


def test_another_quota(project: Project) -> None:
    open_all(project, 1)
    assert team.assign(project, Request(overlap=1, open_for=3600), by="x").opened == 0
    project.claim(1, "ana")
    assert team.assign(project, Request(overlap=2, open_for=3600), by="x").opened == 8
    assert project.claim(1, "bo") == ""
    with project.store.snapshot() as conn:
        assert assignment.quotas(conn) == (8, 16, 2, 0)
        assert [share.claimed for share in assignment.shares(conn)] == [1, 1]


CLAIMER = """
    import sys
    from pathlib import Path
    from annotator.core.edits import Add
    from annotator.core.spans import Span
    from annotator.errors import TakenError
    from annotator.project import Project

    path, name = Path(sys.argv[1]), sys.argv[2]
    with Project.open(path) as project:
        print("ready", flush=True)
        sys.stdin.readline()
        for article in range(1, project.store.count() + 1):
            asks = article % 2  # others type at once what they have opened before
            if asks and project.claim(article, name):
                continue
            session = project.session(article, name)
            session.do([Add(Span(session.new_id(), 0, 2, "actor"))])
            try:
                session.flush()
            except TakenError:
                assert not asks, "a claim was not honoured"
"""


def test_a_quota_holds_under_eight_processes(project: Project) -> None:
    load(project, *(record(f"m{n}") for n in range(1, 13)))
    open_all(project, 3)
    names = [f"p{n}" for n in range(8)]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(
            command(CLAIMER, project.path, name), cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for name in names
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert rows(project.path, "SELECT article, count(*) FROM layer GROUP BY article") == [(n, 3) for n in range(1, 21)]
    assert rows(project.path, "SELECT DISTINCT places, taken FROM quota") == [(3, 3)]
    assert rows(project.path, "SELECT count(*) FROM span") == rows(project.path, "SELECT count(*) FROM journal")


def test_a_read_only_file_says_so(project: Project) -> None:
    open_all(project)
    project.close()
    with Project.open(project.path, read_only=True) as reader, pytest.raises(AnnotatorError, match="read-only"):
        reader.claim(1, "ana")


def test_two_leads_who_assign_at_once_give_no_article_too_often(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team, "AT_ONCE", 3)
    planned = team._plan
    first = True

    def slowly(conn: Any, request: Request) -> Any:
        nonlocal first
        plan = planned(conn, request)
        if first:  # between plan and writing somebody else assigns, and somebody begins to work
            first = False
            with Project.open(project.path, clock=project.clock) as other:
                team.assign(other, Request(overlap=2, seed=5), by="y")
                tag(other, 3, "dee")
        return plan

    monkeypatch.setattr(team, "_plan", slowly)
    team.assign(project, Request(overlap=2, seed=1), by="x")
    assert Counter(a for name, a in places(project) if name != "dee") == dict.fromkeys(range(1, 9), 2)


def test_open_names_nobody(project: Project) -> None:
    with pytest.raises(UsageError, match="--open names nobody"):
        team.assign(project, Request(names=("ana",), open_for=60.0), by="x")
    done = team.assign(project, Request(names=("ana",), calibration=2, open_for=60.0), by="x")
    assert (dict(done.new), done.opened) == ({"ana": 2}, 6)
    assert mine(project, "ana") == list(range(1, 9)) and mine(project, "bo") == list(range(3, 9))


def test_who_is_renamed_while_at_work_does_not_become_two(project: Project) -> None:
    session = project.session(1, "bo")
    session.do([Add(Span("s1", 0, 2, "actor"))])
    session.flush()
    new = project.session(2, "bo")
    with Project.open(project.path, clock=project.clock) as other:
        team.rename(other, "bo", "bob", by="ana")
    for one in (session, new):
        one.do([Add(Span("s2", 4, 6, "actor"))])
        with pytest.raises(RoleError, match="'bo' was given another name meanwhile"):
            one.flush()
        assert one.state == "failed" and "s2" in one.index  # told, and still there
    for refused in (project.session, project.claim):
        with pytest.raises(RoleError, match="'bo' was given another name"):
            refused(3, "bo")
    assert isinstance(project.keep_visit(1, "bo", Visit(0, 1, 0, 1.0)).exception(), RoleError)
    project.keep_place(1, "bo")
    project.flush()
    assert [name for name, _ in project.store.annotators()] == ["ana", "bob", "cy"]
    assert rows(project.path, "SELECT a.name, l.spans FROM layer l JOIN annotator a ON a.id = l.annotator") == [
        ("bob", 1)
    ]


def test_a_claim_begins_nobody_anew_under_a_name_that_was_changed_just_now(project: Project, clock: Clock) -> None:
    team.assign(project, Request(open_for=3600.0), by="bo")

    def renamed() -> str:
        with Project.open(project.path, clock=clock) as other:
            team.rename(other, "ana", "anna", by="bo")
        return clock()

    project.clock = renamed  # asked between looking and taking
    with pytest.raises(RoleError, match="another name"):
        project.claim(1, "ana")
    assert ("ana",) not in rows(project.path, "SELECT name FROM annotator")


def test_the_only_lead_neither_leaves_nor_steps_down_by_mistake(project: Project) -> None:
    team.set_role(project, "ana", "lead", by="bo")
    before = rows(project.path, "SELECT * FROM annotator")
    for leave in (
        lambda: team.retire(project, "ana", by="ana"),
        lambda: team.set_role(project, "ana", "annotator", by="ana"),
    ):
        with pytest.raises(RoleError, match="'ana' is the only lead") as refused:
            leave()
        assert "--yes" in refused.value.hint and "role NAME lead" in refused.value.hint
    assert rows(project.path, "SELECT * FROM annotator") == before
    team.set_role(project, "bo", "lead", by="ana")
    team.retire(project, "ana", by="ana")  # there is another
    team.retire(project, "cy", by="bo")  # is none
    team.set_role(project, "bo", "annotator", by="bo", unled=True)
    team.add(project, "dee", by="cy")


@pytest.mark.parametrize("name", ["all", "All"])
def test_nobody_is_called_as_everybody_is(project: Project, name: str) -> None:
    with pytest.raises(InputError, match="means everybody"):
        team.add(project, name, by="ana")
    with pytest.raises(InputError, match="means everybody"):
        team.rename(project, "ana", name, by="ana")


def test_who_only_settles_is_given_nothing_to_read(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        work = Settlement.open(project, 1, by="chief", readers=("ana", "bilal"))
        work.do(work.settler.settle(sorted(work.ledger.open)[0], ("ana",)))
        work.session.close()
        done = team.assign(project, Request(overlap=2), by="chief")
        assert (done.names, done.left_out) == (("ana", "bilal"), ("chief",))
        assert team.assign(project, Request(overlap=2), by="chief", dry_run=True).new == {}
        with pytest.raises(UsageError, match="there are 2"):
            team.assign(project, Request(overlap=3), by="chief")
        assert "chief" in team.assign(project, Request(names=("chief",)), by="x", dry_run=True).names
        team.add(project, "chief", by="x", role="lead")  # now as somebody who reads
        assert team.assign(project, Request(overlap=3), by="chief").left_out == ()
        with pytest.raises(InputError, match="there is an annotator 'chief' already"):
            team.add(project, "chief", by="chief")


def test_who_has_tagged_is_no_mere_helper(project: Project) -> None:
    tag(project, 1, "dee")
    session = project.session(1, "dee", author="eve")
    session.do([SetStatus("done")])
    session.close()
    found = {one.name: one.helper for one in project.store.people()}
    assert found == {"ana": False, "bo": False, "cy": False, "dee": False, "eve": True}
    tag(project, 2, "eve")
    assert not any(one.helper for one in project.store.people())


def test_what_is_restored_takes_no_place_whatever_it_is_called(project: Project, tmp_path: Path) -> None:
    for article in (1, 2):
        tag(project, article, "ana")
    team.assign(project, Request(overlap=2, open_for=3600.0), by="bo")
    assert len(restore(project, annotator="ana", to="anaold", before=99)) == 2
    team.rename(project, "anaold", "before", by="bo")
    with project.store.snapshot() as conn:
        assert people.second_names(conn) == {"before"}
        assert assignment.quotas(conn) == (8, 16, 2, 0)
    tag(project, 1, "bo")  # has the place beside ana's
    team.clear(project, QueueFilter(), by="bo")
    done = team.assign(project, Request(overlap=2, names=("ana", "bo", "cy")), by="bo")
    assert done.new["cy"] == 5 and done.lacking == 0  # of 16 places 3 were taken
    with Project.create(tmp_path / "b.db", schema()) as elsewhere:
        merge(elsewhere, project.path)
        with elsewhere.store.snapshot() as conn:
            assert people.second_names(conn) == {"before"}


def test_what_is_restored_goes_under_a_name_of_its_own(project: Project) -> None:
    tag(project, 1, "ana")
    tag(project, 2, "bo")
    for name, why in (
        ("bo", "has layers"),
        ("gold", "what is settled"),
        ("Ana", "letter case alone"),
        ("all", "everybody"),
    ):
        with pytest.raises(InputError, match=why):
            restore(project, annotator="ana", to=name, before=99)
    restore(project, annotator="ana", to="cy", before=99)  # who has neither read nor is to read anything
    assert restore(project, annotator="ana", to="cy", before=99)[0].new is False


def test_more_readings_than_places_are_told(project: Project) -> None:
    for name in ("ana", "bo", "cy"):
        tag(project, 1, name)
    team.assign(project, Request(overlap=1, open_for=3600.0), by="bo")
    with project.store.snapshot() as conn:
        assert assignment.quotas(conn) == (8, 8, 1, 2)


def test_second_names_are_no_more_readers(project: Project, tmp_path: Path) -> None:
    other = back_up(project.path, tmp_path / "laptop.db").path
    with Project.open(other) as laptop:
        tag(laptop, 1, "ana")
    session = project.session(1, "ana")
    session.do([Add(Span("s1", 3, 5, "location"))])
    session.close()
    team.assign(project, Request(overlap=2, open_for=3600.0, chosen=QueueFilter(by="ana", status="open")), by="bo")
    merge(project, other)
    restore(project, annotator="ana", to="ana@before-9", before=9)
    with project.store.snapshot() as conn:
        assert people.second_names(conn) == {"ana~2", "ana@before-9"}
        assert [who for key, who, _ in assignment.places(conn) if key == "k1"] == ["ana"]
        assert assignment.quotas(conn) == (1, 2, 1, 0)
    project.add_annotator("dora@example.org")
    project.add_annotator("dora")
    project.add_annotator("ana~x")
    team.clear(project, QueueFilter(), by="bo")
    done = team.assign(project, Request(overlap=2, seed=1), by="bo")
    assert done.names == ("ana", "ana~x", "bo", "cy", "dora", "dora@example.org")
    with project.store.snapshot() as conn:
        assert Counter(key for key, _, _ in assignment.places(conn)) == {f"k{n}": 2 for n in range(1, 9)}
    named = team.assign(project, Request(overlap=1, names=("ana~2",), chosen=QueueFilter(by="ana~2")), by="bo")
    assert named.names == ("ana~2",)


def test_layers_that_are_loaded_or_restored_under_second_names_take_no_place(project: Project) -> None:
    tag(project, 1, "ana")
    team.assign(project, Request(overlap=2, open_for=3600.0), by="bo")
    with project.loader() as loader:
        loader.add(record("other", "Another text.", layer=reading_of("ana~2")))
        text = project.store.article(1)
        loader.add(record(text.key, text.text, layer=reading_of("ana~2")))
        loader.add(record(text.key, text.text, layer=reading_of("dora@home")))
    project.writer.submit = None  # type: ignore[assignment]  # it is all in one transaction, which is the loader's
    restore(project, annotator="ana", to="ana@before-99", before=99)
    with project.store.snapshot() as conn:
        assert [who for key, who, _ in assignment.places(conn) if key == text.key] == ["ana", "dora@home"]
