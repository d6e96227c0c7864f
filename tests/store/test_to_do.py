"""What is to do next: as a walk over everything finds it, and in as many steps however much has been done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import schema

from annotator.project import Project
from annotator.store import queue, to_do
from annotator.store.assignment import give, open_to_all
from annotator.store.migrations import PLACES, RUNS_AHEAD
from annotator.store.queue import QueueFilter, QueueStatus

ARTICLES = 12
PEOPLE = ("ana", "bob", "cleo", "gold")
TIME = "2026-01-02T03:04:05.678+00:00"
STATUSES: tuple[QueueStatus, ...] = ("todo", "open", "done", "flagged")
LAYER = "INSERT INTO layer VALUES (NULL, ?, ?, 1, ?, 1, 0, ?, '{}', '')"


def opened(path: Path, articles: int) -> sqlite3.Connection:
    """Make a database of so many articles in which nobody has done anything."""
    Project.create(path, schema()).close()
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("BEGIN")
    kinds = [(name, "gold" if name == "gold" else "human") for name in PEOPLE]
    conn.executemany("INSERT INTO annotator (name, kind) VALUES (?, ?)", kinds)
    conn.executemany(
        "INSERT INTO article (id, key, digest, length, loaded, title, meta, text) VALUES (?1, ?1, ?1, 1, ?2, '', '{}', 'x')",
        [(number, TIME) for number in range(1, articles + 1)],
    )
    conn.execute("COMMIT")
    return conn


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(opened(tmp_path_factory.mktemp("to_do") / "a.db", ARTICLES)) as made:
        yield made


def act(conn: sqlite3.Connection, what: str, article: int, who: int) -> None:
    """Do one thing that the product does: work on an article, take it back, give places, open it to all."""
    at = (article, who)
    match what:
        case "open" | "done" | "flagged":
            conn.execute("INSERT OR IGNORE INTO layer SELECT NULL, ?, ?, 1, 'open', 1, 0, ?, '{}', ''", (*at, TIME))
            conn.execute("UPDATE layer SET status = ? WHERE article = ? AND annotator = ?", (what, *at))
        case "load":
            conn.execute(f"{LAYER} ON CONFLICT DO NOTHING", (*at, "done", TIME))
        case "move out":
            conn.execute("DELETE FROM layer WHERE article = ? AND annotator = ?", at)
        case "give":
            give(conn, [(article, PEOPLE[who - 1])], kind="named", time=TIME)
        case "take":
            begun = (
                "EXISTS (SELECT 1 FROM layer WHERE article = ?1 AND annotator = ?2)"  # who has begun keeps the place
            )
            conn.execute(f"DELETE FROM assignment WHERE article = ?1 AND annotator = ?2 AND NOT {begun}", at)
        case "free":
            open_to_all(conn, [article], places=2, seconds=60.0)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["open", "done", "done", "flagged", "load", "move out", "give", "take", "free"]),
        st.integers(1, ARTICLES),
        st.integers(1, len(PEOPLE)),
    ),
    max_size=40,
)


def naive(conn: sqlite3.Connection, who: int, *, mine: bool) -> list[tuple[int, str]]:
    """Return the articles that an annotator has, of all or of what is assigned or free, with the status of each."""
    statuses = dict(conn.execute("SELECT article, status FROM layer WHERE annotator = ?", (who,)))
    places = {row[0] for row in conn.execute("SELECT article FROM assignment WHERE annotator = ?", (who,))}
    free = {row[0] for row in conn.execute("SELECT article FROM quota WHERE taken < places")}
    chosen = sorted(places | free) if mine else range(1, ARTICLES + 1)
    return [(number, statuses.get(number, "todo")) for number in chosen]


@settings(max_examples=60, deadline=None)
@given(acts=ACTS, few=st.sampled_from([0, 5_000]))
def test_what_is_to_do_is_what_a_walk_finds(
    conn: sqlite3.Connection, acts: list[tuple[str, int, int]], few: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annotator.store.queue_source.FEW", few)  # both ways to come to the same
        assert_as_walked(conn, acts)


def assert_as_walked(conn: sqlite3.Connection, acts: list[tuple[str, int, int]]) -> None:
    """Do all this, compare what is to do with a walk over everything, and take it back."""
    conn.execute("BEGIN")
    try:
        for what, article, who in acts:
            act(conn, what, article, who)
        assert set(conn.execute("SELECT * FROM ahead")) == set(conn.execute(RUNS_AHEAD))
        assert set(conn.execute("SELECT * FROM assigned")) == set(conn.execute(PLACES))
        for who, name in enumerate(PEOPLE, 1):
            mine = to_do.has_places(conn, name)
            undone = [number for number, status in naive(conn, who, mine=mine) if status in ("todo", "open")]
            for after in range(ARTICLES + 1):
                assert to_do.next_to_do(conn, name, after=after) == next((n for n in undone if n > after), None)
            for status in (None, *STATUSES):
                for only_mine in (False, True):
                    assert_pages(conn, name, who, QueueFilter(status=status, mine=only_mine))
    finally:
        conn.execute("ROLLBACK")


def assert_pages(conn: sqlite3.Connection, name: str, who: int, chosen: QueueFilter) -> None:
    """Compare pages either way, the count and the way on through what is not done with a walk."""
    rows = [row for row in naive(conn, who, mine=chosen.mine) if chosen.status in (None, row[1])]
    expected = [number for number, _ in rows]
    forward: list[int] = []
    while page := queue.page(conn, name, chosen, after=forward[-1] if forward else 0, limit=5):
        forward += [row.article for row in page]
    back: list[int] = []
    while page := queue.page(conn, name, chosen, before=back[0] if back else 2**62, limit=5):
        back = [row.article for row in page] + back
    assert forward == back == expected
    assert queue.count(conn, name, chosen) == len(expected)
    undone = [number for number, status in rows if status in ("todo", "open")]
    for after, kept in ((0, ()), (4, (2, 7)), (9, (3,))):
        among = {*expected, *kept}
        assert queue.place(conn, name, chosen, after, kept=kept) == (sum(n <= after for n in among), len(among))
        found = queue.beyond(conn, name, chosen, after, step=1, to_do=True)
        assert (found and found[0]) == next((n for n in undone if n > after), None)


def test_somebody_who_is_not_known_has_everything_to_do(conn: sqlite3.Connection) -> None:
    assert to_do.next_to_do(conn, "nobody", after=3) == 4
    assert to_do.next_to_do(conn, "nobody", after=ARTICLES) is None
    everything = [row.article for row in queue.page(conn, "nobody", QueueFilter(status="todo"))]
    assert everything == [*range(1, ARTICLES + 1)]
    conn.execute("BEGIN")
    act(conn, "free", 5, 1)
    assert to_do.next_to_do(conn, "nobody", after=0) == 5
    conn.execute("ROLLBACK")


def steps(conn: sqlite3.Connection, question: Callable[[], object]) -> int:
    """Return how many steps SQLite's machine takes for a question."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    conn.set_progress_handler(step, 1)
    question()
    conn.set_progress_handler(None, 1)
    return count


