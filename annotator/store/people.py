"""The annotators: their names, roles and whether they have left.

Invariant: everything else refers to an annotator by number, so that a name, a role and leaving change nothing but the
annotator's own row.  An annotator is never deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from annotator.core.layer import Kind
from annotator.errors import InputError, RoleError
from annotator.store import names

Role = Literal["annotator", "lead"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
SECOND: Final = (
    "SELECT n.id FROM annotator n JOIN annotator b ON b.id <> n.id AND substr(n.name, 1, length(b.name)) = b.name "
    "WHERE n.name GLOB '*[~@]*' AND (substr(n.name, length(b.name) + 1) GLOB '@before-[0-9]*' OR "
    "substr(n.name, length(b.name) + 1) GLOB '@[0-9][0-9][0-9][0-9]-*Z' OR (substr(n.name, length(b.name) + 1) "
    "GLOB '~[0-9]*' AND substr(n.name, length(b.name) + 2) NOT GLOB '*[^0-9]*')) "
    f"UNION SELECT annotator FROM alias WHERE name GLOB '{names.RESTORED}*'"
)
"""The numbers of second names: under which a merge has put what somebody else's file has otherwise, or a restore what
was there once.  The same people have read these articles; nobody has read them once more."""


@dataclass(frozen=True, slots=True)
class Person:
    """An annotator.

    Args:
        id: The number.
        name: The name.
        kind: Human, model or gold.
        role: What a human may do.
        retired: Since when no more work is done under this name, as ISO 8601; "" while it is.
        layers: How many articles the annotator has a layer of.
        assigned: How many articles the annotator has a place at.
        marked: Whether the name came in by settling, fixing or the like, and not as an annotator's.
    """

    id: int
    name: str
    kind: Kind
    role: Role
    retired: str
    layers: int
    assigned: int
    marked: bool = False

    @property
    def helper(self) -> bool:
        """Whether this is somebody who settles, fixes or the like, and reads nothing."""
        return self.marked and not self.layers and not self.assigned

    @property
    def active(self) -> bool:
        """Whether work is done under this name."""
        return not self.retired


def people(conn: sqlite3.Connection) -> list[Person]:
    """Return all annotators, by name."""
    rows = conn.execute(
        "SELECT a.id, a.name, a.kind, a.role, a.retired, "
        "(SELECT coalesce(sum(layers), 0) FROM tally WHERE annotator = a.id), "
        "(SELECT count(*) FROM assignment WHERE annotator = a.id), "
        "EXISTS (SELECT 1 FROM alias WHERE name = ? || a.id) FROM annotator a ORDER BY a.name",
        (names.HELPER,),
    )
    return [Person(*row) for row in rows]


def person(conn: sqlite3.Connection, name: str) -> Person:
    """Return an annotator.

    Raises:
        InputError: If there is none of this name.
    """
    known = people(conn)
    found = next((one for one in known if one.name == name), None)
    if found is None:
        listed = ", ".join(one.name for one in known[:8]) or "nobody yet"
        raise InputError(f"no annotator {name!r}", hint=f"annotators here: {listed}")
    return found


def second_names(conn: sqlite3.Connection) -> set[str]:
    """Return the names that are second ones of annotators here; see `SECOND`."""
    return {name for (name,) in conn.execute(f"SELECT name FROM annotator WHERE id IN ({SECOND})")}


def leads(conn: sqlite3.Connection) -> list[str]:
    """Return the names of the leads who have not retired, by name."""
    rows = conn.execute("SELECT name FROM annotator WHERE role = 'lead' AND retired = '' ORDER BY name")
    return [name for (name,) in rows]


def refuse_unled(conn: sqlite3.Connection, before: Sequence[str]) -> None:
    """Refuse what has left no lead where there was one: everybody could do everything then.

    Args:
        conn: Where to read, after the change.
        before: Who were leads before it.

    Raises:
        RoleError: If it has.
    """
    if before and not leads(conn):
        raise RoleError(
            f"{before[0]!r} is the only lead: without one everybody may settle, assign and change the schema",
            hint="make somebody else a lead first, as in `annotator annotators role NAME lead`, or confirm with --yes",
        )


def settlers(conn: sqlite3.Connection) -> set[str]:
    """Return the names of those who are leads, or were until they retired."""
    return {name for (name,) in conn.execute("SELECT name FROM annotator WHERE role = 'lead'")}


def require_lead(conn: sqlite3.Connection, name: str, what: str, *, option: str = "--annotator") -> None:
    """Refuse what only a lead may do; where no lead is named, everybody may.

    Args:
        conn: Where to read.
        name: Who wants to.
        what: What it is, as in "settle".
        option: Where the command line says who it is.

    Raises:
        RoleError: If there are leads and this is none of them.
    """
    named = leads(conn)
    if named and name not in named:
        raise RoleError(
            f"only a lead may {what} here, and {name!r} is none",
            hint=f"lead: {', '.join(named[:5])}; if that is you, give {option} {named[0]}",
        )


def has(conn: sqlite3.Connection, name: str) -> bool:
    """Say whether there is an annotator of this name."""
    return conn.execute("SELECT 1 FROM annotator WHERE name = ?", (name,)).fetchone() is not None


def refuse_renamed(conn: sqlite3.Connection, name: str) -> None:
    """Refuse what would begin an annotator anew under a name that was there, and is not any more.

    Raises:
        RoleError: If there is no annotator of this name.
    """
    if not has(conn, name):
        raise RoleError(
            f"annotator {name!r} was given another name meanwhile",
            hint="leave, and begin again under that name; `annotator annotators` lists them",
        )


def admit(conn: sqlite3.Connection, name: str, *, new: bool = True) -> None:
    """Refuse a name that is nobody's, unless it may be a new one's.

    Args:
        conn: Where to read.
        name: Whose work it is to be.
        new: Whether somebody may begin by being named, where there are no leads.

    Raises:
        InputError: If there is no such annotator and there are leads, or nobody may begin so, or it is no new name.
    """
    if has(conn, name):
        return
    names.refuse_name(name)
    if not new or leads(conn) or names.now_called(conn, name):
        raise names.missing(conn, name)
    names.refuse_taken(conn, name)


def refuse_gold(conn: sqlite3.Connection, annotator: str, *, author: str, option: str = "--annotator") -> None:
    """Refuse a change of a gold layer by somebody who may not settle; of any other layer nothing is refused.

    Args:
        conn: Where to read.
        annotator: Whose layer it is.
        author: Who changes it.
        option: Where the command line says who that is.

    Raises:
        RoleError: If the layer is gold, there are leads and the author is none.
    """
    row = conn.execute("SELECT kind FROM annotator WHERE name = ?", (annotator,)).fetchone()
    if row and row[0] == "gold":
        require_lead(conn, author, "change a gold layer", option=option)


def refuse_retired(conn: sqlite3.Connection, name: str) -> None:
    """Refuse work under the name of somebody who has left.

    Raises:
        RoleError: If the annotator is retired.
    """
    row = conn.execute("SELECT retired FROM annotator WHERE name = ?", (name,)).fetchone()
    if row and row[0]:
        raise RoleError(
            f"annotator {name!r} has retired on {row[0][:10]}: layers stay, nothing new is tagged",
            hint=f"`annotator annotators retire {name} --back` if that was a mistake, or work under another name",
        )


def add(conn: sqlite3.Connection, name: str, kind: Kind, role: Role) -> None:
    """Add an annotator; somebody who only settles so far becomes one.

    Raises:
        InputError: If the name is taken, or no name.
    """
    names.refuse_name(name, kind)
    helper = next((one for one in people(conn) if one.name == name and one.helper), None)
    if helper is not None and kind == "human":
        conn.execute("DELETE FROM alias WHERE name = ?", (f"{names.HELPER}{helper.id}",))
        conn.execute("UPDATE annotator SET role = ? WHERE id = ?", (role, helper.id))
        return
    names.refuse_taken(conn, name)
    conn.execute("INSERT INTO annotator (name, kind, role) VALUES (?, ?, ?)", (name, kind, role))


def renamed(conn: sqlite3.Connection, old: str, new: str) -> dict[str, str]:
    """Return who is called otherwise if an annotator is given another name: that one, and the second names of it."""
    known = [name for (name,) in conn.execute("SELECT name FROM annotator")]
    return {name: f"{new}{name.removeprefix(old)}" for name in (old, *names.seconds_of(known, old))}


def rename(conn: sqlite3.Connection, old: str, new: str) -> None:
    """Give an annotator another name, and its second names with it; decisions in gold are the caller's to change.

    Raises:
        InputError: If there is no such annotator, or the new name is taken.
    """
    names.refuse_name(new, person(conn, old).kind)
    for before, after in renamed(conn, old, new).items():
        names.refuse_taken(conn, after, but=before)
        number = person(conn, before).id
        conn.execute("UPDATE annotator SET name = ? WHERE id = ?", (after, number))
        names.remember(conn, before, after, number)


def set_role(conn: sqlite3.Connection, name: str, role: Role) -> None:
    """Give an annotator a role.

    Raises:
        InputError: If there is no such annotator, or it is no human being.
    """
    found = person(conn, name)
    if found.kind != "human" and role != "annotator":
        raise InputError(f"{name!r} is a {found.kind} layer, not a person", hint="only people can be leads")
    conn.execute("UPDATE annotator SET role = ? WHERE id = ?", (role, found.id))


def set_retired(conn: sqlite3.Connection, name: str, time: str) -> int:
    """Retire an annotator, or take one back, and return how many places without work were given up.

    Args:
        conn: In the caller's transaction.
        name: Who.
        time: When, as ISO 8601; "" takes back.

    Raises:
        InputError: If there is no such annotator.
    """
    found = person(conn, name)
    conn.execute("UPDATE annotator SET retired = ? WHERE id = ?", (time, found.id))
    if not time:
        return 0
    return conn.execute(
        "DELETE FROM assignment WHERE annotator = ? AND NOT EXISTS "
        "(SELECT 1 FROM layer l WHERE l.article = assignment.article AND l.annotator = assignment.annotator)",
        (found.id,),
    ).rowcount
