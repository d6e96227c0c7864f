"""The doctor: each kind of damage is found and named, repaired where it can be, and nothing is lost on the way."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support import TEXT, TIME, clock, copied, dump, load, reading_of, record, rows, schema

from annotator.cli import run
from annotator.core.edits import Add, Change, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store.doctor import examine, log_of
from annotator.store.doctor_finding import Finding
from annotator.store.doctor_repair import Repair, repair
from annotator.store.migrations import VERSION

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with loaded and edited layers, undone edits, and an index of its first texts."""
    path = tmp_path_factory.mktemp("doctor") / "a.db"
    with Project.create(path, schema(), clock=clock) as project:
        layer = reading_of("model", Span("m1", 0, 3, "actor", {"type": "army"}), kind="model", status="done", note="n")
        load(project, record("k1", TEXT, layer=layer), record("k2", meta={"published": "3 May 2024"}), record("k3"))
        project.add_annotator("ana")
        session = project.session(1, "ana")
        session.do([Add(Span("s1", 0, 5, "actor")), Add(Span("s2", 10, 19, "location"))])
        session.do([Change(Span("s1", 0, 5, "actor").ref, Span("s1", 0, 7, "casualty")), SetNote("a note")])
        session.do([Remove(Span("s2", 10, 19, "location").ref), SetAttribute("type", "report")])
        session.undo()
        session.do([SetStatus("flagged")])
        session.close()
        project.index_texts()
        load(project, record("k4"))  # not yet in the index, as after every load
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return copied(template, tmp_path / "a.db")


def spoilt(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            conn.execute(statement)


def raw(path: Path) -> list[Any]:
    """Return all rows but those of the full-text index, also where they hold noise."""
    with closing(sqlite3.connect(path)) as conn:
        conn.text_factory = bytes
        names = [name.decode() for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [[name, *conn.execute(f"SELECT * FROM {name}")] for name in names if not name.startswith("article_fts")]


def found(path: Path) -> list[tuple[str, str]]:
    return [(finding.code, finding.where) for finding in examine(path)]


def mended(path: Path) -> Repair:
    return repair(path, time=TIME)


def moved(done: Repair) -> list[dict[str, Any]]:
    assert done.aside is not None
    return [json.loads(line) for line in done.aside.read_text(encoding="utf-8").splitlines()]


def test_nothing_is_wrong_with_what_the_tool_writes(path: Path) -> None:
    looked: list[tuple[int, int]] = []
    assert [*examine(path, tell=lambda done, of: looked.append((done, of)))] == []
    assert looked == [(1, 4), (2, 4), (3, 4), (4, 4), (1, 2), (2, 2)]
    before = path.read_bytes()
    assert [*examine(path)] == []
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE total SET number = 7", ("count", "counts in total")),
        ("DELETE FROM total", ("count", "counts in total")),
        ("UPDATE tally SET spans = spans + 1 WHERE annotator = 1", ("count", "counts in tally")),
        ("INSERT INTO tally VALUES (9, 'open', 3, 0)", ("count", "counts in tally")),
        ("DELETE FROM label_use WHERE label = 'casualty'", ("count", "counts in label_use")),
        ("INSERT INTO label_use VALUES ('actor', 2, 2, 1)", ("count", "counts in label_use")),
        ("UPDATE day SET date = '1999-01-01' WHERE article = 2", ("count", "counts in day")),
        ("DELETE FROM day WHERE article = 3", ("count", "counts in day")),
        ("INSERT INTO day VALUES (99, '2026-01-01')", ("count", "counts in day")),
        ("INSERT INTO quota VALUES (2, 3, 60, 1)", ("count", "counts in quota")),
        ("DELETE FROM ahead WHERE annotator = 1", ("count", "counts in ahead")),
        ("UPDATE ahead SET first = first - 1", ("count", "counts in ahead")),
        ("INSERT INTO assigned VALUES (1, 'open', 2)", ("count", "counts in assigned")),
        ("DROP TRIGGER layer_begun", ("shape", "trigger layer_begun")),
        ("DELETE FROM article_fts_docsize WHERE id = 2", ("words", "full-text index")),
        ("DROP TRIGGER span_gone", ("shape", "trigger span_gone")),
        ("DROP INDEX journal_by_layer", ("shape", "index journal_by_layer")),
        ("UPDATE article SET length = 3 WHERE id = 2", ("text-length", "article k2")),
        ("DELETE FROM span WHERE id = 's1'", ("replay", "k1 · ana")),
        ("INSERT INTO span VALUES (2, 's9', 0, 4, 'actor', '{}', '', '')", ("replay", "k1 · ana")),
        ("UPDATE span SET label = 'actor' WHERE id = 's1'", ("replay", "k1 · ana")),
        ("UPDATE span SET attributes = '{' WHERE id = 's1'", ("replay", "k1 · ana")),
        ("UPDATE span SET attributes = CAST(x'ff' AS TEXT) WHERE id = 's1'", ("replay", "k1 · ana")),
        ("UPDATE layer SET status = 'done' WHERE id = 2", ("replay", "k1 · ana")),
        ("UPDATE layer SET note = 'other', attributes = '{}' WHERE id = 2", ("replay", "k1 · ana")),
        ("UPDATE layer SET revision = 2 WHERE id = 2", ("replay", "k1 · ana")),
        ("UPDATE layer SET spans = 9 WHERE id = 1", ("replay", "k1 · model")),
    ],
    ids=lambda value: value.replace("'", "") if isinstance(value, str) else "",
)
def test_what_follows_from_the_rest_is_repaired(
    path: Path, template: Path, statement: str, where: tuple[str, str]
) -> None:
    as_it_was = [*dump(template)]
    spoilt(path, statement)
    assert where in found(path)
    assert all(finding.repair for finding in examine(path) if finding.code != "offset")
    spoiled = raw(path)
    done = mended(path)
    assert done.done
    assert found(path) == []
    assert raw(done.backup) == spoiled
    # Counts of nothing may stay in `tally`, and what was damaged may not be damage to the rest: a quota is a decision.
    own = [line for line in dump(path) if "tally" not in line and "INTO quota" not in line]
    assert {*own} == {line for line in as_it_was if "tally" not in line}