def worked(path: Path, articles: int) -> sqlite3.Connection:
    """Make a database in which nearly all is done: by ana in turn, by bob what is assigned, by cleo what is free."""
    conn = opened(path, articles)
    conn.execute("BEGIN")
    conn.executemany(LAYER, [(number, 1, "done", TIME) for number in range(1, articles - 5)])
    conn.executemany(LAYER, [(number, 2, "done", TIME) for number in range(2, articles - 5, 2)])
    give(conn, [(number, "bob") for number in range(2, articles + 1, 2)], kind="named", time=TIME)
    conn.execute("COMMIT")
    return conn


QUESTIONS: dict[str, Callable[[sqlite3.Connection], Any]] = {
    "next": lambda conn: to_do.next_to_do(conn, "ana", after=0),
    "next assigned": lambda conn: to_do.next_to_do(conn, "bob", after=0),
    "to do": lambda conn: [row.article for row in queue.page(conn, "ana", QueueFilter(status="todo"))],
    "to do, back": lambda conn: [
        row.article for row in queue.page(conn, "ana", QueueFilter(status="todo"), before=2**62)
    ],
    "to do of another": lambda conn: queue.beyond(conn, "bob", QueueFilter(by="ana", status="todo"), 1, step=1),
    "mine to do": lambda conn: [row.article for row in queue.page(conn, "bob", QueueFilter(mine=True, status="todo"))],
    "mine open": lambda conn: queue.page(conn, "bob", QueueFilter(mine=True, status="open")),
    "next in a filter": lambda conn: queue.beyond(conn, "ana", QueueFilter(by="bob"), 1, step=1, to_do=True),
    "next of one's own": lambda conn: queue.beyond(conn, "bob", QueueFilter(by="bob"), 1, step=1, to_do=True),
}


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[sqlite3.Connection]]:
    folder = tmp_path_factory.mktemp("worked")
    with closing(worked(folder / "few.db", 100)) as few, closing(worked(folder / "many.db", 1_600)) as many:
        yield [few, many]


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_has_been_done_costs_nothing(
    name: str, few_and_many: list[sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.store.queue_source.FEW", 0)  # the same way whatever the number of articles
    few, many = (steps(conn, lambda conn=conn: QUESTIONS[name](conn)) for conn in few_and_many)  # type: ignore[misc]
    assert many <= few + 20


def test_what_is_free_is_found_past_what_one_has_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.store.queue_source.FEW", 0)
    counts = []
    chosen = QueueFilter(mine=True, status="todo")
    for articles in (100, 1_600):
        with closing(opened(tmp_path / f"{articles}.db", articles)) as conn:
            conn.execute("BEGIN")
            open_to_all(conn, range(1, articles + 1), places=2, seconds=60.0)
            conn.executemany(LAYER, [(number, 3, "done", TIME) for number in range(1, articles - 5)])
            conn.execute("COMMIT")
            assert to_do.next_to_do(conn, "cleo", after=0) == articles - 5
            assert to_do.next_to_do(conn, "gold", after=0) == 1
            assert [row.article for row in queue.page(conn, "cleo", chosen)] == [*range(articles - 5, articles + 1)]
            counts += [
                steps(conn, lambda conn=conn: to_do.next_to_do(conn, "cleo", after=0)),  # type: ignore[misc]
                steps(conn, lambda conn=conn: queue.page(conn, "cleo", chosen)),  # type: ignore[misc]
            ]
    assert counts[2] <= counts[0] + 20
    assert counts[3] <= counts[1] + 20


def test_done_and_undone_that_take_turns_are_looked_through(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "a.db", 200)) as conn:
        conn.executemany(LAYER, [(number, 1, "done", TIME) for number in range(2, 201, 2)])
        conn.executemany(LAYER, [(number, 2, "done", TIME) for number in (*range(2, 201, 2), 181)])
        chosen = QueueFilter(by="bob")
        assert queue.beyond(conn, "ana", chosen, 0, step=1, to_do=True) == (181, None)
        assert queue.beyond(conn, "ana", chosen, 181, step=1, to_do=True) is None
