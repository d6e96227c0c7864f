"""Pages of the queue through every filter, the counts that triggers keep, and what may take a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import clock, load, reading_of, record, rows, schema

from annotator.core.edits import Add, Change, Remove, SetNote, SetStatus
from annotator.core.spans import Span
from annotator.core.words import hits
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store import queue, queue_source
from annotator.store.queue import QueueFilter, QueueStatus
from annotator.store.reader import Superseded

PEOPLE = ("ana", "bob")
LABELS = ("actor", "location")
WORDS = ("families", "soldiers", "familiar", "难民")
DAYS = ("2024-01-01", "2024-02-01", "2024-02-29", "2025-01-01")
COUNT = 40


@dataclass(frozen=True)
class Planned:
    """What an article of the test database is."""

    number: int
    word: str
    day: str
    layers: dict[str, tuple[QueueStatus, str]]  # by annotator: the status, and the label of its one span


def plan() -> list[Planned]:
    """Return the articles, so that every combination of what filters ask for comes up somewhere."""
    statuses: tuple[QueueStatus, ...] = ("open", "done", "flagged")
    return [
        Planned(
            n,
            WORDS[n % 4],
            DAYS[n * 7 % 4],
            {
                name: (statuses[n * (who + 1) % 3], LABELS[n // 3 % 2])
                for who, name in enumerate(PEOPLE)
                if n % (who + 2)
            },
        )
        for n in range(1, COUNT + 1)
    ]


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    path = tmp_path_factory.mktemp("forty") / "a.db"
    with Project.create(path, schema(), clock=clock) as project:
        for each in plan():
            text, meta = f"Report {each.number}: {each.word} near Taiz.", {"date": each.day}
            load(project, record(f"k{each.number}", text, meta=meta))
            for name, (status, label) in each.layers.items():
                layer = reading_of(name, Span("s1", 0, 6, label), status=status)
                load(project, record(f"k{each.number}", text, meta=meta, layer=layer))
        project.index_texts()
        yield project


def passes(each: Planned, chosen: QueueFilter) -> bool:
    """Say whether a filter lets an article through, by its words rather than by SQL."""
    who = chosen.by or "ana"
    status = each.layers[who][0] if who in each.layers else "todo"
    owners = [chosen.by] if chosen.by else PEOPLE
    labels = [each.layers[name][1] for name in owners if name in each.layers]
    wanted = chosen.words.split()
    words = f"report {each.number} {each.word} near taiz k{each.number}".split()
    return (
        chosen.status in (None, status)
        and (not chosen.by or chosen.status == "todo" or who in each.layers)
        and (not chosen.label or chosen.label in labels)
        and (chosen.days is None or chosen.days[0] <= each.day <= (chosen.days[1] or "9999"))
        and (not wanted or (all(w in words for w in wanted[:-1]) and any(w.startswith(wanted[-1]) for w in words)))
    )


FILTERS = st.builds(
    QueueFilter,
    status=st.sampled_from([None, "todo", "open", "done", "flagged"]),
    by=st.sampled_from(["", "ana", "bob", "nobody"]),
    label=st.sampled_from(["", "actor", "location", "casualty"]),
    words=st.sampled_from(["", "famil", "taiz soldiers", "report 1", "near", "难民", "nothing"]),
    days=st.sampled_from([None, ("2024-02-01", "2024-02-29"), ("", "2024-01-31"), ("2025-01-01", "")]),
)


@settings(max_examples=150)
@given(chosen=FILTERS, limit=st.sampled_from([1, 3, 7, 100]), few=st.sampled_from([0, 5_000]))
def test_paging_either_way_gives_one_sorted_list(forty: Project, chosen: QueueFilter, limit: int, few: int) -> None:
    expected = [each.number for each in plan() if passes(each, chosen)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue_source, "FEW", few)  # both ways to look for days
        forward: list[int] = []
        while page := forty.store.queue_page("ana", chosen, after=forward[-1] if forward else 0, limit=limit):
            forward += [row.article for row in page]
        back: list[int] = []
        while page := forty.store.queue_page("ana", chosen, before=back[0] if back else 2**62, limit=limit):
            back = [row.article for row in page] + back
        assert forward == back == expected
        assert forty.store.queue_count("ana", chosen) == len(expected)


def test_rows_are_of_whom_the_filter_names(forty: Project) -> None:
    bobs = {each.number: each.layers["bob"][0] for each in plan() if "bob" in each.layers}
    found = forty.store.queue_page("ana", QueueFilter(by="bob"))
    assert {row.article: row.status for row in found} == bobs
    assert {row.date for row in found} == set(DAYS)


def test_next_to_do_and_position(forty: Project) -> None:
    todo = [each.number for each in plan() if each.layers.get("ana", ("todo",))[0] in ("todo", "open")]
    for after in range(COUNT + 1):
        assert forty.store.next_to_do("ana", after=after) == next((n for n in todo if n > after), None)
        others = [n for n in (*(n for n in todo if n > after), *todo) if n != after]
        assert forty.store.other_to_do("ana", after) == (others[0] if others else None)
    assert forty.store.next_to_do("nobody", after=3) == 4
    assert [forty.store.position(n) for n in (1, 17, 40, 41)] == [1, 17, 40, 40]


def test_a_hit_far_into_a_text(project: Project) -> None:
    long = "word " * (queue.HEAD // 4)
    load(project, record("k1", f"{long} Taiz café ends."))
    project.index_texts()
    (row,) = project.store.queue_page("ana", QueueFilter(words="cafe"))
    assert row.hit is not None
    assert (row.hit.start, row.hit.found, row.hit.after) == (len(long) + 6, "café", " ends.")
    assert row.hit.before.endswith("word  Taiz ")
    (row,) = project.store.queue_page("ana", QueueFilter(words="k1"))
    assert row.hit is None  # it is in the title


COUNTED = (
    ("SELECT number FROM total", "SELECT count(*) FROM article"),
    (
        "SELECT * FROM tally WHERE layers > 0 ORDER BY 1, 2",
        "SELECT annotator, status, count(*), sum(spans) FROM layer GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    (
        "SELECT * FROM label_use ORDER BY 1, 2, 3",
        "SELECT s.label, l.article, l.annotator, count(*) FROM span s JOIN layer l ON l.id = s.layer "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    ("SELECT article FROM day ORDER BY 1", "SELECT id FROM article ORDER BY 1"),
)


def assert_counts(path: Path) -> None:
    for kept, counted in COUNTED:
        assert rows(path, kept) == rows(path, counted), kept


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "remove", "undo", "redo", "done", "open", "note", "load"]), st.integers(0, 3)
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(actions=ACTIONS)
def test_what_triggers_keep_is_what_there_is(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("kept") / "a.db"
    with Project.create(path, schema(), clock=clock) as project:
        load(project, record("k1"))
        session = project.session(1, "ana")
        spans = [Span(f"s{n}", n, n + 2, LABELS[n % 2]) for n in range(4)]
        for what, number in actions:
            here, span = session.index.get(f"s{number}"), spans[number]
            match what:
                case "add" if here is None:
                    session.do([Add(span)])
                case "change" if here is not None:
                    session.do([Change(here.ref, Span(here.id, here.start, here.end, "casualty"))])
                case "remove" if here is not None:
                    session.do([Remove(here.ref)])
                case "undo":
                    session.undo()
                case "redo":
                    session.redo()
                case "done" | "open":
                    session.do([SetStatus("done" if what == "done" else "open")])
                case "note":
                    session.do([SetNote(str(number))])
                case "load":
                    load(project, record(f"l{number}", layer=reading_of("bob", span, status="done")))
        session.close()
        assert_counts(path)


def test_an_article_that_is_taken_out_is_not_counted(project: Project) -> None:
    load(project, record("k1"), record("k2"), record("k3"))
    project.writer.submit(lambda conn: conn.execute("DELETE FROM article WHERE id = 2")).result()
    assert_counts(project.path)
    assert [project.store.position(n) for n in (1, 2, 3)] == [1, 1, 2]


class Gate:
    """A question that waits until it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def __call__(self, store: object) -> str:
        self.asked.set()
        assert self.go.wait(10)
        return "answer"


