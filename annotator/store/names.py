"""Names of annotators: what one may be called, who is meant, and former names.

Invariant: a former name belongs to one annotator, and nobody else is added under it; so a name in a file that was
split off before means one person here, whether that person was given another name here or there.  What files bring may
be called anything that can be printed; the rules are for names that people give.  A row of former names that
begins with "@", as no name does that people give, is no name but a mark: what its annotator is, whatever the name.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from shlex import quote
from typing import Final

from annotator.core.layer import GOLD, Kind
from annotator.errors import InputError
from annotator.store.lineage import Readable

RESTORED: Final = "@restored:"
"""Begins the mark of those under whose name a restore has put what was there once; the number follows."""
HELPER: Final = "@helper:"
"""Begins the mark of those who are here for settling, fixing or the like, and were never added as annotators."""
_EVERYBODY: Final = "all"
LONGEST: Final = 64
"""Characters of a name that a person gives."""
_REFUSED: Final = {
    ",": "separates names on the command line",
    "~": "marks what a merge has put beside a layer",
    "/": "separates folders, and exports make files of names",
    "\\": "separates folders, and exports make files of names",
}
_SECOND: Final = re.compile(r"(?:~\d+|@before-\d+|@\d{4}-[^~@]*Z)+")
"""What a merge or a restore, or one after the other, adds to a name; see `people.SECOND`."""


def refuse_name(name: str, kind: Kind = "human") -> None:
    """Refuse what no new annotator can be called.

    Raises:
        InputError: If it is empty or too long, has blanks around it or controls in it, begins like an option or a time,
            has what separates names, or is the name of the gold layers.
    """
    why = ""
    if not name.strip() or name != name.strip() or not name.isprintable():
        raise InputError(f"{name[:LONGEST]!r} is no name", hint="letters, without blanks around them")
    if len(name) > LONGEST:
        why = f"has {len(name):,} characters, and {LONGEST} are the most"
    elif name[0] in "-@":
        why = f"begins with {name[0]!r}"
    elif found := next((one for one in _REFUSED if one in name), ""):
        why = f"has {found!r} in it, which {_REFUSED[found]}"
    elif name == GOLD and kind != "gold":
        why = "is the name of the layers that hold what is settled"
    elif name.casefold() == _EVERYBODY:
        why = "means everybody on the command line"
    if why:
        raise InputError(f"{name[:LONGEST]!r} {why}", hint="give another name: letters, digits, blanks, . _ -")


def refuse_taken(conn: sqlite3.Connection, name: str, *, but: str = "") -> None:
    """Refuse a name that is somebody's, was somebody's, or differs from somebody's in letter case alone.

    Args:
        conn: Where to read.
        name: The new name.
        but: Whose names do not count, because that is who gets it.

    Raises:
        InputError: If it is.
    """
    for (known,) in conn.execute("SELECT name FROM annotator ORDER BY name"):
        if known == name:
            raise InputError(f"there is an annotator {name!r} already", hint="two people need two names")
        if known != but and known.casefold() == name.casefold():
            raise InputError(f"{name!r} differs from {known!r} in letter case alone", hint="two people need two names")
    now = now_called(conn, name)
    if now and now != but:
        raise InputError(
            f"{name!r} is what {now!r} was called before, and files that were split off then still say so",
            hint="give another name",
        )


def missing(conn: sqlite3.Connection, name: str) -> InputError:
    """Return what to say where there is no annotator of a name: who may be meant, and how to add one."""
    now = now_called(conn, name)
    if now:
        return InputError(f"no annotator {name!r} here", hint=f"{name!r} was given the name {now!r}")
    known = [one for (one,) in conn.execute("SELECT name FROM annotator ORDER BY name")]
    folded = {one.casefold(): one for one in reversed(known)}
    near = get_close_matches(name.casefold(), folded, n=1)
    lead = conn.execute("SELECT 1 FROM annotator WHERE role = 'lead' AND retired = ''").fetchone()
    hints = [f"did you mean {folded[near[0]]!r}?"] if near else []
    hints.append(f"{'a lead adds' if lead else 'add'} people with `annotator annotators add {quote(name)}`")
    return InputError(f"no annotator {name!r} here", hint=" ".join(hints))


def remember(conn: sqlite3.Connection, old: str, new: str, annotator: int) -> None:
    """Note that an annotator who was called `old` is called `new` from now on."""
    conn.execute("DELETE FROM alias WHERE name = ?", (new,))
    conn.execute("INSERT OR REPLACE INTO alias (name, annotator) VALUES (?, ?)", (old, annotator))


def refuse_former(conn: sqlite3.Connection, name: str) -> None:
    """Refuse to begin an annotator anew under a name that somebody had before.

    Raises:
        InputError: If somebody had.
    """
    now = now_called(conn, name)
    if now:
        raise InputError(
            f"{name!r} is what {now!r} was called before, and nobody begins anew under that name",
            hint=f"say {now!r} if it is the same person, or another name",
        )


def seconds_of(names: Iterable[str], first: str) -> list[str]:
    """Return those of some names that are second ones of a name, or of such a one again, in order."""
    return sorted(one for one in names if one.startswith(first) and _SECOND.fullmatch(one, len(first)))


def mark(conn: sqlite3.Connection, annotator: int, what: str) -> None:
    """Note that an annotator is something: `RESTORED` or `HELPER`."""
    conn.execute("INSERT OR REPLACE INTO alias (name, annotator) VALUES (?, ?)", (f"{what}{annotator}", annotator))


def restored(conn: Readable) -> set[str]:
    """Return the names that are marked as `RESTORED`."""
    sql = f"SELECT a.name FROM alias f JOIN annotator a ON a.id = f.annotator WHERE f.name GLOB '{RESTORED}*'"
    return {name for (name,) in conn.execute(sql).fetchall()}


def now_called(conn: Readable, former: str) -> str:
    """Return what the annotator is called now who was called so before; "" if nobody was."""
    sql = "SELECT a.name FROM alias f JOIN annotator a ON a.id = f.annotator WHERE f.name = ?"
    row = conn.execute(sql, (former,)).fetchone()
    return str(row[0]) if row else ""


def called_here(conn: Readable, there: Readable) -> Mapping[str, str]:
    """Return the names of annotators in another file who are called otherwise here, and what they are called.

    Args:
        conn: The file here.
        there: The other file.
    """
    ours = {name for (name,) in conn.execute("SELECT name FROM annotator").fetchall()}
    theirs = {name for (name,) in there.execute("SELECT name FROM annotator").fetchall()}
    former: dict[str, list[str]] = {}
    rows = there.execute("SELECT a.name, f.name FROM alias f JOIN annotator a ON a.id = f.annotator ORDER BY f.name")
    for name, before in rows.fetchall():
        former.setdefault(name, []).append(before)
    found: dict[str, str] = {}
    for name in sorted(theirs - ours):
        now = now_called(conn, name)
        for one in (now, *former.get(name, ())):
            # Who is known here by both names is one person, also where they have come to be two there.
            if one in ours and (one == now or (one not in theirs and one not in found.values())):
                found[name] = one
                break
    for first, here in [*found.items()]:
        for name in seconds_of(theirs - ours - found.keys(), first):
            found[name] = f"{here}{name.removeprefix(first)}"
    return found
