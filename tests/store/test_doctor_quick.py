"""The quick look at layers: every healthy one is told, and none with which the full comparison finds a fault."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import batches
from support import TEXT, clock, copied, load, reading_of, record, rows, schema

from annotator.core.edits import Add, Remove, SetNote
from annotator.core.spans import Span
from annotator.errors import EditError
from annotator.project import Project
from annotator.store import doctor_layers
from annotator.store.doctor_layers import layer_findings
from annotator.store.doctor_quick import whole_layers


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quick") / "a.db"
    with Project.create(path, schema(), clock=clock) as project:
        spans = Span("m1", 0, 3, "actor", {"type": "army", "é": [1, {"a": True}]}), Span("m2", 4, 9, "actor", note="ü")
        layer = reading_of("model", *spans, kind="model", status="done", note="n", attributes={"type": "news"})
        load(project, record("k1", TEXT, layer=layer), record("k2", layer=reading_of("model", kind="model")))
        load(project, record("k3", TEXT[1:], layer=reading_of("ana", *spans)))
        session = project.session(1, "ana")
        session.do([Add(Span("s1", 0, 5, "actor")), Add(Span("s2", 10, 19, "location"))])
        session.do([Remove(Span("s2", 10, 19, "location").ref), SetNote("x")])
        session.undo()
        session.close()
    return path


def looked_at(path: Path) -> tuple[set[int], set[int], set[int]]:
    """Return the numbers of all layers, of those told by the quick look, and of those without a fault."""
    with closing(sqlite3.connect(path)) as conn:
        conn.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        layers = {id for (id,) in conn.execute("SELECT id FROM layer")}
        quick = {*whole_layers(conn)}
        faulty = {id for id in layers if [*doctor_layers._faults(conn, doctor_layers._stored(conn, id))]}
    return layers, quick, layers - faulty


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_whatever_was_edited_is_whole(
    begun: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = copied(begun, tmp_path_factory.mktemp("edited") / "a.db")
    with Project.open(path, clock=clock) as project:
        for _ in range(data.draw(st.integers(1, 3))):
            session = project.session(data.draw(st.integers(1, 2)), "ana")
            with suppress(EditError):  # done with errors
                session.do(data.draw(batches(layer=session.layer, length=20)))
            session.close()
    layers, quick, right = looked_at(path)
    assert layers == quick == right


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM span WHERE id = 's1'",
        "INSERT INTO span VALUES (1, 'new', 0, 1, 'actor', '{}', '', '')",
        "UPDATE span SET start = 1 WHERE id = 'm1'",
        "UPDATE span SET \"end\" = 999 WHERE id = 's2'",
        "UPDATE span SET label = 'location' WHERE id = 'm1'",
        "UPDATE span SET attributes = '{\"type\":\"rebels\"}' WHERE id = 'm1'",
        "UPDATE span SET attributes = '[' WHERE id = 'm2'",
        "UPDATE span SET attributes = CAST(x'ff' AS TEXT) WHERE id = 's1'",
        "UPDATE span SET note = CAST(x'ff' AS TEXT) WHERE layer = 1",
        "UPDATE span SET source = 'x' WHERE id = 's1'",
        "UPDATE span SET start = 'noise', \"end\" = 'znoise' WHERE id = 'm1'",
        "UPDATE span SET layer = 'noise' WHERE id = 's1'",
        "UPDATE span SET layer = 99 WHERE id = 's1'",
        "UPDATE layer SET status = 'flagged' WHERE id = 1",
        "UPDATE layer SET note = 'y'",
        "UPDATE layer SET note = x'ff'",
        "UPDATE layer SET attributes = '{' WHERE id = 2",
        "UPDATE layer SET attributes = '[]' WHERE id = 2",
        "UPDATE layer SET revision = revision + 1 WHERE id = 3",
        "UPDATE layer SET revision = revision - 1 WHERE id = 4",
        "UPDATE layer SET revision = 'noise' WHERE id = 4",
        "UPDATE layer SET spans = 'noise' WHERE id = 4",
        "UPDATE article SET length = 'noise' WHERE id = 1",
        "UPDATE layer SET spans = spans + 1 WHERE id = 1",
        "UPDATE article SET length = 4 WHERE id = 1",
        "DELETE FROM article WHERE id = 1",
        "DELETE FROM journal WHERE revision = 2",
        "DELETE FROM journal WHERE layer = 1",
        "UPDATE journal SET revision = 7 WHERE revision = 3",
        "UPDATE journal SET edits = '[]' WHERE layer = 1",
        'UPDATE journal SET edits = \'[{"op":"odd"}]\' WHERE layer = 1',
        "UPDATE journal SET edits = '{' WHERE layer = 1",
        "UPDATE journal SET edits = CAST(x'ff' AS TEXT) WHERE layer = 1",
        "UPDATE journal SET edits = replace(edits, '\"s1\"', '\"s2\"')",
        'UPDATE journal SET edits = replace(edits, \'"value":"done"\', \'"value":"gone"\')',
        "UPDATE journal SET edits = replace(edits, '\"start\":0', '\"start\":7')",
        "UPDATE journal SET edits = replace(edits, '\"label\"', '\"lable\"')",
        "UPDATE journal SET layer = 1 WHERE layer = 3",
        "DROP INDEX journal_by_layer",
    ],
)
def test_what_is_damaged_is_not_told(begun: Path, tmp_path: Path, statement: str) -> None:
    path = copied(begun, tmp_path / "a.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute("PRAGMA ignore_check_constraints = ON")
        conn.execute(statement)
    _, quick, right = looked_at(path)
    assert quick <= right
    with closing(sqlite3.connect(path)) as conn:
        conn.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        told = [finding.where for finding in layer_findings(conn, lambda done: None)]
    assert bool(told) == (right != {1, 2, 3, 4})
    assert rows(path, "SELECT count(*) FROM layer") == [(4,)]
