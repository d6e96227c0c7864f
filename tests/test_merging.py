"""Files that went apart come together: nothing lost, nothing overwritten, and twice is as once."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from strategies import batches
from support import command, content, copied, dump, load, reading_of, record, replayed, rows, schema
from test_timeline import Clock

from annotator.core.edits import Add, Change, Edit, Remove, SetNote
from annotator.core.spans import Span
from annotator.errors import EditError, InputError, StoreError, UsageError
from annotator.merging import filtered, merge, named, split
from annotator.project import Project
from annotator.store.merge_report import MergeReport
from annotator.store.queue import QueueFilter
from annotator.store.visits import Visit
from benchmarks.merge import faults, make, take_all

ONE, TWO = Span("s1", 4, 12, "actor"), Span("s2", 31, 41, "location")


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database of three articles; ana has begun the first two, a model has read the first."""
    path = tmp_path_factory.mktemp("merging") / "t.db"
    with Project.create(path, schema(), clock=Clock()) as project:
        load(project, record("a", meta={"date": "2025-03-04"}), record("b"), record("c"))
        load(project, record("a", layer=reading_of("rules", TWO, kind="model")))
        write(project, [Add(ONE)], [Add(TWO)])
        write(project, [Add(ONE)], article=2)
        project.keep_visit(1, "ana", Visit(4, 12, 0, 30.0))
    return path


@pytest.fixture
def home(begun: Path, tmp_path: Path) -> Path:
    return copied(begun, tmp_path / "home.db")


def write(project: Project, *steps: list[Edit], article: int = 1, annotator: str = "ana", author: str = "") -> None:
    session = project.session(article, annotator, author=author)
    for edits in steps:
        session.do(edits)
    session.close()


def at(path: Path, *steps: list[Edit], article: int = 1, annotator: str = "ana", since: int = 100) -> None:
    """Write batches in a file, at times after a minute."""
    clock = Clock()
    clock.minutes = since
    with Project.open(path, clock=clock) as project:
        write(project, *steps, article=article, annotator=annotator)


def away(home: Path, name: str = "away.db", annotator: str = "ana") -> Path:
    """Return a file of all articles split off for somebody."""
    path = home.with_name(name)
    with Project.open(home, read_only=True, clock=Clock()) as project:
        split(project, path, annotator=annotator, articles=list(filtered(project, annotator, QueueFilter())))
    return path


def taken(home: Path, other: Path, *, dry_run: bool = False) -> MergeReport:
    with Project.open(home, read_only=dry_run, clock=Clock()) as project:
        return merge(project, other, dry_run=dry_run)


def spans(path: Path, annotator: str = "ana", article: int = 1) -> list[str]:
    """Return the ids of a layer's spans, after comparing them with the journal."""
    with Project.open(path, read_only=True) as project:
        layer = project.store.layer(article, annotator)
        assert layer is not None
        made = replayed(project, layer)
        assert content(made) == content(layer)
        assert layer.revision == len(list(project.store.replay(article, annotator)))
        return [span.id for span in layer.spans]


@contextmanager
def unchanged(*paths: Path) -> Iterator[None]:
    before = [list(dump(path)) for path in paths]
    yield
    assert [list(dump(path)) for path in paths] == before


def sound(path: Path) -> None:
    """Check the file itself and what its triggers keep."""
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    kept = rows(path, "SELECT annotator, status, layers, spans FROM tally WHERE layers > 0 ORDER BY 1, 2")
    counted = "SELECT annotator, status, count(*), sum(spans) FROM layer GROUP BY 1, 2 ORDER BY 1, 2"
    assert kept == rows(path, counted)
    uses = (
        "SELECT s.label, l.article, l.annotator, count(*) FROM span s JOIN layer l ON l.id = s.layer GROUP BY 1, 2, 3"
    )
    assert rows(path, "SELECT * FROM label_use ORDER BY 1, 2, 3") == rows(path, f"{uses} ORDER BY 1, 2, 3")
    assert rows(path, "SELECT number FROM total") == rows(path, "SELECT count(*) FROM article")
    assert rows(path, "SELECT count(*) FROM layer l WHERE spans <> (SELECT count(*) FROM span WHERE layer = l.id)") == [
        (0,)
    ]


