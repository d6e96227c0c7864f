"""A database moves to another schema and back: whole, replayable, told, and refused where others are at work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schema_moves import MIGRATION, NEW, OLD
from settling import disputed
from strategies import layers
from support import TEXT, clock, content, load, reading_of, record, replayed

from annotator import merging, timeline, upgrading
from annotator.adjudication.strategy import strategy
from annotator.core.edits import Add, Change, Remove, SetNote
from annotator.core.layer import Layer
from annotator.core.migration import NOTHING, LabelMove, Migration
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import ConflictError, InputError, RoleError, SchemaMovedError
from annotator.migration_files import load_migration
from annotator.project import Project
from annotator.session import Session
from annotator.settlement import Comparison, Settlement
from annotator.upgrading import Report

ACTOR = Span("s1", 4, 16, "actor", {"type": "army", "armed": False})
PLACE = Span("s2", 35, 44, "location", {"lat": 13.6})
FLED = Span("s3", 60, 70, "displacement", {"count": {"best": 300}})


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "t.db", OLD, clock=clock) as project:
        load(
            project,
            record("a1", layer=reading_of("ana", ACTOR, PLACE, FLED, attributes={"about": "s1", "type": "news"})),
            record("a1", layer=reading_of("bo", PLACE, status="done")),
            record("a2", layer=reading_of("ana", ACTOR, status="done", note="x")),
            record("a3"),
        )
        yield project


def layer_of(project: Project, article: int = 1, annotator: str = "ana") -> Layer:
    layer = project.store.layer(article, annotator)
    assert layer is not None
    return layer


def all_layers(project: Project) -> list[Layer]:
    return [layer_of(project, article, name) for article in (1, 2, 3) for name, _, _ in project.store.readings(article)]


def up(project: Project, migration: Migration = MIGRATION, *, write: bool = True, new: Schema = NEW) -> Report:
    return upgrading.upgrade(project, new, migration, author="lea", write=write)


def back(project: Project, *, write: bool = True) -> Report:
    return upgrading.back(project, author="lea", write=write)


def test_all_layers_move_by_one_batch_each_and_come_back(project: Project) -> None:
    before = all_layers(project)
    report = up(project)
    assert (report.old, report.new, report.layers, report.changed, report.spans) == ("test@1", "test@2", 3, 3, 5)
    assert report.unknown == {}
    assert project.schema.ref == "test@2"
    after = layer_of(project)
    assert [span.label for span in after.spans] == ["actor", "place"]
    assert after.spans[0].attributes == {"kinds": ["troops"], "armed": False}
    assert after.attributes == {"type": "news"}
    assert (after.schema, after.revision) == ("test@2", 2)
    for layer in all_layers(project):
        assert content(replayed(project, layer)) == content(layer)
    report = back(project)
    assert (report.new, report.layers, report.spans, report.left) == ("test@1", 3, 5, {})
    assert project.schema.ref == "test@1"
    for old, new in zip(before, all_layers(project), strict=True):
        assert content(new) == content(old)
        assert new.schema == "test@1"
        assert content(replayed(project, new)) == content(new)
    with pytest.raises(InputError, match="was not moved"):
        back(project)


def test_a_dry_run_says_the_same_and_changes_nothing(project: Project) -> None:
    before = project.path.read_bytes(), all_layers(project)
    dry = up(project, write=False)
    assert (project.path.read_bytes(), all_layers(project)) == before
    assert project.schema.ref == "test@1"
    tally = dry.did["label location → place"]
    example = tally.examples[0]
    assert (tally.count, example.article, example.annotator, example.start, example.end) == (2, "a1", "ana", 35, 44)
    assert example.words == f"a1: {TEXT}"[35:44]
    assert (example.before, example.after) == ("location", "place")
    assert up(project) == dry
    assert back(project, write=False) == back(project)


def test_what_is_not_known_stays_and_is_told_and_done_is_open_again(project: Project) -> None:
    report = up(project, NOTHING)
    assert {what: tally.count for what, tally in report.unknown.items()} == {
        "label location": 2, "attribute actor.type": 2, "attribute article.about": 1,
    }  # fmt: skip
    assert report.reopened.count == 2
    assert [span.label for span in layer_of(project).spans] == ["actor", "location", "displacement"]
    assert layer_of(project, 1, "bo").status == "open"
    session = project.session(1, "ana")
    assert {one.code for one in session.problems if one.severity == "error"} == {"label-unknown", "attribute-unknown"}
    back(project)
    assert layer_of(project, 1, "bo").status == "done"


def test_a_layer_that_was_changed_since_is_left_and_told(project: Project) -> None:
    up(project)
    session = project.session(1, "ana")
    session.do([SetNote("seen")])
    session.close()
    fresh = project.session(3, "bo")
    fresh.do([Add(Span("s1", 0, 2, "soldier"))])
    fresh.close()
    report = back(project)
    assert report.layers == 2
    assert report.left["changed since"].examples[0].after.startswith("by ana, at 2026")
    assert report.left["begun since, under test@2"].count == 1
    assert (layer_of(project).schema, layer_of(project, 3, "bo").schema) == ("test@2", "test@2")
    again = up(project)
    assert (again.layers, again.left) == (2, {}), "those that were left are where the move leads"
    assert {layer.schema for layer in all_layers(project)} == {"test@2"}


def test_two_moves_are_taken_back_one_after_the_other(project: Project) -> None:
    before = [content(layer) for layer in all_layers(project)]
    up(project)
    third = replace(NEW, version="3")
    up(project, NOTHING, new=third)
    assert back(project).new == "test@2"
    assert back(project).new == "test@1"
    assert [content(layer) for layer in all_layers(project)] == before
    up(project)
    up(project, NOTHING, new=OLD)
    assert back(project).new == "test@2"
    assert back(project).layers == 3
    assert [content(layer) for layer in all_layers(project)] == before


def test_undo_of_a_layer_ends_at_the_move(project: Project) -> None:
    session = project.session(3, "ana")
    session.do([Add(Span("s1", 0, 2, "location"))])
    session.close()
    up(project)
    session = project.session(3, "ana")
    assert not session.undoable
    assert session.moved
    session.do([SetNote("x")])
    session.undo()
    assert session.undo() is None
    session.close()
    move = max(entry.id for entry in project.store.history(1, "ana"))
    with pytest.raises(InputError, match="moved the layer to another schema"):
        timeline.take_back(project, move, author="ana")


def test_who_works_under_the_old_schema_cannot_save_before_reloading(project: Project) -> None:
    at_work = {article: project.session(article, "ana") for article in (1, 3)}
    with Project.open(project.path, clock=clock) as other:
        up(other)
    span = at_work[1].layer.spans[1]
    at_work[1].do([Change(span.ref, replace(span, note="the capital"))])
    at_work[3].do([Add(Span("s1", 0, 2, "location"))])  # a layer that nobody has moved, since it was not there
    for session in at_work.values():
        with pytest.raises(SchemaMovedError, match="from schema test@1 to test@2"):
            session.flush()
        assert session.reload() == 0
        session.close()
        assert session.schema.ref == "test@2"
    moved = layer_of(project).spans[1]
    assert (moved.label, moved.note) == ("place", "the capital"), "what was not changed is as the move made it"
    late = layer_of(project, 3)
    assert (late.schema, late.spans[0].label) == ("test@2", "location")
    assert [problem.code for problem in at_work[3].problems] == ["label-unknown"]


def test_a_new_session_of_an_open_program_follows(project: Project) -> None:
    with Project.open(project.path, clock=clock) as other:
        up(other)
    session = project.session(3, "ana")
    assert (session.schema.ref, project.schema.ref, session.layer.schema) == ("test@2", "test@2", "test@2")


def test_a_load_that_began_before_ends(project: Project) -> None:
    with pytest.raises(ConflictError, match="moved from schema"), project.loader() as loader:
        with Project.open(project.path, clock=clock) as other:
            up(other)
        loader.add(record("a9", layer=reading_of("ana", PLACE)))
    assert project.store.article_by_key("a9") is None


def test_an_error_on_the_way_leaves_no_trace(project: Project) -> None:
    before = all_layers(project)

    def tell(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrading.upgrade(project, NEW, MIGRATION, author="lea", write=True, tell=tell)
    assert all_layers(project) == before
    assert project.store.schema_refs() == ["test@1"]
    assert project.schema.ref == "test@1"


def test_the_same_version_with_other_content_is_refused(project: Project) -> None:
    for write in (False, True):
        with pytest.raises(InputError, match="another schema as test@1"):
            up(project, new=replace(NEW, version="1"), write=write)
        with pytest.raises(InputError, match="is under test@1 already"):
            up(project, new=OLD, write=write)


def test_only_a_lead_moves_where_there_is_one(project: Project) -> None:
    from annotator import team

    team.add(project, "lea", by="lea", kind="human", role="lead")
    with pytest.raises(RoleError, match="change the schema"):
        upgrading.upgrade(project, NEW, author="ana", write=True)
    assert upgrading.upgrade(project, NEW, author="ana", write=False).layers == 3, "looking is free"
    up(project)
    with pytest.raises(RoleError, match="change the schema"):
        upgrading.back(project, author="ana", write=True)
    assert back(project).layers == 3


def test_decisions_hold_after_the_move(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        work = Settlement.open(project, 1, by="lea", readers=["ana", "bilal"])
        work.merge(strategy("prefer:ana", annotators=["ana", "bilal"]))
        work.session.close()
        before = len(work.ledger.open)
        assert before < len(work.cases)
        migration = Migration(labels={"location": LabelMove(to="place"), "casualty": LabelMove(to="harm")})
        report = up(project, migration)
        assert report.did["decisions name the readings as they are now"].count == 1
        after = Comparison.look(project, 1, readers=["ana", "bilal"])
        assert (len(after.ledger.open), len(after.cases)) == (before, len(work.cases))
        back(project)
        assert len(Comparison.look(project, 1, readers=["ana", "bilal"]).ledger.open) == before


def test_the_settle_screens_gold_layer_follows(tmp_path: Path) -> None:
    with disputed(tmp_path) as project:
        work = Settlement.open(project, 1, by="lea", readers=["ana", "bilal"])
        with Project.open(project.path, clock=clock) as other:
            up(other, Migration(labels={"location": LabelMove(to="place"), "casualty": LabelMove(to="harm")}))
        assert work.changed() == ["ana", "bilal"]
        work.refresh()
        work.merge(strategy("prefer:ana", annotators=["ana", "bilal"]))
        work.session.close()
        assert {span.label for span in work.session.layer.spans} == {"actor", "place", "harm"}
        assert work.session.layer.schema == "test@2"


def test_a_file_that_is_split_off_is_under_the_same_schema(project: Project, tmp_path: Path) -> None:
    up(project)
    back(project)
    merging.split(project, tmp_path / "part.db", annotator="ana", articles=[1, 2])
    with Project.open(tmp_path / "part.db", clock=clock) as part:
        assert part.schema.ref == "test@1"
        assert content(layer_of(part)) == content(layer_of(project))
        session = part.session(1, "ana")
        session.do([SetNote("on the train")])
        session.close()
    report = merging.merge(project, tmp_path / "part.db")
    assert layer_of(project).note == "on the train", report


def test_one_transaction_and_one_entry_a_layer(project: Project) -> None:
    up(project)
    with sqlite3.connect(project.path) as conn:
        rows = conn.execute(
            "SELECT j.kind, j.schema, j.layer FROM journal j JOIN annotator a ON a.id = j.annotator WHERE a.name = 'lea'"
        ).fetchall()
    assert sorted(rows) == [("do", 2, 1), ("do", 2, 2), ("do", 2, 3)]


@settings(max_examples=15)
@given(data=st.data())
def test_any_layers_come_back_whatever_they_hold(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("any") / "t.db"
    drawn = [data.draw(layers(length=len(TEXT))) for _ in range(2)]
    with Project.create(path, OLD, clock=clock) as project:
        for number, layer in enumerate(drawn):
            reading = reading_of(
                "ana", *layer.spans, attributes=dict(layer.attributes), note=layer.note, status=layer.status
            )
            load(project, record(f"k{number}", layer=reading))
        before = [content(layer_of(project, number)) for number in (1, 2)]
        up(project)
        for number in (1, 2):
            layer = layer_of(project, number)
            assert content(replayed(project, layer)) == content(layer)
        back(project)
        assert [content(layer_of(project, number)) for number in (1, 2)] == before


FILE = """
from = "test@1"