def test_questions_are_answered_in_turn_and_can_be_taken_back(project: Project) -> None:
    load(project, record("k1"))
    reader, gate = project.reader, Gate()
    first = reader.ask(gate)
    assert gate.asked.wait(10)
    second = reader.ask(lambda store: store.count())
    reader.interrupt()
    third = reader.ask(lambda store: store.count())
    gate.go.set()
    for taken_back in (first, second):
        with pytest.raises(Superseded):
            taken_back.result(10)
    assert third.result(10) == 1


def test_a_long_question_is_interrupted(project: Project) -> None:
    asked = threading.Event()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    def question(store: object) -> object:
        asked.set()
        return store._rows(endless)  # type: ignore[attr-defined]

    future = project.reader.ask(question)
    assert asked.wait(10)
    project.reader.interrupt()  # perhaps just before the statement begins
    with pytest.raises(Superseded):
        future.result(10)


def test_a_question_that_fails_says_why(project: Project) -> None:
    with pytest.raises(StoreError, match="has no article number 7"):
        project.reader.ask(lambda store: store.article(7)).result(10)
    assert project.reader is project.reader


def test_indexing_tells_how_far_it_is_and_stops(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.store.search.CHUNK", 2)
    load(project, *(record(f"k{n}") for n in range(5)))
    told: list[tuple[int, int]] = []

    def tell(done: int, of: int, *, go_on: bool = True) -> bool:
        told.append((done, of))
        return go_on

    project.index_texts(lambda done, of: tell(done, of, go_on=False))
    assert told == [(2, 5)]
    assert project.store.unindexed()
    project.index_texts(tell)
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert not project.store.unindexed()


def test_loads_are_counted(forty: Project) -> None:
    assert_counts(forty.path)


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("a\0b families fled", "families", 4),
        ("x " * 9_997 + "famil families", "families", 20_000),
        ("x " * 9_996 + ".protestors came; a protest", "protest tea", 20_012),
        ("x " * 9_997 + "families fled", "famil", 19_994),
    ],
    ids=["behind a NUL", "behind the head", "half a word", "a word that goes on"],
)
def test_a_hit_is_where_the_word_is_and_whole(tmp_path: Path, text: str, words: str, at: int) -> None:
    with Project.create(tmp_path / "hits.db", schema(), clock=clock) as project:
        load(project, record("k", text))
        found = queue.first_hit(project.store._conn, 1, words)
    assert found is not None
    start, end = next(hits(text, words))
    assert (found.start, found.end) == (start, end)
    assert start == at
    assert found.found == text[start:end]
    assert found.after == text[end : end + queue.AROUND]