def test_a_split_has_the_layers_of_one_and_of_models_with_their_journal(home: Path) -> None:
    at(home, [Add(TWO)], annotator="ben")
    path = away(home)
    assert {name for name, _ in Project.open(path, read_only=True).store.annotators()} == {"ana", "rules"}
    assert spans(path) == ["s1", "s2"]
    assert rows(path, "SELECT key, meta, loaded FROM article") == rows(home, "SELECT key, meta, loaded FROM article")
    assert rows(path, "SELECT date FROM day") == rows(home, "SELECT date FROM day")
    assert rows(path, "SELECT digest, created FROM schema") == rows(home, "SELECT digest, created FROM schema")
    journal = "SELECT j.time, j.edits, j.inverse, j.revision FROM journal j JOIN annotator a ON a.id = j.annotator"
    assert rows(path, f"{journal} WHERE a.name = 'ana'") == rows(home, f"{journal} WHERE a.name = 'ana'")
    sound(path)
    assert not list(path.parent.glob(".*part*"))


def test_a_file_that_comes_back_untouched_changes_nothing(home: Path) -> None:
    path = away(home)
    with unchanged(home, path):
        report = taken(home, path)
    assert (report.layers, report.batches, report.articles, report.visits) == ({"same": 3}, 0, 0, 0)


def test_what_was_done_away_is_appended_as_it_was_written(home: Path) -> None:
    path = away(home)
    at(path, [Remove(ONE.ref)], [SetNote("done")])
    with Project.open(path, clock=Clock()) as project:
        session = project.session(1, "ana", author="lead")
        session.undo()
        session.close()
    with unchanged(home, path):
        assert taken(home, path, dry_run=True).layers == {"same": 2, "forward": 1}
    report = taken(home, path)
    assert (report.layers, report.batches, report.conflicts) == ({"same": 2, "forward": 1}, 3, [])
    assert spans(home) == spans(path) == ["s2"]
    entries = (
        "SELECT j.time, j.kind, j.revision, j.edits, j.inverse, a.name FROM journal j JOIN layer l ON l.id = j.layer "
        "JOIN annotator a ON a.id = j.annotator JOIN annotator o ON o.id = l.annotator "
        "WHERE o.name = 'ana' AND l.article = 1 ORDER BY j.id"
    )
    assert rows(home, entries) == rows(path, entries)
    assert rows(home, "SELECT of FROM journal WHERE kind = 'undo'") == rows(
        home, "SELECT id FROM journal ORDER BY id DESC LIMIT 1 OFFSET 1"
    )
    assert rows(home, "SELECT status, note, updated FROM layer WHERE id = 2") == rows(
        path, "SELECT status, note, updated FROM layer WHERE revision = 5"
    )
    sound(home)
    with unchanged(home, path):
        assert taken(home, path).layers == {"same": 3}
    with Project.open(home, clock=Clock()) as project:  # and undo goes on where it was
        session = project.session(1, "ana")
        session.redo()
        assert session.layer.note == "done"
        session.close()


def test_what_went_on_here_only_stays(home: Path) -> None:
    path = away(home)
    at(home, [Add(Span("s3", 0, 2, "actor"))])
    with unchanged(home):
        assert taken(home, path).layers == {"behind": 1, "same": 2}
    assert taken(path, home).layers == {"forward": 1, "same": 2}
    assert spans(path) == ["s3", "s1", "s2"]


def test_where_both_went_on_the_others_is_put_beside(home: Path) -> None:
    path = away(home)
    at(home, [Add(Span("h1", 0, 2, "actor"))], since=50)
    at(path, [Add(Span("p1", 0, 3, "actor"))], [Remove(ONE.ref)])
    before = spans(home)
    with unchanged(home):
        dry = taken(home, path, dry_run=True)
    report = taken(home, path)
    (one,) = report.conflicts
    assert dry.conflicts == report.conflicts
    assert (one.annotator, one.name, one.common, one.here, one.there, one.batches) == ("ana", "ana~2", 2, 1, 2, 4)
    assert spans(home) == before
    assert spans(home, "ana~2") == spans(path) == ["p1", "s2"]
    sound(home)
    with unchanged(home):
        assert [each.batches for each in taken(home, path).conflicts] == [0]
    at(path, [Add(ONE)], since=200)  # the other goes on: so does what is beside
    assert [each.batches for each in taken(home, path).conflicts] == [1]
    assert spans(home, "ana~2") == ["p1", "s1", "s2"]
    with unchanged(home):
        taken(home, path)


