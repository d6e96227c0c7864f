"""A team on one file: who is in it, what each may do, and who reads what.

Invariant: what each function here changes, it changes in one write transaction, but for `assign`, of which every part
is whole by itself; what a role forbids is refused before anything is written.  Roles guard against mistakes, not
against people: who can write the file can do anything.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from annotator.adjudication.renaming import renaming
from annotator.core.drawing import Drawing, draw, shared_set
from annotator.core.edits import apply
from annotator.core.layer import Kind
from annotator.core.spans import Span
from annotator.errors import InputError, UsageError
from annotator.project import Project
from annotator.store import assignment, people
from annotator.store.connection import Connection
from annotator.store.layers import Batch, write_batch
from annotator.store.people import Person, Role
from annotator.store.queries import Store
from annotator.store.queue import QueueFilter

__all__ = ["Person", "Request", "Role"]

AT_ONCE: Final = 5_000  # places that are written in one transaction: others wait for it a few hundredths of a second


def add(project: Project, name: str, *, by: str, kind: Kind = "human", role: Role = "annotator") -> None:
    """Add an annotator.

    Args:
        project: The open database.
        name: The new name.
        by: Who does it.
        kind: Human, model or gold.
        role: What a human may do.

    Raises:
        InputError: If the name is taken or cannot be one.
        RoleError: If there are leads and `by` is none.
    """
    if kind != "human" and role != "annotator":
        raise InputError(f"a {kind} layer is not a person", hint="only people can be leads")

    def job(conn: Connection) -> None:
        people.require_lead(conn, by, "add annotators")
        people.add(conn, name, kind, role)

    project.writer.submit(job).result()


def set_role(project: Project, name: str, role: Role, *, by: str, unled: bool = False) -> None:
    """Give an annotator a role.

    Args:
        project: The open database.
        name: Who.
        role: What a human may do.
        by: Who does it.
        unled: Whether there may be no lead any more, so that everybody may do everything.

    Raises:
        InputError: If there is no such annotator, or it is no human being.
        RoleError: If there are leads and `by` is none, or none would be left.
    """

    def job(conn: Connection) -> None:
        people.require_lead(conn, by, "change roles")
        before = people.leads(conn)
        people.set_role(conn, name, role)
        if not unled:
            people.refuse_unled(conn, before)

    project.writer.submit(job).result()


def retire(project: Project, name: str, *, by: str, back: bool = False, unled: bool = False) -> int:
    """Retire an annotator, or take one back; return how many places without work were given up.

    Args:
        project: The open database.
        name: Who.
        by: Who does it.
        back: Whether to take back.
        unled: Whether there may be no lead any more, so that everybody may do everything.

    Raises:
        InputError: If there is no such annotator.
        RoleError: If there are leads and `by` is none, or none would be left.
    """
    time = "" if back else project.clock()

    def job(conn: Connection) -> int:
        people.require_lead(conn, by, "retire annotators")
        before = people.leads(conn)
        free = people.set_retired(conn, name, time)
        if not unled:
            people.refuse_unled(conn, before)
        return free

    return project.writer.submit(job).result()


def rename(project: Project, old: str, new: str, *, by: str) -> int:
    """Give an annotator and its second names another name, and have gold layers' decisions say it, in one transaction.

    Layers, journal and places refer to annotators by number.  Decisions name them, in what they were made on, too:
    they are written anew, as a batch of edits by whoever renames, and go on holding.

    Returns:
        In how many gold layers something was changed.

    Raises:
        InputError: If there is no such annotator, the new name is taken, or a gold layer has spans called so.
        RoleError: If there are leads and `by` is none.
    """
    time = project.clock()

    def job(conn: Connection) -> int:
        people.require_lead(conn, by, "rename annotators")
        changed: set[tuple[str, int]] = set()
        for before, after in people.renamed(conn, old, new).items():
            changed |= rename_in_gold(conn, project.path, before, after, author=by, time=time)
        people.rename(conn, old, new)
        return len(changed)

    return project.writer.submit(job).result()


def rename_in_gold(conn: Connection, path: Path, old: str, new: str, *, author: str, time: str) -> set[tuple[str, int]]:
    """Have the decisions in all gold layers name an annotator otherwise, in the caller's transaction.

    Args:
        conn: Where to write.
        path: The file that it writes.
        old: The name that they have.
        new: The name that they are to have.
        author: Who does it, for the journal.
        time: When, as ISO 8601.

    Returns:
        The layers in which something was changed, as gold annotator and article.
    """
    store = Store(conn, path)
    golds = [one.name for one in people.people(conn) if one.kind == "gold"]
    return {
        (gold, article) for gold in golds for article in _renamed(conn, store, gold, old, new, author=author, time=time)
    }


def _renamed(conn: Connection, store: Store, gold: str, old: str, new: str, *, author: str, time: str) -> list[int]:
    """Write what another name changes in the layers of a gold annotator, and return the articles."""
    changed: list[int] = []
    schema = store.schema()
    for article in store.articles_of(gold):
        layer = store.layer(article, gold)
        assert layer is not None
        known: dict[str, Mapping[str, Span]] = {}

        def reading(
            name: str, article: int = article, known: dict[str, Mapping[str, Span]] = known
        ) -> Mapping[str, Span]:
            if name not in known:
                theirs = store.layer(article, name)
                known[name] = {span.id: span for span in theirs.spans} if theirs else {}
            return known[name]

        edits = renaming(layer, schema, old=old, new=new, reading=reading)
        if edits:
            after, inverse = apply(layer, edits)
            after = replace(after, revision=layer.revision + 1)
            write_batch(conn, Batch(after, edits, inverse, author, "do", None, time))
            changed.append(article)
    return changed


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be assigned.

    Args:
        overlap: How many annotators an article is to have.
        names: Among whom; all active humans if empty, without the second names that merges and restores give, and
            without those who are here only because they settle or fix.
        chosen: Which articles.
        calibration: How many articles all are to read, apart from the overlap.
        seed: Draws by it; None gives in order.
        open_for: Seconds after which a claim without work lapses, where places are taken as people come; None where
            they are given by name.
    """

    overlap: int = 1
    names: tuple[str, ...] = ()
    chosen: QueueFilter = field(default_factory=QueueFilter)
    calibration: int = 0
    seed: int | None = None
    open_for: float | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """What was assigned, or would be.

    Args:
        articles: How many articles the filter lets through.
        calibration: How many of them all read; these are not opened to all.
        names: Among whom it was given.
        before: How many of them each had, by name.
        new: How many each is given anew, by name.
        lacking: How many places nobody is left for.
        opened: How many articles were opened to all, or now have another quota.
        left_out: Who was given nothing because of only settling or fixing so far.
    """

    articles: int
    calibration: int
    names: tuple[str, ...]
    before: Mapping[str, int]
    new: Mapping[str, int]
    lacking: int
    opened: int
    left_out: tuple[str, ...] = ()


