"""Fixing the readings of one annotator over many articles, with a look beforehand and one undo afterwards.

Invariant: every change goes through a session of its layer, so it is in the journal and undoable by itself, too.  A
place whose reading is not what it was when the plan was made is left as it is, and so is, when undoing, a place that
was changed since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final

from annotator.core.concordance import Occurrence
from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.fixes import Fix, Verdict, edits_of, reading_of
from annotator.core.history import History
from annotator.core.links import links_to
from annotator.core.spans import Span
from annotator.errors import ConflictError, EditError, InputError, UsageError

if TYPE_CHECKING:
    from annotator.project import Project
    from annotator.session import Session
    from annotator.store.sweeps import Part, Sweep

CHANGED_SINCE: Final = "changed since"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fix would do.

    Args:
        fix: What is to become of the places.
        annotator: Whose layers are changed.
        places: The places that it changes, in the order of articles and texts.
        left: How many places are left as they are, and why.
    """

    fix: Fix
    annotator: str
    places: tuple[Occurrence, ...]
    left: Counter[Verdict] = field(hash=False)

    @property
    def articles(self) -> int:
        """How many articles it changes."""
        return len({one.article for one in self.places})


@dataclass(slots=True)
class Outcome:
    """What was done.

    Args:
        sweep: The number of the change, by which it is undone.
        places: How many places were changed.
        articles: In how many articles.
        entries: The journal entries that say so.
        skipped: What was left as it is: the article's key, and why.
        reopened: The keys of articles that were done and have an error now.
        total: How many articles there are to go through.
    """

    sweep: int = 0
    places: int = 0
    articles: int = 0
    entries: list[int] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    total: int = 0


def plan_of(occurrences: Iterable[Occurrence], fix: Fix, *, annotator: str) -> Plan:
    """Return what a fix would do to some places of an annotator's layers."""
    left: Counter[Verdict] = Counter()
    places = []
    for one in sorted(occurrences, key=lambda one: one.place):
        verdict = fix.verdict(one.readings.get(annotator))
        if verdict == "change":
            places.append(one)
        else:
            left[verdict] += 1
    return Plan(fix, annotator, tuple(places), left)


def check_fix(project: Project, fix: Fix, *, annotator: str) -> None:
    """Refuse a fix that cannot be.

    Raises:
        UsageError: If the schema has no such label, or there is no such annotator.
    """
    labels = list(project.schema.labels)
    if fix.label is not None and fix.label not in labels:
        raise UsageError(f"the schema has no label {fix.label!r}", hint=f"known: {', '.join(labels)}")
    known = [name for name, _ in project.store.annotators()]
    if annotator not in known:
        raise UsageError(f"there is no annotator {annotator!r}", hint=f"known: {', '.join(known) or 'nobody yet'}")


def apply_plan(project: Project, plan: Plan, *, author: str, what: str) -> Iterator[Outcome]:
    """Do what a plan says, and yield how far it is after each article; the last is the outcome.

    Args:
        project: Opened for writing.
        plan: What to do.
        author: Who does it, for the journal and for undoing it.
        what: What is done, in a few words, for whoever undoes it.

    Raises:
        RoleError: If the layers are gold and the author is no lead where there are leads.
        StoreError: If the file cannot be written; articles that were changed by then stay so, and can be undone.
    """
    outcome = Outcome(total=plan.articles)
    if not plan.places:
        yield outcome
        return
    project.store.refuse_gold(plan.annotator, author=author, option="--author")
    outcome.sweep = project.begin_sweep(author, what)
    for article, places in groupby(plan.places, key=lambda one: one.article):
        session = project.session(article, plan.annotator, author=author)
        _fix_article(session, plan, list(places), outcome)
        yield outcome
    last = project.store.last_sweep(author)
    if last is not None and last.id == outcome.sweep:
        outcome.entries = [part.entry for part in last.parts]


def _fix_article(session: Session, plan: Plan, places: Sequence[Occurrence], outcome: Outcome) -> None:
    """Fix the places of one article whose readings are still those that the plan was made on."""
    name = session.article.key
    still: list[tuple[tuple[int, int], list[Span]]] = []
    for one in places:
        extent = (one.start, one.end)
        here = list(session.index.overlapping(*extent))
        if reading_of(here, extent) == one.readings[plan.annotator]:
            still.append((extent, [span for span in here if (span.start, span.end) == extent]))
        else:
            outcome.skipped.append((name, CHANGED_SINCE))
    edits = edits_of(
        plan.fix,
        still,
        head=session.head,
        schema=session.schema,
        new_id=session.new_id,
        linkers=session.linkers,
    )
    was = session.head.status
    if edits and _written(session, edits, outcome, sweep=outcome.sweep):
        outcome.places += len(still)
        outcome.articles += 1
        if was == "done" and session.head.status != "done":
            outcome.reopened.append(name)


