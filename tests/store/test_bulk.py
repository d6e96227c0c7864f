"""Bulk loading: what becomes of a record, and that it is stored whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support import TEXT, TIME, clock, content, load, reading_of, record, replayed, rows, schema

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import ConflictError, InputError, StoreError
from annotator.project import Project
from annotator.store import batch, bulk, connection
from annotator.store.bulk import Loader, Outcome
from annotator.store.connection import connect

SPANS = (Span("s2", 4, 7, "actor", {"type": "army"}), Span("s1", 0, 12, "location", note="n", source="f"))
ANA = reading_of("ana", *SPANS, status="flagged", attributes={"type": "news", "about": "s1"}, note="all")


def stored(project: Project) -> list[Record]:
    """Return what the database holds, spans in no particular order."""
    return [*project.store.stream(bare=True)]


def as_stored(each: Record) -> Record:
    layer = each.layer and replace(
        each.layer, schema="test@1", spans=tuple(sorted(each.layer.spans, key=lambda span: span.key))
    )
    return replace(each, where=each.key, layer=layer)


def test_what_becomes_of_records(project: Project) -> None:
    with project.loader() as loader:
        assert loader.add(record("k1", layer=ANA)) == Outcome("new", "new")
        assert loader.add(record("k2")) == Outcome("new", "none")
        assert loader.add(record("k2")) == Outcome("known", "none")
        assert loader.add(record("k1", layer=ANA)) == Outcome("known", "same")
        assert loader.add(record("k2", layer=ANA)) == Outcome("known", "new")
        assert loader.add(record("k1", layer=reading_of("gold", *SPANS, kind="gold"))) == Outcome("known", "new")
        assert loader.add(record("k3", layer=reading_of("bot", kind="model"))) == Outcome("new", "new")
        assert loader.committed == 0
    assert loader.committed == 5  # not those that changed nothing
    gold = record("k1", layer=reading_of("gold", *SPANS, kind="gold"))
    bot = record("k3", layer=reading_of("bot", kind="model"))
    expected = [record("k1", layer=ANA), gold, record("k2", layer=ANA), bot]
    assert stored(project) == [as_stored(each) for each in expected]
    assert project.store.annotators() == [("ana", "human"), ("bot", "model"), ("gold", "gold")]


def test_a_loaded_layer_is_in_the_journal_and_undo_stops_there(project: Project) -> None:
    load(project, record("k1", layer=ANA))
    session = project.session(1, "ana")
    assert content(replayed(project, session.layer)) == content(session.layer)
    assert session.layer.revision == 1
    assert not session.undoable
    edits, inverse = project.store.entry(1)
    assert len(edits) == len(inverse) == 6
    from annotator.core.edits import apply

    emptied, _ = apply(session.layer, inverse)
    assert content(emptied) == ((), {}, "", "open")
    assert rows(project.path, "SELECT kind, revision, time FROM journal") == [("load", 1, TIME)]


@pytest.mark.parametrize(
    "again",
    [
        replace(ANA, attributes={"about": "s1", "type": "news"}),
        replace(ANA, spans=SPANS[::-1]),
        replace(ANA, spans=tuple(replace(span, attributes=dict(reversed(span.attributes.items()))) for span in SPANS)),
    ],
)
def test_order_makes_no_other_layer(project: Project, again: LayerRecord) -> None:
    load(project, record("k1", layer=ANA))
    with project.loader() as loader:
        assert loader.add(record("k1", layer=again)) == Outcome("known", "same")


@pytest.mark.parametrize(
    "other",
    [
        replace(ANA, status="open"),
        replace(ANA, note=""),
        replace(ANA, attributes={}),
        replace(ANA, spans=SPANS[:1]),
        replace(ANA, spans=(SPANS[0], replace(SPANS[1], note="m"))),
    ],
)
def test_another_layer_of_the_same_annotator_is_refused(project: Project, other: LayerRecord) -> None:
    load(project, record("k1", layer=ANA))
    with project.loader() as loader, pytest.raises(InputError, match="'ana' already has another layer of article 'k1'"):
        loader.add(record("k1", layer=other))
    assert stored(project) == [as_stored(record("k1", layer=ANA))]


def test_another_layer_of_the_same_text_names_the_article_that_is_there(project: Project) -> None:
    load(project, record("k1", TEXT, layer=ANA))
    told = "'ana' already has another layer of article 'k1', which has the same text as 'k2'"
    with project.loader() as loader, pytest.raises(InputError, match=told):
        loader.add(record("k2", TEXT, layer=replace(ANA, note="")))


def test_the_same_text_under_another_key(project: Project) -> None:
    load(project, record("k1", TEXT))
    with project.loader() as loader:
        assert loader.add(record("other", TEXT)) == Outcome("known", "none")
        assert loader.add(record("other", TEXT, layer=ANA)) == Outcome("known", "new")
    assert stored(project) == [as_stored(record("k1", TEXT, layer=ANA))]


LONG_ID = Span("s1", 0, 2**70, "actor")
REFUSED: list[tuple[str, Record, str]] = [
    (
        "key of another text",
        record("k1", "other words", layer=reading_of("new")),
        "'k1' already belongs to another text",
    ),
    ("kind", record("k9", layer=reading_of("ana", kind="gold")), "'ana' is human in this database, not gold"),
    ("kind, same layer", record("k1", layer=replace(ANA, kind="model")), "'ana' is human in this database, not model"),
    ("half a character", record("k9", "a\ud800b"), r"lone surrogate U\+D800 at offset 1"),
    ("half a character, title", record("k9", title="\udc00", layer=reading_of("new")), "cannot be stored"),
    ("half a character, note", record("k9", layer=reading_of("new", note="\udc00")), "cannot be stored"),
    ("half a character, meta", record("k9", meta={"a": "\udc00"}), "cannot be stored"),
    ("half a character, span", record("k9", layer=reading_of("new", Span("s1", 0, 1, "\udc00"))), "cannot be stored"),
    ("id twice", record("k9", layer=reading_of("new", SPANS[0], Span("s2", 9, 12, "actor"))), "cannot be stored"),
    ("span reversed", record("k9", layer=reading_of("new", Span("s1", 9, 3, "actor"))), "cannot be stored"),
    ("span past all numbers", record("k9", layer=reading_of("new", LONG_ID)), "cannot be stored"),
    ("unknown status", record("k2", layer=reading_of("new", status="finished")), "cannot be stored"),
]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("bad", "says"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_of_a_refused_record_nothing_is_stored(project: Project, bad: Record, says: str, strict: bool) -> None:
    load(project, record("k1", layer=ANA))
    with project.loader(strict=strict) as loader:
        loader.add(record("k2"))
        with pytest.raises(InputError, match=says) as caught:
            loader.add(bad)
        assert caught.value.exit_code == 3
        # The annotator that the refused record brought is gone too, and its number is free again.
        assert loader.add(record("k3", layer=reading_of("zoe", kind="model"))) == Outcome("new", "new")
        assert loader.add(record("k4", layer=reading_of("new", kind="gold"))) == Outcome("new", "new")
    assert loader.committed == 3
    zoe = record("k3", layer=reading_of("zoe", kind="model"))
    new = record("k4", layer=reading_of("new", kind="gold"))
    assert stored(project) == [as_stored(each) for each in (record("k1", layer=ANA), record("k2"), zoe, new)]
    assert project.store.annotators() == [("ana", "human"), ("new", "gold"), ("zoe", "model")]
    assert rows(project.path, "SELECT count(*) FROM journal") == [(3,)]


def test_an_error_of_sqlite_in_the_middle(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_MANY", 1)  # else it is seen when there are more of them
    with project.loader() as loader:
        loader.add(record("k1", layer=ANA))
        pages = loader._conn.execute("PRAGMA page_count").fetchone()[0]
        loader._conn.execute(f"PRAGMA max_page_count = {pages + 3}")
        big = reading_of("new", *(Span(f"s{n}", n, n + 1, "actor", note="x" * 500) for n in range(200)))
        with pytest.raises(StoreError, match="the disk is full"):
            loader.add(record("k2", layer=big))
        loader._conn.execute("PRAGMA max_page_count = 1000000")
        assert loader.add(record("k2", layer=big)) == Outcome("new", "new")
    assert loader.committed == 1
    assert stored(project) == [as_stored(record("k2", layer=big))]
    assert rows(project.path, "SELECT count(*) FROM journal") == [(1,)]
    assert rows(project.path, "PRAGMA foreign_key_check") == []


def test_an_error_that_ends_the_transaction(project: Project) -> None:
    with closing(sqlite3.connect(project.path)) as conn:
        conn.execute(
            "CREATE TRIGGER t BEFORE INSERT ON layer WHEN new.note = 'x' BEGIN SELECT RAISE(ROLLBACK, 'x'); END"
        )
    with project.loader() as loader:
        loader.add(record("k1", layer=ANA))
        loader.add(record("k2", layer=replace(ANA, note="x")))
        with pytest.raises(StoreError):
            loader.close()
        loader.add(record("k3", layer=ANA))
    assert loader.committed == 1
    assert stored(project) == [as_stored(record("k3", layer=ANA))]


COUNTED = ("tally", "label_use", "total", "day")


@pytest.mark.parametrize("many", [1, 3000, 1 << 30], ids=["each", "some", "all"])
def test_what_is_counted_at_once_is_what_triggers_count(
    project: Project, path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(batch, "_MANY", many)
    monkeypatch.setattr(bulk, "_COMMIT_EVERY", 7)
    labels = ("actor", "location")
    with project.loader() as loader:
        for number in range(40):
            meta = {"date": f"2020-01-{number % 28 + 1:02}"} if number % 3 else {}
            for name in ("ana", "ben")[: number % 4]:  # of some articles nobody's, one's, both
                spans = (Span(f"s{n}", n, n + 1, labels[(n + number) % 2]) for n in range(number % 5))
                status = ("open", "done", "flagged")[number % 3]
                loader.add(record(f"k{number}", layer=reading_of(name, *spans, status=status), meta=meta))
            loader.add(record(f"k{number}", meta=meta))
    counts = {table: rows(path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in COUNTED}
    with closing(sqlite3.connect(path)) as conn:
        for table in ("article", "layer", "span"):
            conn.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
        for table in ("journal", "span", "layer", "article"):
            conn.execute(f"DELETE FROM {table}")
        conn.executescript("DELETE FROM tally; DELETE FROM label_use; DELETE FROM day; UPDATE total SET number = 0")
        for table in ("article", "layer", "span"):
            conn.execute(f"INSERT INTO main.{table} SELECT * FROM kept_{table}")  # now the triggers count
        conn.commit()
    by_triggers = {table: rows(path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in COUNTED}
    # A trigger takes the day of the load; that of the article is put in by whoever reads its metadata.
    days = dict(by_triggers.pop("day")) | {n: day for n, day in counts["day"] if day != TIME[:10]}
    assert dict(counts.pop("day")) == days
    assert counts == by_triggers
    names = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    assert {"article_added", "layer_added", "span_added"} <= {name for (name,) in rows(path, names)}


def test_what_waits_to_be_written_is_known(project: Project) -> None:
    with project.loader() as loader:
        assert loader.add(record("k1", TEXT, layer=ANA)) == Outcome("new", "new")
        assert loader.add(record("k1", TEXT, layer=ANA)) == Outcome("known", "same")
        assert loader.add(record("k9", TEXT, layer=reading_of("ben"))) == Outcome("known", "new")
        with pytest.raises(InputError, match="'k1' already belongs to another text"):
            loader.add(record("k1", "other words"))
        with pytest.raises(InputError, match="'ben' already has another layer"):
            loader.add(record("k1", TEXT, layer=reading_of("ben", status="done")))
        assert rows(project.path, "SELECT count(*) FROM article") == [(0,)]
    assert [each.layer and each.layer.annotator for each in stored(project)] == ["ana", "ben"]


def test_commits_as_it_goes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_COMMIT_EVERY", 2)
    with project.loader() as loader:
        for number, (committed, seen) in enumerate([(0, 0), (2, 2), (2, 2), (4, 4), (4, 4)]):
            loader.add(record(f"k{number}"))
            assert (loader.committed, project.store.count()) == (committed, seen)
    assert (loader.committed, project.store.count()) == (5, 5)


def test_strict_takes_everything_back(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_COMMIT_EVERY", 2)
    with project.loader(strict=True) as loader:
        for number in range(5):
            loader.add(record(f"k{number}", layer=ANA))
        assert project.store.count() == 0
        loader.abort()
        loader.abort()
    assert (loader.committed, stored(project), project.store.annotators()) == (0, [], [])
    with project.loader(strict=True) as loader:
        for number in range(5):
            loader.add(record(f"k{number}", layer=ANA))
    assert (loader.committed, project.store.count()) == (5, 5)


def test_what_breaks_off_keeps_what_was_committed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_COMMIT_EVERY", 2)
    with pytest.raises(KeyboardInterrupt), project.loader() as loader:
        for number in range(3):
            loader.add(record(f"k{number}"))
        raise KeyboardInterrupt
    assert (loader.committed, project.store.count()) == (2, 2)


def test_a_commit_that_fails(project: Project) -> None:
    loader = project.loader()
    loader.add(record("k1"))
    loader._conn.execute("PRAGMA defer_foreign_keys = ON")
    loader._conn.execute("INSERT INTO layer VALUES (1, 7, 7, 7, 'open', 1, 0, '', '{}', '')")
    with pytest.raises(ConflictError, match="FOREIGN KEY"), loader:
        pass
    assert (loader.committed, project.store.count()) == (0, 0)


def test_a_database_that_somebody_writes_to(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0)
    with closing(connect(project.path)) as holder, project.loader() as loader:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked by another program"):
            loader.add(record("k1"))
        holder.execute("ROLLBACK")
        loader.add(record("k1"))
    assert loader.committed == 1


def test_an_unknown_schema_and_a_read_only_database(project: Project, path: Path) -> None:
    newer = replace(schema(), version="2")
    with pytest.raises(StoreError, match="no schema 'test@2'"):
        Loader(path, newer, clock=clock)
    with Project.open(path, read_only=True) as reader:
        loader: Callable[[], Loader] = reader.loader
        with pytest.raises(StoreError, match="was opened read-only"):
            loader()