[labels.location]
to = "place"

[[labels.actor.split]]
when = { armed = [true] }
to = "soldier"
"""


def test_a_migration_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text("#:schema x\n" + FILE, encoding="utf-8")
    migration = load_migration(tmp_path / "m.toml", OLD, NEW)
    assert migration.from_ == "test@1"
    assert migration.labels["actor"].split[0].to == "soldier"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(FILE.replace("place", "nowhere"), r"m.toml:5: labels.location.to: test@2 has no label 'nowhere'", id="label"),
        pytest.param(FILE.replace("to =", "too ="), r"m.toml:5: labels.location.too: extra inputs", id="field"),
        pytest.param("x = ", r"m.toml:1: TOML syntax", id="syntax"),
        pytest.param("from = 1", r"m.toml:1: from: input should be a valid string", id="kind"),
        pytest.param("\x00", r"m.toml: is a binary file", id="binary"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_migration_file_is_told_by_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        load_migration(tmp_path / "m.toml", OLD, NEW)


def test_the_sessions_own_edits_survive_a_removed_span(project: Project) -> None:
    session: Session = project.session(1, "ana")
    with Project.open(project.path, clock=clock) as other:
        up(other)
    session.do([Remove(session.layer.spans[2].ref)])  # the move has taken it out, too
    session.do([SetNote("still here")])
    with pytest.raises(SchemaMovedError):
        session.flush()
    assert session.reload() == 1
    session.close()
    assert layer_of(project).note == "still here"


def test_a_migration_of_a_label_that_nobody_has_is_refused(project: Project) -> None:
    for write in (False, True):
        with pytest.raises(InputError, match=r"\[labels.locaton\], and there is no label 'locaton'") as error:
            up(project, Migration(labels={"locaton": LabelMove(to="place")}), write=write)
        assert "did you mean 'location'?" in error.value.hint
    assert project.store.schema_ref() == "test@1"
    up(project, NOTHING)
    newer = replace(NEW, version="3")
    up(project, Migration(labels={"location": LabelMove(to="place")}), new=newer)  # none of the schema, but in layers
    assert project.schema.ref == "test@3"


def test_places_with_two_spans_of_one_label_are_counted_and_come_back(project: Project) -> None:
    session = project.session(2, "ana")
    session.do([Add(Span("s9", ACTOR.start, ACTOR.end, "location"))])
    session.close()
    one = Migration(labels={"location": LabelMove(to="actor")})
    before = layer_of(project, 2).spans
    for write in (False, True):
        report = up(project, one, write=write)
        assert {label: tally.count for label, tally in report.twice.items()} == {"actor": 1}
    assert len(layer_of(project, 2).spans) == 2  # nothing goes that the migration does not name
    back(project)
    assert layer_of(project, 2).spans == before


def test_what_is_restored_from_before_a_move_is_told(project: Project) -> None:
    up(project)
    move = max(batch.id for batch in project.store.journal.page(article=1) if batch.annotator == "ana")
    found = timeline.restore(project, annotator="ana", to="was", before=move, article=1)
    assert sorted(found[0].unknown) == [
        "attribute actor.type", "attribute article.about", "label location",
    ]  # fmt: skip
    assert timeline.restore(project, annotator="ana", to="is", before=move + 9, article=1)[0].unknown == ()