def assign(project: Project, request: Request, *, by: str, dry_run: bool = False) -> Assigned:
    """Give articles to annotators; what they have already counts, so that doing it again changes nothing.

    What is lacking is worked out before anything is written, and written some thousands at a time, so that people who
    are at work never wait for long; what they have taken meanwhile is not given once more.

    Args:
        project: The open database.
        request: What is to be given.
        by: Who does it.
        dry_run: Only say what would be.

    Raises:
        InputError: If a name is not known, is retired or no human's.
        UsageError: If there are fewer annotators than an article is to have, or names that nothing is given to.
        RoleError: If there are leads and `by` is none.
    """
    time = project.clock()
    if not dry_run:
        project.release_lapsed()
    with project.store.snapshot() as conn:
        people.require_lead(conn, by, "assign")
        plan = _plan(conn, request)
    opened = len(plan.rest) if request.open_for is not None else 0
    if not dry_run:
        opened = _write(project, request, plan, by=by, time=time)
    new = Counter(name for _, name in plan.everybody) + plan.drawn.loads()
    shared, lacking = len(plan.shared) + plan.kept, sum(plan.drawn.lacking.values())
    return Assigned(shared + len(plan.rest), shared, plan.names, plan.before, new, lacking, opened, plan.left_out)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written: the articles that all read, the rest in order, and new places at both; see `Assigned`.

    Besides those that all are to read now, `kept` others are read by all already and are not opened.
    """

    names: tuple[str, ...]
    shared: Sequence[int]
    kept: int
    rest: Sequence[int]
    everybody: Sequence[tuple[int, str]]
    drawn: Drawing
    before: Mapping[str, int]
    left_out: tuple[str, ...]


def _plan(conn: Connection, request: Request) -> _Plan:
    names = _among(conn, request)
    articles = assignment.scope(conn, request.chosen)
    held = assignment.held(conn)
    before = Counter(name for article in articles for name in held.get(article, ()) if name in names)
    already = assignment.calibration(conn) if request.calibration or request.open_for is not None else set()
    shared: list[int] = []
    if request.calibration:
        shared = shared_set(articles, request.calibration, already=already, seed=request.seed)
    everybody = [(article, name) for article in shared for name in names if name not in held.get(article, ())]
    left_out = {*shared, *(already if request.open_for is not None else ())}
    rest = array("q", (article for article in articles if article not in left_out)) if left_out else articles
    by_name = rest if request.open_for is None else ()
    drawn = draw(by_name, names, overlap=request.overlap, held=held, seed=request.seed)
    kept = len(articles) - len(shared) - len(rest)
    told = not request.names and (request.open_for is None or request.calibration)
    helpers = () if not told else tuple(one.name for one in people.people(conn) if one.active and one.helper)
    return _Plan(names, shared, kept, rest, everybody, drawn, before, helpers)


def _write(project: Project, request: Request, plan: _Plan, *, by: str, time: str) -> int:
    """Write a plan, and return how many articles were opened to all."""

    def all_at(conn: Connection) -> None:
        people.require_lead(conn, by, "assign")
        assignment.keep_work(conn, plan.rest, kind="named", retired=False)
        shared = [(article, name) for article in plan.shared for name in plan.names]
        assignment.give(conn, shared, kind="calibration", time=time)

    project.writer.submit(all_at).result()
    places = plan.drawn.places()
    while some := [*islice(places, AT_ONCE)]:

        def give(conn: Connection, some: Sequence[tuple[int, str]] = some) -> None:
            assignment.give(conn, some, kind="named", time=time, most=request.overlap)

        project.writer.submit(give).result()
    opened = 0
    for start in range(0, len(plan.rest) if request.open_for is not None else 0, AT_ONCE):
        few = plan.rest[start : start + AT_ONCE]

        def open_(conn: Connection, few: Sequence[int] = few) -> int:
            assert request.open_for is not None
            return assignment.open_to_all(conn, few, places=request.overlap, seconds=request.open_for)

        opened += project.writer.submit(open_).result()
    return opened


def _among(conn: Connection, request: Request) -> tuple[str, ...]:
    """Return the names among whom is drawn."""
    known = people.people(conn)
    if not request.names:
        second = people.second_names(conn)
        reading = [one for one in known if one.active and one.kind == "human" and not one.helper]
        names = tuple(one.name for one in reading if one.name not in second)
    else:
        for name in request.names:
            one = people.person(conn, name)
            if one.kind != "human" or not one.active:
                what = "has retired" if one.kind == "human" else f"is a {one.kind} layer"
                raise InputError(f"{name!r} {what} and gets no articles", hint="`annotator annotators` lists who does")
        names = tuple(dict.fromkeys(request.names))
    if request.open_for is not None and request.names and not request.calibration:
        raise UsageError("--open names nobody", hint="--annotators goes with --calibration there, or leave it out")
    if request.open_for is None and len(names) < request.overlap:
        raise UsageError(
            f"an overlap of {request.overlap} takes as many annotators; there are {len(names)}",
            hint="`annotator annotators add NAME`, or a smaller --overlap",
        )
    return names


def clear(
    project: Project, chosen: QueueFilter, names: Sequence[str] = (), *, by: str, dry_run: bool = False
) -> tuple[int, int]:
    """Take back places without work.

    Args:
        project: The open database.
        chosen: At which articles.
        names: Whose; everybody's, and what is open to all, if empty.
        by: Who does it.
        dry_run: Only say what would be.

    Returns:
        How many places, and how many articles that are no longer open to all.

    Raises:
        InputError: If a name is not known.
        RoleError: If there are leads and `by` is none.
    """

    def job(conn: Connection) -> tuple[int, int]:
        people.require_lead(conn, by, "assign")
        for name in names:
            people.person(conn, name)
        done = assignment.clear(conn, assignment.scope(conn, chosen), list(names) or None)
        if dry_run:
            raise _Undone(done)
        return done

    try:
        return project.writer.submit(job).result()
    except _Undone as undone:
        return undone.done


class _Undone(Exception):
    """Ends a transaction that was only to be tried, so that it is taken back."""

    def __init__(self, done: tuple[int, int]) -> None:
        super().__init__()
        self.done = done