def test_what_a_repair_replaces_lies_beside(path: Path) -> None:
    spoilt(
        path,
        "UPDATE span SET note = 'mine' WHERE id = 's1'",
        "INSERT INTO span VALUES (2, 's9', 0, 4, 'actor', '{}', '', '')",
    )
    done = mended(path)
    lines = moved(done)
    assert done.moved == len(lines) == 3
    assert [line["table"] for line in lines] == ["layer", "span", "span"]
    assert {line["row"]["id"]: line["row"]["note"] for line in lines if line["table"] == "span"} == {
        "s1": "mine",
        "s9": "",
    }
    assert "1 too many, 1 changed" in lines[0]["why"]


def test_rows_of_what_is_not_there_are_moved_out_with_all_that_hangs_on_them(path: Path) -> None:
    entries = rows(path, "SELECT count(*) FROM journal WHERE layer = 2")[0][0]
    spoilt(
        path, "DELETE FROM article WHERE id = 1", "DELETE FROM layer WHERE id = 1", "INSERT INTO place VALUES (1, 77)"
    )
    codes = {finding.code for finding in examine(path)}
    assert {"dangling"} <= codes
    done = mended(path)
    assert found(path) == []
    tables = [line["table"] for line in moved(done)]
    # The model's layer was gone already, ana's goes with the article: their spans and entries go with them.
    assert {name: tables.count(name) for name in set(tables)} == {
        "layer": 1,
        "span": 3,
        "journal": entries + 1,
        "place": 1,
    }
    assert rows(path, "SELECT key FROM article ORDER BY id") == [("k2",), ("k3",), ("k4",)]


UNKNOWN = "INSERT INTO annotator (id, name, kind) VALUES (9, 'unknown-2', 'human')"


