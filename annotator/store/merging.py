"""Taking in what was done in another file, article by article.

Invariant: articles are the same if their texts are, annotators if their names are, or were (`names`).  Nothing here
is overwritten: a layer is appended to where the other file's goes on from it, and where both went on the other's is put
beside it under a second name.  Taking in the same file again changes nothing.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from shlex import quote
from typing import Any, Final

from annotator.core.layer import Kind, Layer
from annotator.core.text import digest_of
from annotator.errors import StoreError
from annotator.store import people, schemas
from annotator.store.assignment import give_up_second
from annotator.store.connection import connect, explained, reading
from annotator.store.grafting import Target, checked, graft, same_content
from annotator.store.layers import annotator_id
from annotator.store.lineage import Line, Stem, standing, stem
from annotator.store.merge_report import Conflict, MergeReport, Outcome, Strange
from annotator.store.migrations import day_in, is_current
from annotator.store.names import RESTORED, called_here, mark, now_called, restored
from annotator.store.visits import Visit, merge_visit, visit_is_news

_CHUNK: Final = 200  # articles that are read at a time
_SECOND: Final = re.compile(r"(.+)~([2-9]|[1-9]\d+)")


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the other file to take in; all of it where None.

    Args:
        articles: Numbers there, rising.
        annotators: Names there.
    """

    articles: Sequence[int] | None = None
    annotators: Collection[str] | None = None


ALL: Final = Selection()


def take_in(
    conn: sqlite3.Connection,
    path: Path,
    *,
    chosen: Selection = ALL,
    dry_run: bool = False,
    new: bool = False,
    by: str | None = None,
    tell: Callable[[int], None] = lambda articles: None,
) -> MergeReport:
    """Take in another file, in the caller's transaction.

    Args:
        conn: Where to write; with `dry_run` only read.
        path: The other file, which is opened read-only.
        chosen: What of it.
        dry_run: Write nothing, and say what would be written.
        new: Whether this file has nothing yet, not even its schemas.
        by: Who takes it in.  Changes of gold layers by people who are no leads here are left out unless this is a lead;
            None leaves out nothing.
        tell: Told how many more articles were looked at.

    Raises:
        StoreError: If the other file cannot be read, is damaged, or is of another schema; nothing may be kept then.
    """
    with closing(connect(path, read_only=True)) as opened:
        with explained(path):
            current = is_current(opened, path)
        if not current:
            what = f"{path} was made by an older version of this tool"
            raise StoreError(what, hint=f"open it once: `annotator --db {quote(str(path))} status`")
        with reading(opened):
            other = _Elsewhere(opened, path)
            if new:
                _copy_schemas(conn, other)
            _refuse_unfit(conn, other, path)
            return _Merge(conn, other, path, chosen, by=by, dry_run=dry_run).run(tell)


class _Elsewhere:
    """The other file: what goes wrong there is said of it, and not of this one."""

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self._conn = conn
        self._path = path

    def execute(self, sql: str, values: Any = (), /) -> _Rows:
        with explained(self._path):
            return _Rows(self._conn.execute(sql, values).fetchall())


class _Rows(list[Any]):
    def fetchall(self) -> list[Any]:
        return self

    def fetchone(self) -> Any:
        return self[0] if self else None


def _copy_schemas(conn: sqlite3.Connection, other: _Elsewhere) -> None:
    conn.execute("DELETE FROM schema")
    for table, query in schemas.COPIED:
        for row in other.execute(query):
            conn.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _refuse_unfit(conn: sqlite3.Connection, other: _Elsewhere, path: Path) -> None:
    """Refuse a file that is damaged, or whose schema is another."""
    found = other.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(f"{path} is damaged: {str(found).splitlines()[-1]}", hint="restore a backup of it")
    ours, theirs = conn.execute(schemas.IN_FORCE).fetchone(), other.execute(schemas.IN_FORCE).fetchone()
    if theirs is None or ours is None or ours[1] != theirs[1]:
        names = f"{theirs[0] if theirs else 'none'}, here it is {ours[0] if ours else 'none'}"
        same = " of the same name with other content" if theirs and ours and ours[0] == theirs[0] else ""
        raise StoreError(f"{path} has another schema: {names}{same}", hint="bring both files to the same schema first")


