"""Sessions: what is on the screen, what is in the file, and what undo takes back are the same thing."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from strategies import batches
from support import TEXT, adds, clock, content, copied, load, reading_of, record, replayed, rows, schema

from annotator import session as module
from annotator.core.checks import check_layer
from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, apply
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.errors import ConflictError, EditError, StoreError
from annotator.project import Project
from annotator.session import Delta, Session

ACTOR = Span("s1", 0, 12, "actor")
BAD = Span("s9", 0, 12, "weather")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("k1", TEXT), record("k2"))
        yield project


def check(project: Project, session: Session) -> None:
    """Compare everything a session shows with what follows from its layer and with the file, once all is saved."""
    layer = session.layer
    assert tuple(session.index) == layer.spans
    text = session.article.text
    assert session.problems == check_layer(layer, text=text, schema=session.schema, key=session.article.key)
    session.flush()
    assert session.state == "saved"
    stored = project.store.layer(layer.article, layer.annotator)
    assert (stored or replace(layer, revision=0)) == layer
    assert content(replayed(project, layer)) == content(layer)
    history = project.store.history(layer.article, layer.annotator)
    assert len(history) == layer.revision


def has_errors(layer: Layer) -> bool:
    return any(problem.severity == "error" for problem in check_layer(layer, text=TEXT, schema=schema()))


class Work(RuleBasedStateMachine):
    """One annotator edits, undoes, redoes, closes and opens again, against two lists of layers."""

    template: Path

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.project = Project.open(copied(self.template, self.folder / "a.db"), clock=clock)
        self.project.writer.submit(lambda conn: None).result()
        self.session = self.project.session(1, "ana")
        self.undo_stack: list[Layer] = []
        self.redo_stack: list[Layer] = []

    def teardown(self) -> None:
        if hasattr(self, "project"):
            self.project.close()
            shutil.rmtree(self.folder)

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        before = self.session.layer
        batch = data.draw(batches(layer=before, length=len(TEXT), max_size=4))
        after, _ = apply(before, batch)
        if SetStatus("done") in batch and after.status == "done" and has_errors(after):
            with pytest.raises(EditError, match="not done yet: "):
                self.session.do(batch)
            assert self.session.layer == before
            return
        if after.status == "done" and has_errors(after):
            after = replace(after, status="open")
        delta = self.session.do(batch)
        assert [span.id for span in delta.put] == adds(batch)
        assert content(self.session.layer) == content(after)
        if batch:
            self.undo_stack.append(before)
            self.redo_stack.clear()

    @rule(data=st.data(), at=st.sampled_from([(0, 12), (4, 12), (18, 24)]))
    def tag(self, data: st.DataObject, at: tuple[int, int]) -> None:
        before = self.session.layer
        id = self.session.new_id()
        links = {"links": [data.draw(st.sampled_from([id, "s1", "s2"]))]}
        self.session.do([Add(Span(id, *at, "casualty", links))])
        assert self.session.index.get(id) is not None
        self.undo_stack.append(before)
        self.redo_stack.clear()

    @rule()
    def finish(self) -> None:
        before = self.session.layer
        if has_errors(before):
            with pytest.raises(EditError):
                self.session.do([SetStatus("done")])
            return
        self.session.do([SetStatus("done")])
        self.undo_stack.append(before)
        self.redo_stack.clear()

    @rule()
    def undo(self) -> None:
        before = self.session.layer
        delta = self.session.undo()
        assert (delta is None) == (not self.undo_stack)
        if self.undo_stack:
            assert content(self.session.layer) == content(self.undo_stack.pop())
            self.redo_stack.append(before)

    @rule()
    def redo(self) -> None:
        before = self.session.layer
        delta = self.session.redo()
        assert (delta is None) == (not self.redo_stack)
        if self.redo_stack:
            assert content(self.session.layer) == content(self.redo_stack.pop())
            self.undo_stack.append(before)

    @rule()
    def open_again(self) -> None:
        before = self.session.layer
        self.session.close()
        self.project.close()
        self.project = Project.open(self.project.path, clock=clock)
        self.session = self.project.session(1, "ana")
        assert self.session.layer == before

    @rule()
    def reload(self) -> None:
        before = self.session.layer
        assert self.session.reload() == 0
        assert self.session.layer == before

    @precondition(lambda self: hasattr(self, "session"))
    @invariant()
    def all_say_the_same(self) -> None:
        check(self.project, self.session)
        assert self.session.undoable == bool(self.undo_stack)
        assert self.session.redoable == bool(self.redo_stack)


def test_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    template = tmp_path_factory.mktemp("work") / "template.db"
    with Project.create(template, schema(), clock=clock) as made:
        load(made, record("k1", TEXT))

    class Here(Work):
        pass

    Here.template = template
    from hypothesis.stateful import run_state_machine_as_test

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Here, settings=settings(max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=checks)
    )


def test_a_batch_and_what_it_did(project: Project) -> None:
    session = project.session(1, "ana")
    assert (session.layer, session.state, session.failure) == (Layer(1, "ana", "test@1"), "saved", None)
    assert session.do([]) == Delta()
    assert session.undo() is session.redo() is None
    moved = replace(ACTOR, end=24)
    assert session.do([Add(ACTOR), Change(ACTOR.ref, moved), SetNote("n")]) == Delta((ACTOR, moved), (ACTOR.ref,))
    assert session.undo() == Delta((ACTOR,), (moved.ref, ACTOR.ref))
    assert session.layer.spans == ()
    check(project, session)
    assert session.layer.revision == 2


MISFITS: list[tuple[Edit, str]] = [
    (Add(Span("s2", 0, len(TEXT) + 1, "actor")), "ends past the text, which has 95 code points"),
    (Change(ACTOR.ref, replace(ACTOR, end=999)), "ends past the text"),
    (Add(ACTOR), "'s1' is already taken"),
    (Add(Span("s1", 18, 24, "actor")), "'s1' is already taken"),
    (Remove(Span("s7", 0, 12, "actor").ref), "no span s7"),
    (SetStatus("finished"), "unknown status"),  # type: ignore[arg-type]
    (SetNote("half \ud83c"), "cannot be saved"),
    (SetAttribute("type", float("nan")), "cannot be saved"),
    (SetAttribute("type", ("a", "tuple")), "cannot be saved"),
    (SetAttribute("type", object()), "cannot be saved"),
    (Add(Span("s2", 0, 3, "actor", {"name": "\udfff"})), "cannot be saved"),
]


@pytest.mark.parametrize(("edit", "says"), MISFITS)
def test_a_batch_that_does_not_fit_changes_nothing(project: Project, edit: Edit, says: str) -> None:
    session = project.session(1, "ana")
    session.do([Add(ACTOR)])
    before = session.layer
    with pytest.raises(EditError, match=says):
        session.do([SetNote("first"), Add(Span("s5", 18, 24, "casualty")), edit])
    assert session.layer == before
    check(project, session)
    session.undo()
    assert session.redoable
    with pytest.raises(EditError):
        session.do([Add(BAD), SetStatus("done")])
    assert session.redoable  # what was refused takes no redo away


def test_done_waits_for_errors_to_be_mended(project: Project) -> None:
    session = project.session(1, "ana")
    session.do([Add(BAD)])
    with pytest.raises(EditError, match="not done yet: label 'weather' is not in the schema") as caught:
        session.do([SetStatus("done")])
    assert caught.value.hint
    with pytest.raises(EditError):
        session.do([SetNote("n"), SetStatus("done")])
    check(project, session)
    session.do([SetStatus("done"), Remove(BAD.ref)])
    assert session.layer.status == "done"
    session.do([Add(Span("s1", 3, 12, "actor"))])  # a warning keeps nothing from being done
    assert session.layer.status == "done"
    check(project, session)


def test_an_error_opens_a_layer_that_is_done(project: Project) -> None:
    session = project.session(1, "ana")
    session.do([Add(ACTOR), SetStatus("done")])
    session.do([Add(BAD)])
    assert session.layer.status == "open"
    check(project, session)
    session.undo()
    assert (session.layer.status, session.layer.spans) == ("done", (ACTOR,))
    session.redo()
    assert (session.layer.status, len(session.layer.spans)) == ("open", 2)
    check(project, session)


def test_redoing_done_does_not_pass_errors(project: Project) -> None:
    load(project, record("k1", TEXT, layer=reading_of("old", BAD, status="done")))
    session = project.session(1, "old")
    assert session.layer.status == "done"
    session.do([SetNote("n")])
    assert session.layer.status == "open"
    session.undo()
    assert (session.layer.status, session.layer.note) == ("open", "")
    session.redo()
    check(project, session)


def test_undo_does_not_pass_a_load(project: Project) -> None:
    load(project, record("k1", TEXT, layer=reading_of("bot", ACTOR, kind="model")))
    session = project.session(1, "bot")
    session.do([SetNote("n")])
    assert session.undo() == Delta()
    assert session.undo() is None
    assert session.layer.spans == (ACTOR,)


def test_new_ids(project: Project) -> None:
    load(project, record("k1", TEXT, layer=reading_of("ana", ACTOR, Span("s4", 0, 3, "casualty", {"links": ["s6"]}))))
    session = project.session(1, "ana")
    assert session.new_id() == "s5"
    assert session.new_id() == "s7"  # s6 would take up a link that points to nothing
    session.do([Add(Span("s8", 0, 4, "actor"))])
    assert session.new_id() == "s9"
    session.do([Remove(Span("s8", 0, 4, "actor").ref)])
    assert session.new_id() == "s10"


def test_two_articles_and_two_annotators_do_not_mix(project: Project) -> None:
    sessions = [project.session(article, name) for article in (1, 2) for name in ("ana", "ben")]
    for number, session in enumerate(sessions):
        session.do([Add(Span("s1", 0, 3 + number, "actor"))])
    for session in sessions:
        check(project, session)
    sessions[0].undo()
    check(project, sessions[0])
    assert [len(session.layer.spans) for session in sessions] == [0, 1, 1, 1]


def fill_up(project: Project) -> None:
    """Let the file not grow any more, as on a full disk."""
    limit = "PRAGMA max_page_count = 1"  # SQLite takes this for the size that the file has
    project.writer.submit(lambda conn: conn.execute(limit).fetchall()).result()


def make_room(project: Project) -> None:
    project.writer.submit(lambda conn: conn.execute("PRAGMA max_page_count = 100000").fetchall()).result()


def test_a_full_disk_loses_nothing(project: Project) -> None:
    session = project.session(1, "ana")
    told: list[str] = []
    session.on_saved = lambda: told.append(session.state)
    session.do([Add(ACTOR)])
    session.flush()
    assert told == ["saved"]
    fill_up(project)
    session.do([SetNote("x" * 100_000)])
    with pytest.raises(StoreError, match="the disk is full"):
        session.flush()
    assert (session.state, told[-1]) == ("failed", "failed")
    session.do([Add(Span("s2", 18, 24, "casualty"))])
    session.undo()
    session.undo()
    session.redo()
    assert session.layer.note == "x" * 100_000
    failure = session.failure
    assert isinstance(failure, StoreError)
    session.retry()
    with pytest.raises(StoreError, match="the disk is full"):
        session.flush()
    assert rows(project.path, "SELECT revision, note FROM layer") == [(1, "")]
    with pytest.raises(StoreError, match="the disk is full"):
        session.close()
    make_room(project)
    session.retry()
    session.flush()
    assert session.failure is None
    check(project, session)
    assert session.layer.revision == 6
    assert rows(project.path, "SELECT kind, of FROM journal") == [
        ("do", None), ("do", None), ("do", None), ("undo", 3), ("undo", 2), ("redo", 2),
    ]  # fmt: skip
    again = project.session(1, "ana")
    assert again.undo() == Delta()
    assert again.undo() == Delta((), (ACTOR.ref,))
    again.close()


def test_batches_queued_behind_one_that_fails_are_kept_in_order(project: Project) -> None:
    session = project.session(1, "ana")
    go = threading.Event()
    fill_up(project)
    project.writer.submit(lambda conn: go.wait(30))
    for number in range(5):
        session.do([SetNote(str(number) * (100_000 if number == 1 else 1))])
    assert session.state == "saving"
    with pytest.raises(StoreError, match="not saved yet"):
        session.flush(timeout=0)
    go.set()
    with pytest.raises(StoreError, match="the disk is full"):
        session.flush()
    assert rows(project.path, "SELECT note FROM layer") == [("0",)]
    make_room(project)
    session.retry()
    check(project, session)
    assert session.layer.note == "4"


def test_a_retry_without_a_failure_changes_nothing(project: Project) -> None:
    session = project.session(1, "ana")
    session.do([Add(ACTOR)])
    session.retry()
    check(project, session)
    assert session.layer.revision == 1


def test_an_error_nobody_foresaw_is_told_as_well(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    session = project.session(1, "ana")

    def broken(*args: object) -> int:
        raise RuntimeError("odd")

    monkeypatch.setattr(module, "write_batch", broken)
    session.do([Add(ACTOR)])
    with pytest.raises(StoreError, match="not saved: odd"):
        session.flush()
    monkeypatch.undo()
    session.retry()
    check(project, session)


def test_of_two_windows_the_second_is_told(project: Project) -> None:
    one, two = project.session(1, "ana"), project.session(1, "ana")
    one.do([Add(ACTOR)])
    one.flush()
    two.do([SetNote("mine")])
    with pytest.raises(ConflictError, match="changed elsewhere"):
        two.flush()
    two.retry()  # does not help: the layer is still another
    with pytest.raises(ConflictError):
        two.flush()
    assert (two.state, two.layer.note) == ("failed", "mine")
    assert two.reload() == 0
    assert (two.layer.note, two.layer.spans) == ("mine", (ACTOR,))
    check(project, two)
    assert two.undo() == Delta()
    assert two.undo() == Delta((), (ACTOR.ref,))
    check(project, two)


def conflict(project: Project, theirs: list[Edit], *mine: list[Edit], before: list[Edit]) -> tuple[Session, int]:
    """Let another window save `theirs` first, and return this one after a reload, and how many batches were lost."""
    first = project.session(1, "ana")
    first.do(before)
    first.flush()
    other, session = project.session(1, "ana"), project.session(1, "ana")
    other.do(theirs)
    other.flush()
    for batch in mine:
        session.do(batch)
    assert session._writer.drain()
    assert session.state == "failed"
    lost = session.reload()
    check(project, session)
    return session, lost


def test_reload_keeps_what_fits(project: Project) -> None:
    moved = replace(ACTOR, end=24)
    session, lost = conflict(
        project, [Change(ACTOR.ref, moved)],
        [SetNote("kept")], [Remove(ACTOR.ref)], [Add(Span("s2", 30, 39, "location"))],
        before=[Add(ACTOR)],
    )  # fmt: skip
    assert lost == 1
    assert session.layer.note == "kept"
    assert [span.id for span in session.layer.spans] == ["s1", "s2"]
    assert session.index.get("s1") == moved


def test_reload_gives_new_ids_to_spans_whose_ids_were_taken(project: Project) -> None:
    theirs = Span("s1", 30, 39, "location")
    mine = Span("s2", 18, 24, "casualty", {"by": "s1", "links": ["s2", "s1"]})
    session, lost = conflict(
        project, [Add(theirs)],
        [Add(ACTOR)], [Add(mine)], [Change(ACTOR.ref, replace(ACTOR, end=11))], [SetAttribute("about", "s1")],
        before=[SetNote("n")],
    )  # fmt: skip
    assert lost == 0
    new = replace(ACTOR, end=11, id="s3")
    assert session.layer.spans == (new, replace(mine, attributes={"by": "s3", "links": ["s2", "s3"]}), theirs)
    assert session.layer.attributes == {"about": "s3"}
    assert session.new_id() == "s4"


def test_reload_does_not_double_what_was_taken_back(project: Project) -> None:
    first = project.session(1, "ana")
    first.do([Add(ACTOR)])
    first.flush()
    other, session = project.session(1, "ana"), project.session(1, "ana")
    other.do([SetNote("n"), Change(ACTOR.ref, replace(ACTOR, label="location"))])
    other.flush()
    session.do([Remove(ACTOR.ref), SetStatus("flagged")])
    session.undo()
    session.do([Change(ACTOR.ref, replace(ACTOR, end=24))])
    session.do([Change(replace(ACTOR, end=24).ref, replace(ACTOR, end=30))])
    session._writer.drain()
    session.reload()
    check(project, session)
    assert [span.id for span in session.layer.spans] == ["s1"]


def test_reload_of_a_batch_that_was_written_after_all_adds_nothing(project: Project) -> None:
    session, other = project.session(1, "ana"), project.session(1, "ana")
    other.do([Add(ACTOR)])
    other.flush()
    session.do([Add(ACTOR)])
    session._writer.drain()
    assert session.reload() == 1
    check(project, session)
    assert session.layer.spans == (ACTOR,)


def test_ids_after_a_reload_are_free(project: Project) -> None:
    session, lost = conflict(
        project,
        [SetNote("n")],
        [Add(Span("s1", 0, 3, "actor"))],
        [Add(Span("s2", 4, 12, "actor"))],
        before=[SetNote("")],
    )
    assert lost == 0
    session.do([Add(Span(session.new_id(), 18, 24, "casualty"))])
    assert len(session.layer.spans) == 3
    check(project, session)


def test_reload_before_anything_was_ever_saved(project: Project) -> None:
    session = project.session(1, "ana")
    fill_up(project)
    session.do([Add(ACTOR), SetNote("x" * 100_000)])
    session._writer.drain()
    make_room(project)
    assert session.reload() == 0
    check(project, session)
    assert (session.layer.revision, session.layer.spans) == (1, (ACTOR,))


@pytest.mark.parametrize("what", ["layer", "history"])
def test_a_reload_that_cannot_read_loses_nothing(project: Project, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    session = project.session(1, "ana")
    fill_up(project)
    session.do([Add(ACTOR), SetNote("x" * 100_000)])
    session._writer.drain()

    def broken(*args: Any) -> Layer:
        raise StoreError("cannot be read")

    monkeypatch.setattr(project.store, what, broken)
    with pytest.raises(StoreError, match="cannot be read"):
        session.reload()
    monkeypatch.undo()
    assert session.state == "failed"
    make_room(project)
    session.retry()
    check(project, session)
    assert session.layer.spans == (ACTOR,)


def test_a_damaged_journal_keeps_undo_from_changing_anything(project: Project) -> None:
    project.session(1, "ana").do([Add(ACTOR)])
    session = project.session(1, "ana")
    project.writer.submit(lambda conn: conn.execute("UPDATE journal SET inverse = '['")).result()
    with pytest.raises(StoreError, match="damaged"):
        session.undo()
    assert session.undoable
    assert session.layer.spans == (ACTOR,)


def test_nobody_is_told_after_closing(project: Project) -> None:
    session = project.session(1, "ana")
    told: list[str] = []
    session.on_saved = lambda: told.append("saved")
    go = threading.Event()
    project.writer.submit(lambda conn: go.wait(30))
    session.do([Add(ACTOR)])
    session.on_saved = None
    go.set()
    session.close()
    assert told == []
    assert rows(project.path, "SELECT count(*) FROM span") == [(1,)]