def test_an_annotator_who_is_gone_gets_a_stand_in_and_keeps_the_work(path: Path) -> None:
    spoilt(path, "DELETE FROM annotator WHERE name = 'ana'", UNKNOWN)
    assert ("dangling", "rows of layer") in found(path)
    done = mended(path)
    assert done.aside is None
    assert found(path) == []
    with Project.open(path, read_only=True) as project:
        layer = project.store.layer(1, "unknown-2+")
        assert layer is not None
        assert [span.id for span in layer.spans] == ["s1", "s2"]


@pytest.mark.parametrize(
    ("statement", "code", "says"),
    [
        ("UPDATE article SET text = 'x' || substr(text, 2) WHERE id = 2", "text-digest", "not what was stored"),
        ("UPDATE article SET text = CAST(x'ff' AS TEXT) WHERE id = 2", "text-digest", "not what was stored"),
        ("UPDATE article SET meta = '[' WHERE id = 2", "value", "metadata"),
        ("UPDATE schema SET body = replace(body, 'rebels', 'others')", "schema-digest", "not what was stored"),
        ("DELETE FROM journal WHERE layer = 2 AND revision = 2", "journal", "revision 2 is missing before entry"),
        ("DELETE FROM journal WHERE layer = 2 AND revision = 5", "journal", "ends at revision 4, the layer has 5"),
        ("UPDATE journal SET edits = '[' WHERE layer = 2 AND revision = 2", "journal", "damaged"),
        ("UPDATE journal SET edits = '[{}]' WHERE layer = 2 AND revision = 2", "journal", "cannot be read"),
        ("UPDATE journal SET edits = '7' WHERE layer = 2 AND revision = 2", "journal", "cannot be read"),
        (
            "UPDATE journal SET edits = CAST(x'ff' AS TEXT) WHERE layer = 2 AND revision = 2",
            "journal",
            "cannot be read",
        ),
        (
            "UPDATE journal SET edits = replace(edits, 's1', 's7') WHERE layer = 2 AND revision = 2",
            "journal",
            "does not fit",
        ),
        ("DELETE FROM schema", "dangling", "which is not there"),
    ],
)
def test_what_cannot_be_derived_is_told_and_kept(path: Path, statement: str, code: str, says: str) -> None:
    spoilt(path, statement)
    told = [finding for finding in examine(path) if not finding.repair]
    assert any(finding.code == code and says in finding.what for finding in told), told
    before = rows(path, "SELECT * FROM span"), rows(path, "SELECT count(*), sum(revision) FROM journal")
    mended(path)
    assert (rows(path, "SELECT * FROM span"), rows(path, "SELECT count(*), sum(revision) FROM journal")) == before
    assert [finding for finding in examine(path) if not finding.repair] == told


@pytest.mark.parametrize(
    ("statement", "code", "kept"),
    [
        ("UPDATE schema SET body = x'ff00'", "schema-digest", True),
        ("UPDATE article SET length = 'x' WHERE id = 1", "text-length", False),
        ("UPDATE article SET length = x'ff00' WHERE id = 1", "text-length", False),
        ("UPDATE layer SET article = CAST(x'ff' AS TEXT) WHERE id = 2", "dangling", False),
        ("UPDATE layer SET annotator = 'x' WHERE id = 2", "dangling", True),
        ("UPDATE layer SET revision = 'x' WHERE id = 2", "journal", True),
        ("UPDATE span SET start = '', \"end\" = 'x' WHERE layer = 2 AND id = 's1'", "replay", False),
        ("UPDATE span SET start = x'ff', \"end\" = x'ff00' WHERE layer = 2 AND id = 's1'", "replay", False),
        ("UPDATE span SET id = CAST(x'ff' AS TEXT) WHERE layer = 2 AND id = 's1'", "replay", False),
    ],
    ids=["schema", "length", "length-bytes", "article", "annotator", "revision", "place", "place-bytes", "id"],
)
def test_values_of_another_type_than_their_columns_are_findings(
    path: Path, statement: str, code: str, kept: bool
) -> None:
    spoilt(path, statement)
    assert code in {finding.code for finding in examine(path)}
    if any(finding.repair for finding in examine(path)):
        mended(path)
    assert bool([*examine(path)]) == kept