def _written(session: Session, edits: Sequence[Edit], outcome: Outcome, *, sweep: int = 0) -> bool:
    """Write edits and wait until they are on the disk; False where somebody else was there first."""
    try:
        session.do(edits, sweep=sweep)
        session.close()
    except (EditError, ConflictError) as error:
        outcome.skipped.append((session.article.key, CHANGED_SINCE if isinstance(error, ConflictError) else str(error)))
        return False
    return True


def last_sweep(project: Project, author: str) -> Sweep:
    """Return what `undo_sweep` of an annotator would undo next.

    Raises:
        InputError: If there is nothing.
    """
    sweep = project.store.last_sweep(author)
    if sweep is None:
        raise InputError(f"{author} has no change over several articles to undo", hint="name another with --author")
    return sweep


def undo_sweep(project: Project, sweep: Sweep, *, author: str) -> Iterator[Outcome]:
    """Undo a change over several articles, and yield how far it is after each article; the last is the outcome.

    Where nothing was done since in an article, its layer is afterwards what it was before, to the last attribute.
    Else what was changed since in the same spot is left as it is, and told.

    Args:
        project: Opened for writing.
        sweep: What to undo.
        author: Who does it, for the journal.

    Raises:
        StoreError: If the file cannot be written; the sweep is not marked undone then and can be undone again.
    """
    outcome = Outcome(sweep=sweep.id, total=len(sweep.parts))
    for part in reversed(sweep.parts):
        session = project.session(part.article, part.annotator, author=author)
        _undo_part(project, session, part, outcome)
        yield outcome
    project.end_sweep(sweep.id)


def _undo_part(project: Project, session: Session, part: Part, outcome: Outcome) -> None:
    stack = History(project.store.history(part.article, part.annotator)).undo_stack
    edits, inverse = project.store.entry(part.entry)
    if part.entry not in stack:
        outcome.skipped.append((part.key, "undone already, or loaded anew since"))
        return
    later = stack[stack.index(part.entry) + 1 :]
    if not later:
        try:
            session.undo()
            session.close()
        except (EditError, ConflictError):
            outcome.skipped.append((part.key, CHANGED_SINCE))
            return
        outcome.places += sum(isinstance(edit, Add | Change | Remove) for edit in edits)
        outcome.articles += 1
        return
    since = [edit for entry in later for edit in project.store.entry(entry)[0]]
    backs = zip(reversed(edits), inverse, strict=True)
    kept = [back for edit, back in backs if not (_met(edit, since) or _linked(session, back))]
    if len(kept) < len(edits):
        outcome.skipped.append((part.key, CHANGED_SINCE))
    if kept and _written_back(session, kept):
        outcome.places += sum(isinstance(edit, Add | Change | Remove) for edit in kept)
        outcome.articles += 1
    elif kept:
        outcome.skipped.append((part.key, "does not fit any more"))


def _written_back(session: Session, edits: Sequence[Edit]) -> bool:
    """Write what undoes a part and say whether it fits; a layer that has an error by now is not marked done again."""
    without = [edit for edit in edits if not isinstance(edit, SetStatus)]
    for batch in (edits, without):
        try:
            session.do(batch)
            session.close()
        except EditError:
            continue
        except ConflictError:
            return False
        return bool(batch)
    return False


def _linked(session: Session, back: Edit) -> bool:
    """Say whether an edit takes a span away that something links to by now: the link would lead nowhere."""
    if not isinstance(back, Remove):
        return False
    whole = links_to(session.head.attributes, session.schema.attributes, back.ref.id)
    return bool(whole or session.linkers(back.ref.id))


def _met(edit: Edit, since: Iterable[Edit]) -> bool:
    """Say whether an edit's spot was touched by any of those that came after it."""
    return any(_same_spot(edit, other) for other in since)


def _same_spot(one: Edit, other: Edit) -> bool:
    if isinstance(one, SetAttribute) and isinstance(other, SetAttribute):
        return one.name == other.name
    if isinstance(one, SetStatus | SetNote) or isinstance(other, SetStatus | SetNote):
        return type(one) is type(other)
    return any(a < d and c < b for a, b in _extents(one) for c, d in _extents(other))


def _extents(edit: Edit) -> list[tuple[int, int]]:
    """Return where an edit puts spans and takes them from."""
    match edit:
        case Add(span):
            return [(span.start, span.end)]
        case Remove(ref):
            return [(ref.start, ref.end)]
        case Change(ref, span):
            return [(ref.start, ref.end), (span.start, span.end)]
    return []
