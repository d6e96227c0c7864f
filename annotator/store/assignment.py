"""Places at articles: who is to read what, and claims to what anybody may.

Invariant: an article with a quota never gets more places than it says, however many people come at once: a place is
counted and taken in one write transaction.  A claim that has lapsed is gone before anything is counted; one on which
there is work never lapses.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from annotator.core.drawing import Holders
from annotator.errors import TakenError
from annotator.store.people import SECOND
from annotator.store.queue import QueueFilter, numbers

PlaceKind = Literal["named", "calibration", "claim"]

_HOLDERS: Final = (
    "SELECT count(*) FROM (SELECT annotator FROM assignment WHERE article = ?2 UNION SELECT l.annotator FROM layer l "
    "JOIN annotator a ON a.id = l.annotator WHERE l.article = ?2 AND a.kind = 'human' AND a.id NOT IN ({}))"
)
SLACK: Final = 60.0  # seconds
_HUMAN_LAYERS: Final = (
    "SELECT l.article, a.name, a.id FROM layer l JOIN annotator a ON a.id = l.annotator WHERE a.kind = 'human' "
    f"AND a.id NOT IN ({SECOND})"
)


@dataclass(frozen=True, slots=True)
class Share:
    """What an annotator has to do.

    Args:
        annotator: Who.
        named: Articles given by name.
        calibration: Articles of the set that all read.
        claimed: Articles taken from those open to anybody.
        todo: Of all these, those without a layer.
        open: Those begun.
        flagged: Those flagged.
        done: Those done.
    """

    annotator: str
    named: int
    calibration: int
    claimed: int
    todo: int
    open: int
    flagged: int
    done: int


def later(time: str, seconds: float) -> str:
    """Return the time so many seconds after another, in the same form."""
    return (datetime.fromisoformat(time) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def scope(conn: sqlite3.Connection, chosen: QueueFilter) -> array[int]:
    """Return the numbers of the articles that a filter lets through, in order."""
    return array("q", numbers(conn, chosen))


def held(conn: sqlite3.Connection) -> Holders:
    """Return who has each article, by a place or by work on it; of humans only, and second names only by a place."""
    names = dict(conn.execute("SELECT id, name FROM annotator").fetchall())
    places = "SELECT article, annotator FROM assignment"
    rows = conn.execute(f"SELECT article, id FROM ({_HUMAN_LAYERS}) UNION ALL {places} ORDER BY 1")
    return Holders((article, names[number]) for article, number in rows)


def calibration(conn: sqlite3.Connection) -> set[int]:
    """Return the articles of the set that all read."""
    rows = conn.execute("SELECT DISTINCT article FROM assignment WHERE kind = 'calibration'")
    return {article for (article,) in rows}


def give(
    conn: sqlite3.Connection, places: Iterable[tuple[int, str]], *, kind: PlaceKind, time: str, most: int | None = None
) -> int:
    """Give places to annotators by name; a place that somebody has is theirs in this way from now on.

    Args:
        conn: In the caller's transaction.
        places: Articles' numbers and annotators' names.
        kind: What a place is.
        time: Now.
        most: How many humans an article may have; a place beyond that is not given.  None for any number.

    Returns:
        How many places were given or are now of another kind.
    """
    ids = dict(conn.execute("SELECT name, id FROM annotator WHERE retired = ''").fetchall())
    rows = [(ids[name], article, kind, time) for article, name in places if name in ids]
    sql = "INSERT INTO assignment (annotator, article, kind, time) "
    if most is not None:  # somebody may have come since the places were counted
        # Nobody is added within this transaction, so second names are looked for once and not for every place.
        holders = _HOLDERS.format(", ".join(str(number) for (number,) in conn.execute(SECOND)))
        sql += f"SELECT ?1, ?2, ?3, ?4 WHERE ({holders}) < {most:d} ON CONFLICT DO NOTHING"
        return conn.executemany(sql, rows).rowcount
    return conn.executemany(
        f"{sql} VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, lapses = ''", rows
    ).rowcount


def keep_work(conn: sqlite3.Connection, articles: Sequence[int], *, kind: PlaceKind, retired: bool) -> None:
    """Give everybody a place at those of some articles on which they have worked, unless they have one.

    Args:
        conn: In the caller's transaction.
        articles: Their numbers, in order.
        kind: What to call such a place.
        retired: Whether also those who have left, whose work takes up a place of a quota.
    """
    if not articles:
        return
    known = f"{_HUMAN_LAYERS} AND l.article BETWEEN ? AND ?{'' if retired else ' AND a.retired = ?'}"
    bounds = [articles[0], articles[-1], *([] if retired else [""])]
    time = "(SELECT updated FROM layer l WHERE l.article = ?2 AND l.annotator = ?1)"
    conn.executemany(
        f"INSERT OR IGNORE INTO assignment (annotator, article, kind, time) VALUES (?1, ?2, ?3, {time})",
        ((number, article, kind) for article, _, number in conn.execute(known, bounds) if _among(articles, article)),
    )


def _among(articles: Sequence[int], article: int) -> bool:
    """Say whether an article is one of these, which are in order."""
    at = bisect_left(articles, article)
    return at < len(articles) and articles[at] == article


def open_to_all(conn: sqlite3.Connection, articles: Sequence[int], *, places: int, seconds: float) -> int:
    """Have so many places at each of these articles that are taken as people come, and return how many were not so.

    Args:
        conn: In the caller's transaction.
        articles: Their numbers, in order.
        places: At each of them, those taken already included.
        seconds: After which a claim without work lapses.
    """
    keep_work(conn, articles, kind="claim", retired=True)
    before = conn.total_changes
    conn.executemany(
        "INSERT INTO quota (article, places, seconds, taken) VALUES "
        "(?1, ?2, ?3, (SELECT count(*) FROM assignment WHERE article = ?1)) "
        "ON CONFLICT DO UPDATE SET places = excluded.places, seconds = excluded.seconds "
        "WHERE (places, seconds) <> (excluded.places, excluded.seconds)",
        [(article, places, seconds) for article in articles],
    )
    return conn.total_changes - before


def clear(conn: sqlite3.Connection, articles: Sequence[int], names: Collection[str] | None) -> tuple[int, int]:
    """Take back the places without work at some articles, and what was open to all there.

    Args:
        conn: In the caller's transaction.
        articles: Their numbers.
        names: Only these annotators' places, and nothing that was open to all; everybody's if None.

    Returns:
        How many places were taken back, and how many articles are no longer open to all.
    """
    ids = dict(conn.execute("SELECT name, id FROM annotator").fetchall())
    whose = [None] if names is None else [ids[name] for name in names]
    gone = conn.executemany(
        "DELETE FROM assignment WHERE article = ?1 AND (?2 IS NULL OR annotator = ?2) AND NOT EXISTS "
        "(SELECT 1 FROM layer l WHERE l.article = assignment.article AND l.annotator = assignment.annotator)",
        [(article, one) for article in articles for one in whose],
    ).rowcount
    if names is not None:
        return gone, 0
    closed = conn.executemany("DELETE FROM quota WHERE article = ?", [(article,) for article in articles]).rowcount
    return gone, closed


def give_up_second(conn: sqlite3.Connection, name: str, articles: Iterable[int]) -> None:
    """Free the places that layers under a second name have taken up; nothing happens under any other name.

    Args:
        conn: In the caller's transaction.
        name: The name.
        articles: Numbers of articles.
    """
    sql = (
        "DELETE FROM assignment WHERE annotator = (SELECT id FROM annotator WHERE name = ?) AND article = ? "
        f"AND kind = 'claim' AND annotator IN ({SECOND})"
    )
    conn.executemany(sql, [(name, article) for article in articles])


def lapsed(conn: sqlite3.Connection, *, time: str) -> bool:
    """Say whether there are claims that have lapsed and are still there."""
    sql = f"SELECT 1 FROM assignment WHERE {_LAPSED} LIMIT 1"
    return conn.execute(sql, (time, later(time, SLACK))).fetchone() is not None


def release(conn: sqlite3.Connection, *, time: str) -> int:
    """Take away the claims that have lapsed, and return how many."""
    return conn.execute(f"DELETE FROM assignment WHERE {_LAPSED}", (time, later(time, SLACK))).rowcount


# A claim from the future was made before somebody put the clock back, and must not last until then.  One from a
# moment later than now may be by somebody who was quicker to write than who looked at the clock first.
_LAPSED: Final = "lapses <> '' AND (lapses <= ? OR time > ?)"


def claim(conn: sqlite3.Connection, annotator: int, article: int, *, time: str) -> bool:
    """Take a place at an article whose places are taken as people come; nothing happens at any other.

    Args:
        conn: In the caller's transaction.
        annotator: The annotator's number.
        article: The article's.
        time: Now.

    Returns:
        Whether there was something to write.

    Raises:
        TakenError: If all places are others'.
    """
    row = conn.execute(
        "SELECT q.places, q.seconds FROM quota q JOIN annotator a ON a.id = ? WHERE q.article = ? AND a.kind = 'human'",
        (annotator, article),
    ).fetchone()
    if row is None:
        return False
    places, seconds = row
    release(conn, time=time)
    own = conn.execute(
        "SELECT lapses FROM assignment WHERE annotator = ? AND article = ?", (annotator, article)
    ).fetchone()
    if own is not None:
        if own[0]:
            _write(conn, annotator, article, time=time, lapses=later(time, seconds))
        return bool(own[0])
    taken = conn.execute("SELECT taken FROM quota WHERE article = ?", (article,)).fetchone()[0]
    if taken >= places:
        raise _all_taken(conn, article, places)
    _write(conn, annotator, article, time=time, lapses=later(time, seconds))
    return True


def _write(conn: sqlite3.Connection, annotator: int, article: int, *, time: str, lapses: str) -> None:
    conn.execute(
        "INSERT INTO assignment (annotator, article, kind, time, lapses) VALUES (?, ?, 'claim', ?, ?) "
        "ON CONFLICT DO UPDATE SET time = excluded.time, lapses = excluded.lapses",
        (annotator, article, time, lapses),
    )


def _all_taken(conn: sqlite3.Connection, article: int, places: int) -> TakenError:
    names = conn.execute(
        "SELECT a.name FROM assignment s JOIN annotator a ON a.id = s.annotator WHERE s.article = ? ORDER BY s.time",
        (article,),
    )
    told = ", ".join(name for (name,) in names.fetchmany(4))
    what = "its place is" if places == 1 else f"all its {places} places are"
    return TakenError(f"{what} taken ({told})", hint="read it, or take another article")


def needs_claim(conn: sqlite3.Connection, annotator: str, article: int) -> bool:
    """Say whether the annotator, who may be new, has no lasting place at an article that has a quota."""
    row = conn.execute(
        "SELECT 1 FROM quota q LEFT JOIN annotator a ON a.name = ? WHERE q.article = ? "
        "AND coalesce(a.kind, 'human') = 'human' AND NOT EXISTS "
        "(SELECT 1 FROM assignment s WHERE s.annotator = a.id AND s.article = q.article AND s.lapses = '')",
        (annotator, article),
    ).fetchone()
    return row is not None


def shares(conn: sqlite3.Connection) -> list[Share]:
    """Return what each annotator who has places has to do, by name."""
    rows = conn.execute(
        "SELECT a.name, sum(s.kind = 'named'), sum(s.kind = 'calibration'), sum(s.kind = 'claim'), "
        "sum(l.status IS NULL), sum(l.status IS 'open'), sum(l.status IS 'flagged'), sum(l.status IS 'done') "
        "FROM assignment s JOIN annotator a ON a.id = s.annotator "
        "LEFT JOIN layer l ON l.article = s.article AND l.annotator = s.annotator GROUP BY a.id ORDER BY a.name"
    )
    return [Share(*row) for row in rows]


def quotas(conn: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Return how many articles are open to all, their places, how many of these are taken, and what goes beyond them.

    An article may have more annotators than places, having been given to them before; its places are taken then.
    """
    row = conn.execute(
        "SELECT count(*), coalesce(sum(places), 0), coalesce(sum(min(taken, places)), 0), "
        "coalesce(sum(max(taken - places, 0)), 0) FROM quota"
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def places(conn: sqlite3.Connection) -> Iterable[tuple[str, str, PlaceKind]]:
    """Yield (article's key, annotator, kind) of every place, by article and annotator."""
    yield from conn.execute(
        "SELECT r.key, a.name, s.kind FROM assignment s JOIN annotator a ON a.id = s.annotator "
        "JOIN article r ON r.id = s.article ORDER BY s.article, a.name"
    )