def test_a_layer_without_a_whole_journal_keeps_its_spans_and_gets_its_count(path: Path) -> None:
    spoilt(path, "DELETE FROM journal WHERE layer = 2 AND revision = 2", "UPDATE layer SET spans = 9 WHERE id = 2")
    assert {("journal", "k1 · ana"), ("count", "k1 · ana")} <= {*found(path)}
    mended(path)
    assert found(path) == [("journal", "k1 · ana")]
    assert rows(path, "SELECT spans FROM layer WHERE id = 2") == [(2,)]


def test_a_span_beyond_its_text(path: Path) -> None:
    spoilt(path, "UPDATE span SET \"end\" = 4000 WHERE id = 's1'")
    assert found(path) == [("offset", "k1 · ana"), ("replay", "k1 · ana")]
    mended(path)
    assert found(path) == []


def test_a_table_that_is_missing(path: Path) -> None:
    spoilt(path, "DROP TABLE tally", "DROP TABLE article_fts", "DROP TRIGGER layer_gone")
    assert {("shape", "table tally"), ("shape", "table article_fts")} <= {*found(path)}
    mended(path)
    assert found(path) == []
    spoilt(path, "DROP TABLE visit", "ALTER TABLE span RENAME TO gone")
    kept = [finding for finding in examine(path) if finding.where == "table span"]
    assert kept == [Finding("shape", "table span", "is missing, or not what it should be")]