def test_a_third_reading_gets_a_third_name(home: Path) -> None:
    first, second = away(home, "first.db"), away(home, "second.db")
    at(home, [Add(Span("h1", 0, 2, "actor"))], since=50)
    at(first, [Add(Span("p1", 0, 3, "actor"))], since=60)
    at(second, [Add(Span("q1", 0, 4, "actor"))], since=70)
    assert [taken(home, path).conflicts[0].name for path in (first, second)] == ["ana~2", "ana~3"]
    with unchanged(home):
        assert [taken(home, path).conflicts[0].name for path in (second, first)] == ["ana~3", "ana~2"]
    copy = away(home, "copy.db", annotator="ana~2")
    at(copy, [Add(ONE)] if "s1" not in spans(copy, "ana~2") else [Remove(ONE.ref)], annotator="ana~2", since=300)
    assert taken(home, copy).layers["forward"] == 1


@pytest.mark.parametrize("rounds", ["home away home", "away home away home"])
def test_two_files_that_take_in_each_other_have_each_reading_once(home: Path, rounds: str) -> None:
    files = {"home": home, "away": away(home)}
    at(home, [SetNote("here")])
    at(files["away"], [SetNote("there")], since=200)
    for number, name in enumerate(rounds.split()):
        other = files["away" if name == "home" else "home"]
        report = taken(files[name], other)
        assert sum(one.batches > 0 for one in report.conflicts) == (number < 2)
        assert len(report.conflicts) == 1  # what came from here is none
    for path, own, second in ((home, "here", "there"), (files["away"], "there", "here")):
        with Project.open(path, read_only=True) as project:
            names = [name for name, kind in project.store.annotators() if kind == "human"]
            layers = [project.store.layer(1, name) for name in names]
        assert names == ["ana", "ana~2"]
        assert [layer.note for layer in layers if layer] == [own, second]


def test_the_readings_of_three_files_come_together_once_each(home: Path) -> None:
    one, two = away(home, "one.db"), away(home, "two.db")
    at(home, [SetNote("home")])
    at(one, [SetNote("one")], since=200)
    at(two, [SetNote("two")], since=300)
    for target, other in ((home, one), (two, home), (home, two), (one, two), (home, one), (two, one)):
        taken(target, other)
    for path in (home, one, two):
        with Project.open(path, read_only=True) as project:
            names = [name for name, kind in project.store.annotators() if kind == "human"]
            notes = [layer.note for name in names if (layer := project.store.layer(1, name))]
        assert sorted(notes) == ["home", "one", "two"]


def test_the_same_done_in_both_places_is_no_conflict(home: Path) -> None:
    path = away(home)
    at(home, [Remove(ONE.ref)], since=50)
    at(path, [Remove(ONE.ref)], since=60)
    with unchanged(home):
        assert taken(home, path).layers == {"same": 3}


def test_the_same_load_is_the_same_whenever_it_was_done(tmp_path: Path) -> None:
    paths = [tmp_path / "one.db", tmp_path / "two.db"]
    for start, path in enumerate(paths):
        clock = Clock()
        clock.minutes = 100 * start
        with Project.create(path, schema(), clock=clock) as project:
            load(project, record("a", layer=reading_of("ana", ONE)))
    at(paths[1], [Add(TWO)], since=300)
    assert taken(*paths).layers == {"forward": 1}
    assert spans(paths[0]) == ["s1", "s2"]


