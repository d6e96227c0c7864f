"""Batches of edits onto the right revision, and the journal beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import batches
from support import TIME, clock, content, copied, load, record, replayed, rows, schema

from annotator.core.edits import Add, Change, Edit, Remove, SetNote, apply
from annotator.core.history import Entry
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.errors import ConflictError, StoreError
from annotator.project import Project
from annotator.store.connection import connect, writing
from annotator.store.layers import Batch, annotator_id, schema_id, write_batch
from annotator.store.queries import Store

EMPTY = Layer(1, "ana", "test@1")


@pytest.fixture
def loaded(project: Project, path: Path) -> Path:
    load(project, record("k1"), record("k2"))
    return path


def write(conn: sqlite3.Connection, before: Layer, edits: Sequence[Edit], **more: Any) -> Layer:
    after, inverse = apply(before, edits)
    after = replace(after, revision=before.revision + 1)
    batch = Batch(after, edits, inverse, more.get("author", "ana"), more.get("kind", "do"), more.get("of"), TIME)
    with writing(conn):
        write_batch(conn, batch)
    return after


def test_a_batch_and_its_journal_entry(loaded: Path) -> None:
    with closing(connect(loaded)) as conn:
        one = write(conn, EMPTY, [Add(Span("s1", 0, 3, "actor"))])
        two = write(conn, one, [SetNote("n")], author="ben", kind="undo", of=1)
        store = Store(conn, loaded)
        assert store.layer(1, "ana") == two
        assert store.layer(2, "ana") is None
        assert store.history(1, "ana") == [Entry(1, "do", None, 1), Entry(2, "undo", 1, 1)]
        assert store.history(2, "ana") == store.history(1, "ben") == []
        assert store.entry(2) == ((SetNote("n"),), (SetNote(""),))
        assert store.annotators() == [("ana", "human"), ("ben", "human")]
    journal = rows(loaded, "SELECT id, time, layer, revision, kind, of FROM journal")
    assert journal == [(1, TIME, 1, 1, "do", None), (2, TIME, 1, 2, "undo", 1)]
    assert rows(loaded, "SELECT revision, spans, updated, note FROM layer") == [(2, 1, TIME, "n")]


def test_a_batch_onto_another_revision_is_refused(loaded: Path) -> None:
    with closing(connect(loaded)) as conn:
        one = write(conn, EMPTY, [SetNote("1")])
        for stale in (EMPTY, replace(one, revision=2), replace(one, revision=0)):
            with pytest.raises(ConflictError, match="the layer of 'ana' was changed elsewhere"):
                write(conn, stale, [SetNote("2")])
        with pytest.raises(ConflictError):  # nobody has that layer yet
            write(conn, replace(one, annotator="ben"), [SetNote("2")])
        assert Store(conn, loaded).layer(1, "ana") == one
        assert Store(conn, loaded).annotators() == [("ana", "human")]
    assert rows(loaded, "SELECT count(*) FROM journal") == [(1,)]


def test_a_span_that_is_not_where_it_was_is_refused(loaded: Path) -> None:
    span = Span("s1", 0, 3, "actor")
    with closing(connect(loaded)) as conn:
        one = write(conn, EMPTY, [Add(span)])
        conn.execute("DELETE FROM span")
        for edit in (Remove(span.ref), Change(span.ref, replace(span, label="location"))):
            with pytest.raises(ConflictError, match="a span of this layer is not where it was"):
                write(conn, one, [edit])
        assert rows(loaded, "SELECT revision FROM layer") == [(1,)]


def test_an_unknown_schema_and_another_kind(loaded: Path) -> None:
    with closing(connect(loaded)) as conn:
        assert schema_id(conn, "test@1") == 1
        with pytest.raises(StoreError, match="no schema 'test@2'"):
            write(conn, replace(EMPTY, schema="test@2"), [SetNote("1")])
        assert annotator_id(conn, "bot", "model") == annotator_id(conn, "bot") == annotator_id(conn, "bot", "model")
        with pytest.raises(StoreError, match="annotator 'bot' is model here, not human"):
            annotator_id(conn, "bot", "human")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("layers") / "template.db"
    with Project.create(path, schema(), clock=clock) as project:
        load(project, record("k1"))
    return path


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_journal_gives_the_span_table(template: Path, data: st.DataObject) -> None:
    path = copied(template, template.with_name("copy.db"))
    layer = EMPTY
    with closing(connect(path)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        for _ in range(4):
            layer = write(conn, layer, data.draw(batches(layer=layer)))
        assert Store(conn, path).layer(1, "ana") == layer
    with Project.open(path) as project:
        assert content(replayed(project, layer)) == content(layer)
    path.unlink()