class _Merge:
    """One other file being taken in."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        other: _Elsewhere,
        path: Path,
        chosen: Selection,
        *,
        by: str | None,
        dry_run: bool,
    ) -> None:
        self._conn = conn
        self._other = other
        self._chosen = chosen
        self._dry = dry_run
        self._report = MergeReport(path)
        self._leads = people.leads(conn) if by is not None else []
        self._settlers = people.settlers(conn)
        self._by = by
        rows = other.execute("SELECT id, name, kind FROM annotator").fetchall()
        self._called = called_here(conn, other)
        self._there = {id: name for id, name, _ in rows if self._wanted(name)}
        self._names = {id: self._called.get(name, name) for id, name in self._there.items()}
        self._kinds: dict[str, Kind] = {self._called.get(name, name): kind for _, name, kind in rows}
        self._report.called = {name: self._called[name] for name in self._there.values() if name in self._called}
        for name in self._names.values():
            found = conn.execute("SELECT kind FROM annotator WHERE name = ?", (name,)).fetchone()
            if found is not None and found[0] != self._kinds[name]:
                what = f"annotator {name!r} is {self._kinds[name]} in {path} and {found[0]} here"
                raise StoreError(what, hint="rename one of them first")
        second = {self._called.get(name, name) for name in restored(other)}
        self._restored = {name for name in second if not people.has(conn, name)}

    def _wanted(self, annotator: str) -> bool:
        return self._chosen.annotators is None or annotator in self._chosen.annotators

    def run(self, tell: Callable[[int], None]) -> MergeReport:
        """Take in everything that was chosen."""
        for rows in self._pages():
            for row in rows:
                self._article(row)
            tell(len(rows))
        self._places()
        return self._report

    def _pages(self) -> Iterator[list[Any]]:
        """Yield the articles that were chosen, some at a time, without their texts."""
        columns = (
            "SELECT a.id, a.key, a.digest, a.length, a.loaded, a.title, a.meta, d.date FROM article a "
            "LEFT JOIN day d ON d.article = a.id WHERE "
        )
        numbers = self._chosen.articles
        if numbers is None:
            last = 0
            sql = f"{columns} a.id > ? ORDER BY a.id LIMIT {_CHUNK}"
            while rows := self._other.execute(sql, (last,)).fetchall():
                yield rows
                last = rows[-1][0]
            return
        for at in range(0, len(numbers), _CHUNK):
            part = numbers[at : at + _CHUNK]
            marks = ", ".join("?" * len(part))
            yield self._other.execute(f"{columns} a.id IN ({marks}) ORDER BY a.id", part).fetchall()

    def _article(self, row: tuple[Any, ...]) -> None:
        there, _, digest, _, _, title, meta, _ = row
        found = self._conn.execute(
            "SELECT id, key, title = ? AND meta = ? FROM article WHERE digest = ?", (title, meta, digest)
        ).fetchone()
        if found is None:
            number, name = self._add_article(row)
        else:
            number, name, same = found
            self._report.known += 1
            self._report.differing += not same
        layers = self._other.execute(
            "SELECT annotator FROM layer WHERE article = ? ORDER BY annotator", (there,)
        ).fetchall()
        for (annotator,) in layers:
            if annotator in self._names:
                self._layer(there, number, name, annotator)
        self._visits(there, number)

    def _add_article(self, row: tuple[Any, ...]) -> tuple[int | None, str]:
        """Add an article that is not here; its number here (None for a dry run) and its key."""
        there, key, digest, length, loaded, title, meta, day = row
        text = self._other.execute("SELECT text FROM article WHERE id = ?", (there,)).fetchone()[0]
        if digest_of(text) != digest:
            raise StoreError(
                f"{self._report.path}: the text of article {key!r} is not what was stored",
                hint="restore a backup of that file",
            )
        name, number = key, 2
        while self._conn.execute("SELECT 1 FROM article WHERE key = ?", (name,)).fetchone():
            name, number = f"{key}~{number}", number + 1
        if name != key:
            self._report.renamed[key] = name
        self._report.articles += 1
        if self._dry:
            return None, name
        cursor = self._conn.execute(
            "INSERT INTO article (key, digest, length, loaded, title, meta, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, digest, length, loaded, title, meta, text),
        )
        here = int(cursor.lastrowid or 0)
        day = day or day_in(meta) or loaded[:10]  # none where that table is damaged, which loses no article
        self._conn.execute("UPDATE day SET date = ? WHERE article = ? AND date <> ?", (day, here, day))
        return here, name

    def _layer(self, there: int, here: int | None, key: str, number: int) -> None:
        """Take in the layer of an annotator with a number there: onto the one here, beside it, or not at all."""
        annotator = self._names[number]
        theirs = stem(self._other, there, self._there[number], names=self._called)
        assert theirs is not None  # it was listed in the same snapshot
        ours = stem(self._conn, here, annotator) if here is not None else None
        target = Target(here or 0, annotator, self._kinds[annotator], ours)
        if ours is not None:
            outcome = self._onto(target, ours, key, theirs)
        elif here is not None and self._under_first_name(here, annotator, theirs):
            outcome = "same"
        elif self._withheld(target, key, theirs.lines):
            outcome = "withheld"
        else:
            outcome = "new"
            self._graft(target, key, theirs)
        self._report.layers[outcome] += 1

    def _onto(self, target: Target, ours: Stem, key: str, theirs: Stem) -> Outcome:
        found = standing(ours, theirs)
        if found.how == "same" or found.how == "behind":
            return found.how
        if found.how == "ahead":
            if self._withheld(target, key, found.there.lines[len(found.here.lines) :]):
                return "withheld"
            self._graft(replace(target, here=found.here, back=found.back), key, found.there)
            return "forward"
        layer = self._checked(key, target.annotator, theirs)
        if same_content(self._conn, ours, layer) or self._under_first_name(target.article, target.annotator, theirs):
            return "same"
        if self._withheld(target, key, theirs.lines[found.common :]):
            return "withheld"
        beside, more = self._beside(target, theirs, layer)
        known = len(beside.here.lines) if beside.here else 0
        batches = len(more.lines) - known if more else 0
        if more:
            self._graft(beside, key, more, layer)
        elif self._first_name(target.annotator):
            return "same"  # a second name there, too, and here under another
        lengths = len(ours.lines) - found.common, len(theirs.lines) - found.common
        conflict = Conflict(key, target.annotator, beside.annotator, found.common, *lengths, batches)
        self._report.conflicts.append(conflict)
        return "conflict"

    def _beside(self, target: Target, theirs: Stem, layer: Layer) -> tuple[Target, Stem | None]:
        """Return the first second name that is free or has this layer, and what is to be taken in under it, if any."""
        base = self._first_name(target.annotator) or target.annotator
        for number in count(2):
            former = now_called(self._conn, f"{base}~{number}")
            name = former or f"{base}~{number}"
            kept = self._conn.execute("SELECT kind FROM annotator WHERE name = ?", (name,)).fetchone()
            if name == target.annotator or (kept and kept[0] != target.kind):
                continue
            here = stem(self._conn, target.article, name)
            if here is None:
                if former:
                    continue  # somebody in their own right by now
                return Target(target.article, name, target.kind), theirs
            found = standing(here, theirs)
            if found.how == "ahead":
                return Target(target.article, name, target.kind, found.here, found.back), found.there
            if found.how != "parted" or same_content(self._conn, here, layer):
                return Target(target.article, name, target.kind, here), None
        raise AssertionError("there is always another number")

    def _first_name(self, annotator: str) -> str:
        """Return whose layers lie under a second name; "" if it is none."""
        second = _SECOND.fullmatch(annotator)
        return second[1] if second and second[1] in self._kinds else ""

    def _under_first_name(self, article: int, annotator: str, theirs: Stem) -> bool:
        """Say whether what lies under a second name there has all come from the layer here under the first.

        So it is where each of two files is taken into the other.
        """
        first = self._first_name(annotator)
        here = stem(self._conn, article, first) if first else None
        return here is not None and standing(here, theirs).how in ("same", "behind")

    def _withheld(self, target: Target, key: str, lines: Sequence[Line]) -> bool:
        """Say whether entries are changes of gold that are left out, and note whose they are in any case."""
        if target.kind != "gold" or not self._leads:
            return False
        strangers = {line.author for line in lines if not line.moved} - self._settlers
        if not strangers:
            return False
        taken = self._by in self._leads
        self._report.strange.append(Strange(key, target.annotator, tuple(sorted(strangers)), taken))
        return not taken

    def _checked(self, key: str, annotator: str, theirs: Stem) -> Layer:
        where = f"{self._report.path}: the layer of {annotator!r} of article {key!r}"
        return checked(self._other, theirs, where=where)

    def _graft(self, target: Target, key: str, theirs: Stem, layer: Layer | None = None) -> None:
        layer = layer or self._checked(key, target.annotator, theirs)
        self._report.batches += len(theirs.lines) - (len(target.here.lines) if target.here else 0)
        if not self._dry:
            graft(self._conn, target, theirs, layer, kinds=self._kinds)
            if target.annotator in self._restored:
                mark(self._conn, self._annotator(target.annotator), RESTORED)
            if _SECOND.fullmatch(target.annotator) or target.annotator in self._restored:
                give_up_second(self._conn, target.annotator, [target.article])

    def _visits(self, there: int, here: int | None) -> None:
        """Take in the times at work."""
        rows = self._other.execute(
            'SELECT annotator, seconds, start, "end", top, time FROM visit WHERE article = ?', (there,)
        )
        for number, seconds, start, end, top, time in rows:
            if number in self._names:
                name = self._names[number]
                visit = Visit(start, end, top, seconds)
                if here is None or visit_is_news(self._conn, name, here, visit, time=time):
                    self._report.visits += 1
                    if not self._dry and here is not None:
                        self._annotator(name)
                        merge_visit(self._conn, name, here, visit, time=time)

    def _annotator(self, name: str) -> int:
        return annotator_id(self._conn, name, self._kinds[name])

    def _places(self) -> None:
        """Take in where somebody was in the queue who has no place in this one."""
        if self._dry:
            return
        rows = self._other.execute("SELECT p.annotator, r.digest FROM place p JOIN article r ON r.id = p.article")
        for annotator, digest in rows:
            found = self._conn.execute("SELECT id FROM article WHERE digest = ?", (digest,)).fetchone()
            if annotator in self._names and found is not None:
                who = self._annotator(self._names[annotator])
                self._conn.execute("INSERT OR IGNORE INTO place (annotator, article) VALUES (?, ?)", (who, found[0]))
