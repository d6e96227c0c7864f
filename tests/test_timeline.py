"""Taking back any batch, and layers as they were: the journal goes on giving the spans, and nothing is overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_moves import MIGRATION, NEW
from strategies import batches
from support import TEXT, content, copied, dump, load, reading_of, record, replayed, schema

from annotator import team, timeline
from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.layer import Kind, Layer
from annotator.core.spans import Span
from annotator.errors import ConflictError, EditError, InputError, RoleError, UsageError
from annotator.project import Project
from annotator.timeline import restore, take_back
from annotator.upgrading import upgrade

KINDS: list[tuple[str, Kind]] = [("ana", "human"), ("ben", "human"), ("gold", "gold")]
ONE, TWO, THREE = Span("s1", 4, 12, "actor"), Span("s2", 31, 41, "location"), Span("s3", 4, 7, "actor")


class Clock:
    """Rises by a minute each time it is looked at."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> str:
        self.minutes += 1
        return f"2026-01-02T{self.minutes // 60:02}:{self.minutes % 60:02}:00.000+00:00"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database with two articles."""
    path = tmp_path_factory.mktemp("timeline") / "t.db"
    with Project.create(path, schema(), clock=Clock()) as project:
        load(project, record("a", TEXT), record("b"))
    return path


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Iterator[Project]:
    with Project.open(copied(template, tmp_path / "a.db"), clock=Clock()) as project:
        yield project


def write(project: Project, *steps: list[Edit], article: int = 1, annotator: str = "ana") -> None:
    session = project.session(article, annotator)
    for edits in steps:
        session.do(edits)
    session.close()


def layer(project: Project, annotator: str = "ana", article: int = 1) -> Layer:
    found = project.store.layer(article, annotator)
    assert found is not None
    assert content(replayed(project, found)) == content(found)
    return found


def test_the_last_batch_is_undone_so_that_the_screen_can_redo_it(project: Project) -> None:
    write(project, [Add(ONE)], [Add(TWO)])
    done = take_back(project, 2, author="lead")
    assert (done.batch.id, done.entry, done.edits) == (2, 3, (Remove(TWO.ref),))
    assert layer(project).spans == (ONE,)
    batch = project.store.journal.batch(3)
    assert batch is not None and (batch.kind, batch.of, batch.author, batch.annotator) == ("undo", 2, "lead", "ana")
    session = project.session(1, "ana")
    session.redo()
    session.close()
    assert layer(project).spans == (ONE, TWO)


def test_an_earlier_batch_is_taken_back_by_a_new_one_which_can_be_taken_back(project: Project) -> None:
    write(project, [Add(ONE)], [Add(TWO)])
    take_back(project, 1, author="ana")
    assert layer(project).spans == (TWO,)
    batch = project.store.journal.batch(3)
    assert batch is not None and (batch.kind, batch.of) == ("do", 1)
    with pytest.raises(InputError, match=r"batch 1 was taken back already, by batch 3") as refused:
        take_back(project, 1, author="ana")
    assert "--batch 3" in refused.value.hint
    take_back(project, 3, author="ana")
    assert layer(project).spans == (ONE, TWO)


def test_what_later_batches_changed_is_refused_with_their_numbers(project: Project, tmp_path: Path) -> None:
    moved = Span("s1", 4, 7, "actor")
    write(project, [Add(ONE)], [Add(TWO)], [Change(ONE.ref, moved)], [Remove(TWO.ref)])
    before = list(dump(project.path))
    with pytest.raises(InputError, match=r"s1 changed since, by batch 3 \(do, ana\) ") as refused:
        take_back(project, 1, author="ana")
    assert "last one first" in refused.value.hint
    with pytest.raises(InputError, match=r"s2 changed since, by batch 4"):
        take_back(project, 2, author="ana")
    assert list(dump(project.path)) == before
    take_back(project, 3, author="ana")  # what batch 1 left is there again
    take_back(project, 1, author="ana")
    assert layer(project).spans == ()


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        (SetNote("a"), SetNote("b"), "note changed"),
        (SetStatus("flagged"), SetStatus("open"), "status changed"),
        (SetAttribute("type", "news"), SetAttribute("type", None), "type changed"),
    ],
    ids=["note", "status", "attribute"],
)
def test_what_is_about_the_whole_article_counts_too(project: Project, first: Edit, then: Edit, words: str) -> None:
    write(project, [first], [then])
    with pytest.raises(InputError, match=words):
        take_back(project, 1, author="ana")


def test_a_span_that_others_link_to_stays(project: Project) -> None:
    write(project, [Add(ONE)], [Add(Span("s9", 17, 23, "casualty", {"by": "s1"}))])
    with pytest.raises(InputError, match="s9 links to its spans"):
        take_back(project, 1, author="ana")


def test_what_somebody_else_writes_at_that_moment_is_not_written_over(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, [Add(ONE)], [Add(TWO)])

    def meanwhile(ours: Project, batch: object) -> bool:
        with Project.open(ours.path, clock=Clock()) as other:
            write(other, [Remove(ONE.ref)])
        return False

    monkeypatch.setattr(timeline, "_is_last", meanwhile)
    with pytest.raises(ConflictError):
        take_back(project, 1, author="ana")
    assert layer(project).spans == (TWO,)
    assert project.store.journal.batch(4) is None


def test_what_the_schema_does_not_know_any_more_is_not_brought_back(project: Project) -> None:
    one, two = Span("s1", 0, 6, "location"), Span("s2", 7, 10, "actor")
    write(project, [Add(one)], [Change(one.ref, replace(one, label="actor"))], [Add(two)], [SetNote("seen")])
    upgrade(project, NEW, MIGRATION, author="lea", write=True)
    for dry_run in (True, False):
        with pytest.raises(InputError, match=r"batch 2 .* made under another schema.* not know label location"):
            take_back(project, 2, author="ana", dry_run=dry_run)
    assert take_back(project, 3, author="ana").entry
    assert take_back(project, 4, author="ana").entry
    assert [span.label for span in layer(project).spans] == ["actor"]


def test_there_is_no_such_batch(project: Project) -> None:
    with pytest.raises(InputError, match="no batch 7"):
        take_back(project, 7, author="ana")


def test_a_dry_run_says_and_does_not(project: Project) -> None:
    write(project, [Add(ONE)], [Add(TWO)])
    before = list(dump(project.path))
    done = take_back(project, 1, author="lead", dry_run=True)
    assert (done.edits, done.entry) == ((Remove(ONE.ref),), None)
    assert list(dump(project.path)) == before


def test_a_load_can_be_taken_back(project: Project) -> None:
    load(project, record("c", layer=reading_of("ana", ONE, TWO, note="n", status="done")))
    take_back(project, 1, author="ana")
    found = layer(project, article=3)
    assert content(found) == ((), {}, "", "open")


def test_layers_as_they_were(project: Project) -> None:
    write(project, [Add(ONE)], [Add(TWO), SetNote("both")], [Remove(ONE.ref)])  # at minutes 1, 2, 3
    write(project, [Add(THREE)], article=2)  # at 4
    before = content(layer(project))
    done = restore(project, annotator="ana", to="ana@2", time="2026-01-02T00:02:00.000+00:00")
    assert [(one.key, one.spans, one.spans_now, one.batches_since, one.new) for one in done] == [("a", 2, 1, 1, True)]
    assert content(layer(project, "ana@2")) == ((ONE, TWO), {}, "both", "open")
    assert content(layer(project)) == before
    again = list(dump(project.path))
    assert [one.new for one in restore(project, annotator="ana", to="ana@2", time="2026-01-02T00:02:30.000+00:00")] == [
        False
    ]
    assert list(dump(project.path)) == again
    assert restore(project, annotator="ana", to="x", time="2026-01-01T00:00:00.000+00:00") == []
    assert [one.key for one in restore(project, annotator="ana", to="y", before=99)] == ["a", "b"]
    assert [one.spans for one in restore(project, annotator="ana", to="z", before=2, article=1)] == [1]


def test_the_order_of_the_journal_counts_where_the_clock_jumped_back(project: Project) -> None:
    clock = project.clock
    assert isinstance(clock, Clock)
    clock.minutes = 300
    write(project, [Add(ONE)])
    clock.minutes = 10
    write(project, [Add(TWO)], [Remove(TWO.ref)])
    restore(project, annotator="ana", to="old", time="2026-01-02T00:11:00.000+00:00")
    assert layer(project, "old").spans == (ONE, TWO)


def test_a_restore_never_goes_over_what_is_there(project: Project) -> None:
    write(project, [Add(ONE)], [Add(TWO)])
    write(project, [Add(ONE)], article=2)
    write(project, [Add(THREE)], article=2, annotator="ben")
    before = list(dump(project.path))
    with pytest.raises(UsageError, match="never restored over itself"):
        restore(project, annotator="ana", to="ana", before=9)
    with pytest.raises(InputError, match="annotator 'ben' has layers or articles to read") as refused:
        restore(project, annotator="ana", to="ben", before=9)
    assert "--to" in refused.value.hint
    with pytest.raises(InputError, match="no annotator 'cem'"):
        restore(project, annotator="cem", to="x", before=9)
    assert list(dump(project.path)) == before


def test_a_dry_restore_writes_nothing(project: Project) -> None:
    write(project, [Add(ONE)])
    before = list(dump(project.path))
    assert [one.new for one in restore(project, annotator="ana", to="x", before=9, dry_run=True)] == [False]
    assert list(dump(project.path)) == before


@settings(max_examples=15)
@given(st.data())
def test_the_journal_gives_the_spans_whatever_is_taken_back_or_restored(
    template: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("property")
    try:
        with Project.open(copied(template, folder / "p.db"), clock=Clock()) as project:
            states = {0: content(Layer(1, "ana", ""))}
            session = project.session(1, "ana")
            for _ in range(data.draw(st.integers(1, 5))):
                edits = data.draw(batches(layer=session.layer, max_size=3))
                try:
                    session.do(edits)
                except EditError:  # done with errors
                    continue
                if not edits:
                    continue
                session.flush()
                states[len(states)] = content(session.layer)
            session.close()
            for _ in range(data.draw(st.integers(0, 4))):
                number = data.draw(st.integers(1, 10))
                try:
                    done = take_back(project, number, author="ana")
                except (InputError, EditError):
                    continue
                assert done.entry is not None
            if project.store.layer(1, "ana") is None:
                return
            now = content(layer(project))
            number = data.draw(st.integers(1, 12))
            if restore(project, annotator="ana", to="then", before=number):
                restored = content(layer(project, "then"))
                written = project.store.journal.until(1, "ana", before=number)[0]
                assert restored == states.get(len(written), restored)
            assert content(layer(project)) == now
    finally:
        shutil.rmtree(folder)


def test_a_place_that_is_wrong_in_the_journal_is_told(project: Project) -> None:
    write(project, [Add(ONE)])
    project.writer.submit(lambda conn: conn.execute("DELETE FROM span")).result()
    with pytest.raises(InputError, match="what is not in the journal"):
        take_back(project, 1, author="ana")


def test_only_a_lead_takes_back_what_was_done_to_gold(project: Project) -> None:
    for name, kind in KINDS:
        team.add(project, name, by="ana", kind=kind)
    session = project.session(1, "gold", author="ana")
    session.do([Add(ONE)])
    session.close()
    team.set_role(project, "ana", "lead", by="ana")
    (batch,) = project.store.journal.page(article=1)
    with pytest.raises(RoleError, match="only a lead may change a gold layer here, and 'ben' is none"):
        take_back(project, batch.id, author="ben")
    assert take_back(project, batch.id, author="ana").entry is not None