def test_a_row_without_a_title_has_the_first_words_of_its_text(tmp_path: Path) -> None:
    text = "Two were killed. " * 20
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("k1", text, title=""), record("k2", "No."), record("k3", "x" * 30_000, title=""))
        first, second, third = project.store.queue_page("ana")
        assert (first.title, first.opening) == ("", text[:120])
        assert (second.title, second.opening, third.opening) == ("K2", "", "")


@pytest.mark.parametrize("step", [1, -1], ids=["next", "previous"])
def test_going_on_through_a_filter_gives_its_pages_one_by_one(forty: Project, step: int) -> None:
    filters = [QueueFilter(status="todo"), QueueFilter(status="open"), QueueFilter(words="famil", label="actor")]
    for chosen in [*filters, QueueFilter(by="bob", days=("2024-02-01", "2024-02-29")), QueueFilter(words="难民")]:
        pages = [row.article for row in forty.store.queue_page("ana", chosen)]
        at, gone = (0, []) if step > 0 else (99, [])
        while (found := forty.store.queue_beyond("ana", chosen, at, step=step)) is not None:
            at, hit = found
            gone.append(at)
            assert (hit is not None) == chosen.searches
        assert gone == pages[::step] != []
        places = [forty.store.queue_place("ana", chosen, article) for article in pages]
        assert places == [(n, len(pages)) for n in range(1, len(pages) + 1)]
        other = next(n for n in range(1, COUNT) if n not in pages)
        assert forty.store.queue_place("ana", chosen, other, kept={other})[1] == len(pages) + 1
        assert (forty.store.queue_beyond("ana", chosen, other - step, step=step, kept={other}) or (0,))[0] == other