def test_articles_that_are_not_here_come_with_all_they_have(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with Project.create(other, schema(), clock=Clock()) as project:
        load(
            project,
            record("a", "another text under a known key", layer=reading_of("cem", Span("s1", 0, 7, "actor"))),
            record("new", meta={"date": "2024-05-06", "source": "wire"}, title="New"),
            record("b", meta={"other": 1}),
        )
    report = taken(home, other)
    assert (report.articles, report.known, report.differing, report.renamed) == (2, 1, 1, {"a": "a~2"})
    found = rows(home, "SELECT key, title, meta, d.date FROM article JOIN day d ON d.article = id WHERE id > 3")
    assert found == [
        ("a~2", "A", "{}", "2026-01-02"),
        ("new", "New", '{"date":"2024-05-06","source":"wire"}', "2024-05-06"),
    ]
    assert rows(home, "SELECT meta FROM article WHERE key = 'b'") == [("{}",)]
    sound(home)
    with Project.open(home, clock=Clock()) as project:
        project.index_texts()
        assert [row.key for row in project.store.queue_page("ana", QueueFilter(words="another"))] == ["a~2"]
    with unchanged(home):
        assert taken(home, other).articles == 0


def test_of_times_at_work_the_greater_is_kept(home: Path) -> None:
    path = away(home)
    clock = Clock()
    clock.minutes = 200
    with Project.open(path, clock=clock) as project:
        project.keep_visit(1, "ana", Visit(20, 21, 5, 12.0))
        project.keep_visit(2, "ana", Visit(1, 2, 0, 7.0))
        project.keep_place(2, "ana")
    assert taken(home, path).visits == 2
    seen = rows(home, 'SELECT article, seconds, start, "end", top FROM visit ORDER BY article')
    assert seen == [(1, 42.0, 20, 21, 5), (2, 7.0, 1, 2, 0)]
    with unchanged(home):
        assert taken(home, path).visits == 0
    with unchanged(path):
        assert taken(path, home).visits == 0


def test_what_is_refused_leaves_everything_as_it_was(home: Path, tmp_path: Path) -> None:
    other_schema = tmp_path / "schema.db"
    Project.create(other_schema, schema(restricted=True), clock=Clock()).close()
    text = tmp_path / "a.txt"
    text.write_text("not a database at all", encoding="utf-8")
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as conn:
        conn.execute("CREATE TABLE t (x)")
    model = tmp_path / "model.db"
    with Project.create(model, schema(), clock=Clock()) as project:
        load(project, record("a", layer=reading_of("ana", ONE, kind="model")))
    cases = {
        other_schema: "another schema: test@1, here it is test@1 of the same name with other content",
        text: "is not a database of this tool",
        foreign: "is a SQLite database of another program",
        model: "annotator 'ana' is model in .* and human here",
        tmp_path / "none.db": "no such database",
        tmp_path: "is a folder",
    }
    with unchanged(home):
        for path, words in cases.items():
            for dry_run in (False, True):
                with pytest.raises(StoreError, match=words):
                    taken(home, path, dry_run=dry_run)
        with pytest.raises(UsageError, match="is the database itself"):
            taken(home, home)


DAMAGE = {
    "a span is gone": "DELETE FROM span WHERE id = 'p1'",
    "a batch is gone": "DELETE FROM journal WHERE id = (SELECT max(id) - 1 FROM journal)",
    "edits of another kind": """UPDATE journal SET edits = '[{"op":"paint"}]' WHERE id = (SELECT max(id) FROM journal)""",
    "edits without what they need": """UPDATE journal SET edits = '[{"op":"add"}]' WHERE id = 2""",
    "no JSON": "UPDATE journal SET edits = '[' WHERE id = (SELECT max(id) FROM journal)",
    "JSON that is no list": "UPDATE journal SET edits = '7' WHERE id = (SELECT max(id) FROM journal)",
    "attributes that are none": "UPDATE layer SET attributes = '[1]' WHERE annotator = 2 AND article = 1",
    "of itself": "UPDATE journal SET of = id WHERE id = (SELECT max(id) FROM journal)",
    "of another layer": "UPDATE journal SET of = 1 WHERE id = (SELECT max(id) FROM journal)",
    "a span past the text": (
        "UPDATE span SET \"end\" = 9999 WHERE id = 'p1'; "
        "UPDATE journal SET edits = replace(edits, '\"end\":3,', '\"end\":9999,')"
    ),
    "a text that was changed": "UPDATE article SET text = 'x' || text WHERE key = 'new'",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_refused_whole(home: Path, damage: str) -> None:
    path = away(home)
    with Project.open(path, clock=Clock()) as project:
        load(project, record("new"))
    at(path, [Add(Span("p1", 0, 3, "actor"))], [SetNote("n")])
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(damage)
    with unchanged(home):
        for dry_run in (True, False):
            with pytest.raises(StoreError, match=r"damaged|not what"):
                taken(home, path, dry_run=dry_run)


def test_a_page_of_noise_is_a_clear_error(home: Path) -> None:
    path = away(home)
    with path.open("r+b") as file:
        for page in range(2, 40):
            file.seek(4096 * page)
            file.write(b"\xa5" * 4096)
    with unchanged(home), pytest.raises(StoreError, match=r"away\.db.*damaged"):
        taken(home, path)


def test_a_split_never_goes_over_a_file_and_leaves_none_behind(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    out.write_bytes(b"mine")
    with Project.open(home, read_only=True) as project:
        with pytest.raises(StoreError, match="is there already"):
            split(project, out, annotator="ana", articles=[1])
        with pytest.raises(InputError, match="no annotator 'zoe'"):
            split(project, tmp_path / "new.db", annotator="ana", articles=[1], also=["zoe"])
        with pytest.raises(StoreError, match="no such folder"):
            split(project, tmp_path / "no" / "new.db", annotator="ana", articles=[1])
        with pytest.raises(InputError, match="no article 'x' and 1 more"):
            named(project, ["a", "x", "y"])
        assert named(project, ["c", "a", "a"]) == [1, 3]
    assert out.read_bytes() == b"mine"
    assert not list(tmp_path.glob("*new*")) + list(tmp_path.glob(".*"))


def test_what_is_assigned_to_somebody(home: Path) -> None:
    with Project.open(home, clock=Clock()) as project:
        have = rows(home, "SELECT 1 FROM sqlite_master WHERE name = 'assignment'")
        assert project.store.assigned("ana") == []
        columns = "(annotator INTEGER, article INTEGER, kind TEXT, time TEXT, lapses TEXT DEFAULT '')"
        make = [] if have else [f"CREATE TABLE assignment {columns}"]
        who = "(SELECT id FROM annotator WHERE name = 'ana')"
        rest = [f"INSERT INTO assignment VALUES ({who}, {n}, 'named', '2026-01-02', '')" for n in (3, 1)]
        project.writer.submit(lambda conn: [conn.execute(statement) for statement in make + rest]).result()
        assert project.store.assigned("ana") == [1, 3]
        assert project.store.assigned("ben") == []


def test_a_split_may_take_the_layers_of_others(home: Path, tmp_path: Path) -> None:
    at(home, [Add(TWO)], annotator="ben")
    with Project.open(home, clock=Clock()) as project:
        project.add_annotator("cem")
        split(project, tmp_path / "out.db", annotator="cem", articles=[1], also=["ben"])
    assert rows(tmp_path / "out.db", "SELECT name, kind FROM annotator ORDER BY name") == [
        ("ben", "human"), ("cem", "human"), ("rules", "model"),
    ]  # fmt: skip
    assert rows(tmp_path / "out.db", "SELECT key FROM article") == [("a",)]


@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_whatever_is_done_here_and_there_nothing_is_lost_and_twice_is_as_once(
    begun: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("property")
    try:
        home = copied(begun, folder / "home.db")
        other = away(home)
        for _ in range(data.draw(st.integers(1, 3))):
            for minutes, path in ((data.draw(st.integers(50, 900)), home), (data.draw(st.integers(50, 900)), other)):
                _edited(path, minutes, data)
            before, theirs = _entries(home), _entries(other)
            taken(home, other)
            assert before <= _entries(home) <= before | theirs
            # What is not in the journal here came to the very layer that is here.
            without = {entry[0] for entry in theirs - _entries(home)}
            assert {layer for layer in _contents(other) if layer[0] in without} <= _contents(home)
            sound(home)
            with Project.open(home, read_only=True) as project:
                for name, _ in project.store.annotators():
                    for number in project.store.journal.layers(name):
                        layer = project.store.layer(number, name)
                        assert layer is not None
                        assert content(replayed(project, layer)) == content(layer)
            with unchanged(home, other):
                taken(home, other)
    finally:
        shutil.rmtree(folder)


def _edited(path: Path, minutes: int, data: st.DataObject) -> None:
    clock = Clock()
    clock.minutes = minutes
    with Project.open(path, clock=clock) as project:
        for _ in range(data.draw(st.integers(0, 2))):
            session = project.session(data.draw(st.integers(1, 3)), "ana")
            if data.draw(st.booleans()) and session.undoable:
                session.undo()
            else:
                edits = data.draw(batches(layer=session.layer, max_size=2))
                with suppress(EditError):  # done with errors
                    session.do(edits)
            session.close()


def _contents(path: Path) -> set[tuple[object, ...]]:
    """Return what every layer says, by article and annotator, second names left out."""
    sql = (
        "SELECT r.digest, rtrim(rtrim(o.name, '0123456789'), '~'), l.status, l.note, l.attributes, "
        "(SELECT group_concat(id || start || ' ' || \"end\" || label || attributes || note || source, '|') FROM span "
        "WHERE layer = l.id) FROM layer l JOIN article r ON r.id = l.article JOIN annotator o ON o.id = l.annotator"
    )
    return set(rows(path, sql))


def _entries(path: Path) -> set[tuple[object, ...]]:
    sql = (
        "SELECT r.digest, j.time, a.name, j.kind, j.edits FROM journal j JOIN annotator a ON a.id = j.annotator "
        "JOIN layer l ON l.id = j.layer JOIN article r ON r.id = l.article"
    )
    return set(rows(path, sql))


def test_ten_laptops_with_five_per_cent_of_true_conflicts(tmp_path: Path) -> None:
    home, files, plan = make(tmp_path, laptops=10, articles=100, spans=3, seed=7)
    assert len(plan.conflicts) == 50
    entries = _entries(home).union(*map(_entries, files))
    reports = take_all(home, files, clock=Clock())
    assert {(one.key, one.annotator) for report in reports for one in report.conflicts} == plan.conflicts
    assert list(faults(home, files, plan, reports)) == []
    assert _entries(home) == entries
    sound(home)
    with unchanged(home):
        again = take_all(home, files, clock=Clock())
    assert sum(report.batches for report in again) == 0


MERGE = """
    import sys
    from pathlib import Path
    from annotator.merging import merge
    from annotator.project import Project
    with Project.open(Path(sys.argv[1])) as project:
        for other in sys.argv[2:]:
            merge(project, Path(other), tell=lambda articles: print("on the way", flush=True))
            print("taken", flush=True)
"""


@pytest.mark.slow
def test_a_merge_that_is_killed_has_taken_in_whole_files_only(tmp_path: Path) -> None:
    home, files, plan = make(tmp_path, laptops=3, articles=40, spans=2, seed=3)
    for wait in (0.0, 0.03):
        process = subprocess.Popen(command(MERGE, home, *files), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)  # anywhere from there on; whatever the moment, the file must be whole
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().count("taken")
        process.wait()
        process.stdout.close()
        sound(home)
        here = _entries(home)
        assert sum(_entries(path) <= here for path in files) >= said
        for path in files:
            missing = _entries(path) - here
            assert not missing or len(missing) == len(_entries(path) - _entries(home))
    reports = take_all(home, files, clock=Clock())
    assert {(one.key, one.annotator) for report in reports for one in report.conflicts} == plan.conflicts
    for path in files:
        assert _entries(path) <= _entries(home)


def test_a_change_that_was_made_in_both_files_keeps_the_same_span(home: Path) -> None:
    path = away(home)
    at(path, [Change(ONE.ref, Span("s1", 4, 7, "actor"))])
    taken(home, path)
    assert json.loads(rows(home, "SELECT edits FROM journal ORDER BY id DESC LIMIT 1")[0][0])[0]["op"] == "change"
    assert rows(home, "SELECT start, \"end\" FROM span WHERE id = 's1' AND layer = 2") == [(4, 7)]


def test_an_article_whose_day_is_lost_is_taken_in_all_the_same(home: Path) -> None:
    other = away(home)
    with closing(sqlite3.connect(other)) as conn, conn:
        conn.execute("DELETE FROM day WHERE article IN (1, 2)")
    new = home.with_name("new.db")
    with Project.create(new, schema(), clock=Clock()) as project:
        assert merge(project, other).articles == 3
    assert rows(new, "SELECT date FROM day WHERE article = 1") == [("2025-03-04",)]
    assert rows(new, "SELECT count(*) FROM day") == [(3,)]