def test_an_index_that_does_not_fit_its_table(path: Path) -> None:
    entry = rows(path, "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE name = 'day_by_date'")[0]
    spoilt(path, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'day_by_date'")
    spoilt(path, "INSERT INTO day VALUES (98, '2026-01-01')")  # the index does not hear of it
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", entry)
    told = [finding for finding in examine(path) if finding.code == "integrity"]
    assert told
    assert {finding.repair for finding in told} == {"make the index anew"}
    assert "made the indexes anew" in mended(path).done
    assert found(path) == []


def test_logging_that_is_off_is_turned_on(path: Path) -> None:
    spoilt(path, "PRAGMA journal_mode = DELETE")
    assert found(path) == [("log", "file")]
    assert mended(path).done == ("turned write-ahead logging on",)
    assert found(path) == []


def test_an_older_file_is_looked_at_and_brought_up(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as conn:
        conn.executescript((DATA / "v1.sql").read_text(encoding="utf-8"))
    assert [finding.code for finding in examine(old)] == ["version"]
    assert rows(old, "PRAGMA user_version") == [(1,)]
    mended(old)
    assert rows(old, "PRAGMA user_version") == [(VERSION,)]
    assert found(old) == []


def test_a_newer_file_is_not_looked_at(path: Path) -> None:
    spoilt(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        found(path)


def test_a_repair_that_fails_has_changed_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt(path, "DELETE FROM span WHERE id = 's1'", "UPDATE total SET number = 9", "INSERT INTO place VALUES (1, 77)")
    before = [*dump(path)]

    def fail(conn: sqlite3.Connection, *, anyway: bool) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("annotator.store.doctor_repair.mend_index", fail)
    with pytest.raises(StoreError):
        mended(path)
    assert [*dump(path)] == before
    assert [file.name for file in path.parent.iterdir() if "moved-out" in file.name] == []


def test_the_log(path: Path) -> None:
    assert log_of(path).size == 0
    with Project.open(path) as project:
        project.add_annotator("eve")
        log = log_of(path)
        assert log.size > 32
        assert not log.torn
        file = path.with_name("a.db-wal")
        file.with_name("cut").write_bytes(file.read_bytes()[:-100])
        copy = copied(path, path.with_name("b.db"))
        file.with_name("cut").replace(copy.with_name("b.db-wal"))
        assert log_of(copy).torn
    assert log_of(path.with_name("none.db")).size == 0


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("article", "title", "article number 1"),
        ("article", "key", "article number 1"),
        ("article", "loaded", "article number 1"),
        ("annotator", "name", "annotator number 1"),
        ("journal", "time", "journal number 1"),
        ("schema", "created", "schema number 1"),
    ],
)
def test_a_text_that_is_no_text_any_more_is_named(path: Path, table: str, column: str, where: str) -> None:
    spoilt(path, f"UPDATE {table} SET {column} = CAST(x'41ff42' AS TEXT) WHERE id = 1")
    told = [(one.code, one.where, one.what) for one in examine(path)]
    assert ("value", where, f"its {column} cannot be read: it is no UTF-8") in told


@pytest.mark.parametrize("noise", ["x'5b7b'", "x'ff'", '\'[{"op":"add"}]\'', "7"])
def test_an_undo_that_cannot_be_read_is_named(path: Path, noise: str) -> None:
    entry = rows(path, "SELECT min(id) FROM journal WHERE kind = 'do'")[0][0]
    spoilt(path, f"UPDATE journal SET inverse = CAST({noise} AS TEXT) WHERE id = {entry}")
    assert [one for one in found(path) if one[1].startswith("entry")] == [("journal", f"entry {entry} of the journal")]


def test_in_a_file_with_damaged_pages_no_repair_is_offered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt(path, "UPDATE layer SET note = 'other' WHERE id = 1")
    assert [one.repair for one in examine(path)] == ["set it from the journal"]
    monkeypatch.setattr("annotator.store.doctor.integrity", lambda conn: ["Tree 5 page 7: btreeInitPage() returns 11"])
    assert [(one.code, one.repair) for one in examine(path)] == [("integrity", ""), ("replay", "")]


def test_a_file_that_was_cut_off_is_told_without_going_round_in_circles(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    for options in ((), ("--repair",)):
        assert run(["--db", str(path), "doctor", *options]) in (1, 4)
        said = "".join(capsys.readouterr())
        assert "see what" not in said and "doctor`" not in said
        assert "restore a backup" in said or "may be whole in a backup" in said
    assert [one.name for one in path.parent.iterdir() if "before-repair" in one.name] == []


def test_one_damaged_entry_does_not_stop_status(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = rows(path, "SELECT max(id) FROM journal WHERE kind = 'do'")[0][0]
    spoilt(path, f"UPDATE journal SET edits = CAST(x'ff' AS TEXT) WHERE id = {entry}")
    assert run(["--db", str(path), "status"]) == 0
    assert f"DAMAGED: what the journal has of batch {entry} cannot be read; see: annotator" in capsys.readouterr().out


def test_a_value_that_no_row_may_have_is_told_and_keeps_nothing_else_from_repair(path: Path) -> None:
    spoilt(
        path,
        "PRAGMA ignore_check_constraints = ON",
        "UPDATE annotator SET role = 'chief' WHERE id = 1",
        "UPDATE journal SET kind = 'doo' WHERE id = 2",
        "INSERT INTO quota VALUES (1, 0, 9.0, 0)",
        "UPDATE layer SET status = 'shut', spans = 9",
    )
    told = {(one.where, one.what) for one in examine(path) if one.code == "value"}
    assert told == {
        ("annotator number 1", "it breaks the rule role IN ('annotator', 'lead')"),
        ("journal number 2", "it breaks the rule kind IN ('do', 'undo', 'redo', 'load')"),
        ("quota number 1", "it breaks the rule places > 0"),
    }
    assert any("from the journal" in line and "status" in line for line in mended(path).done)
    assert {code for code, _ in found(path)} == {"value"}
    assert rows(path, "SELECT DISTINCT status, spans < 9 FROM layer ORDER BY 1") == [("done", 1), ("flagged", 1)]


def test_a_layer_of_no_status_whose_journal_is_torn_gets_its_count(path: Path) -> None:
    spoilt(
        path,
        "PRAGMA ignore_check_constraints = ON",
        "DELETE FROM journal WHERE revision = 2",
        "UPDATE layer SET status = 'shut', spans = 9 WHERE id = 2",
    )
    assert any("counted the spans" in line for line in mended(path).done)
    assert [finding for finding in found(path) if finding[0] == "count"] == []


def test_a_schema_under_another_name_than_its_own(path: Path) -> None:
    spoilt(path, "UPDATE schema SET version = '7'")
    assert [(one.code, one.where, one.what) for one in examine(path)] == [
        ("schema", "schema test@7", "calls itself test@1")
    ]
