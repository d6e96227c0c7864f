"""Back in time: taking back one batch of the journal, and the layers as they were, beside those that there are.

Invariant: nothing is taken out of the journal and no layer is overwritten; taking back is a new batch on the layer, and
what is restored goes into layers of another name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, touched
from annotator.core.history import History, is_move
from annotator.core.layer import Kind, Layer
from annotator.core.links import links_to
from annotator.core.migration import NOTHING
from annotator.core.moving import Mover
from annotator.core.record import LayerRecord, Record
from annotator.core.replay import replayed
from annotator.errors import InputError, UsageError
from annotator.project import Project
from annotator.session import Session
from annotator.store.journal import Written
from annotator.store.names import refuse_name, refuse_taken
from annotator.store.people import people, second_names

Part = tuple[str, str]
"""What of a layer an edit is about: ("span", its id), ("status", ""), ("note", ""), ("attribute", its name)."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What taking back a batch does.

    Args:
        batch: The batch that is taken back.
        edits: What is done for it.
        inverse: What would undo that.
        entry: The new batch's number; None for a dry run.
    """

    batch: Written
    edits: tuple[Edit, ...]
    inverse: tuple[Edit, ...]
    entry: int | None


def take_back(project: Project, number: int, *, author: str, dry_run: bool = False) -> TakenBack:
    """Take back one batch, however long ago, as a new batch at the end of its layer's journal.

    Args:
        project: The database; opened for writing unless it is a dry run.
        number: The batch's number in the journal.
        author: Who takes it back.
        dry_run: Only say what would be done.

    Raises:
        InputError: If there is no such batch, or what it touched was changed since; the message tells by which batches.
        StoreError: If the file cannot be read or written.
    """
    journal = project.store.journal
    batch = journal.batch(number)
    if batch is None:
        raise InputError(f"no batch {number} in the journal of {project.path}", hint="`annotator history` lists them")
    if dry_run:
        layer = project.store.layer(batch.article, batch.annotator)
        assert layer is not None  # the journal refers to it
        _refuse(project, batch, layer)
        return TakenBack(batch, batch.inverse, batch.edits, None)
    session = project.session(batch.article, batch.annotator, author=author)
    _refuse(project, batch, session.layer)  # whoever changes it from here on makes the session's batch a conflict
    _put_back(session, batch, last=_is_last(project, batch))
    session.close()
    latest = next(one for one in reversed(journal.later(batch)) if one.of == batch.id)
    return TakenBack(batch, latest.edits, latest.inverse, latest.id)


def _refuse(project: Project, batch: Written, layer: Layer) -> None:
    """Refuse what cannot be taken back."""
    entries = project.store.history(batch.article, batch.annotator)
    if is_move(entries, batch.id):
        raise InputError(
            f"batch {batch.id} moved the layer to another schema, as it did all others",
            hint="`annotator schema upgrade --back` takes the whole move back",
        )
    _refuse_changed(batch, layer, project.store.journal.later(batch))
    _refuse_linked(batch, layer, project)
    if next(one.schema for one in entries if one.id == batch.id) != entries[-1].schema:
        _refuse_unknown(batch, project)


def _is_last(project: Project, batch: Written) -> bool:
    """Say whether a batch is what the next undo of its layer would take back."""
    return History(project.store.history(batch.article, batch.annotator)).undoable == batch.id


def _put_back(session: Session, batch: Written, *, last: bool) -> None:
    """Append the inverse; as an undo where it is one, so that the screen's redo does it again."""
    if last:
        session.undo()
    else:
        session.do(batch.inverse, of=batch.id)


def _left(edits: Sequence[Edit]) -> dict[Part, Any]:
    """Return what a batch leaves behind, part by part; None for a span or attribute that is gone."""
    left: dict[Part, Any] = {}
    for edit in edits:
        match edit:
            case Add(span) | Change(_, span):
                left["span", span.id] = span
            case Remove(ref):
                left["span", ref.id] = None
            case SetStatus(status):
                left["status", ""] = status
            case SetNote(note):
                left["note", ""] = note
            case SetAttribute(name, value):
                left["attribute", name] = value
    return left


def _now(layer: Layer) -> dict[Part, Any]:
    spans: dict[Part, Any] = {("span", span.id): span for span in layer.spans}
    attributes = {("attribute", name): value for name, value in layer.attributes.items()}
    return spans | attributes | {("status", ""): layer.status, ("note", ""): layer.note}


def _refuse_changed(batch: Written, layer: Layer, later: Sequence[Written]) -> None:
    """Refuse if what the batch touched is not as it left it."""
    now = _now(layer)
    changed = {part for part, value in _left(batch.edits).items() if now.get(part) != value}
    if not changed:
        return
    gone = [one for one in later if changed & _left(one.edits).keys()]
    if gone and gone[-1].of == batch.id and gone[-1].kind in ("undo", "do"):
        raise InputError(
            f"batch {batch.id} was taken back already, by batch {gone[-1].id}",
            hint=f"`annotator undo --batch {gone[-1].id}` does it again",
        )
    names = ", ".join(f"{one.id} ({one.kind}, {one.author})" for one in gone[-5:]) or "what is not in the journal"
    more = f" and {len(gone) - 5:,} more" if len(gone) > 5 else ""
    raise InputError(
        f"batch {batch.id} cannot be taken back: {_parts(changed)} changed since, by batch {names}{more}",
        hint="take those back first, the last one first; or see `annotator restore --before`",
    )


def _refuse_linked(batch: Written, layer: Layer, project: Project) -> None:
    """Refuse if other spans link to what would go."""
    put, taken = touched(batch.inverse)
    going = {ref.id for ref in taken} - {span.id for span in put}
    if not going:
        return
    labels = project.schema.labels
    linkers = [
        span.id
        for span in layer.spans
        if span.id not in going
        and span.label in labels
        and any(links_to(span.attributes, labels[span.label].attributes, id) for id in going)
    ]
    if linkers:
        raise InputError(
            f"batch {batch.id} cannot be taken back: {_parts({('span', id) for id in linkers})} links to its spans",
            hint="take those links away first",
        )


def _refuse_unknown(batch: Written, project: Project) -> None:
    """Refuse if it would bring back what the schema in force does not know: no migration would ever see it again."""
    values = {one.name: one.value for one in batch.inverse if isinstance(one, SetAttribute) and one.value is not None}
    back = Layer(batch.article, batch.annotator, project.schema.ref, "open", tuple(touched(batch.inverse)[0]), values)
    unknown = Mover(NOTHING, project.schema, project.schema).layer(back).unknown
    if unknown:
        raise InputError(
            f"batch {batch.id} cannot be taken back: it was made under another schema, and {project.schema.ref} does "
            f"not know {unknown[0].what}",
            hint="see `annotator restore --before`, or `annotator schema upgrade --back`",
        )


def _parts(parts: set[Part]) -> str:
    names = sorted(name if kind in ("span", "attribute") else kind for kind, name in parts)
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5:,} more" if len(names) > 5 else shown


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of one layer in a restoring.

    Args:
        key: The article's key.
        spans: How many spans it had at that time.
        spans_now: How many it has now.
        batches_since: How many batches came after that time.
        new: Whether it was written; False if the very same layer was there already, or for a dry run.
        unknown: What it holds that the schema in force does not know, as from before a move to it; one for each place.
    """

    key: str
    spans: int
    spans_now: int
    batches_since: int
    new: bool
    unknown: tuple[str, ...] = ()


def restore(
    project: Project,
    *,
    annotator: str,
    to: str,
    time: str = "",
    before: int | None = None,
    article: int | None = None,
    author: str | None = None,
    dry_run: bool = False,
) -> list[Restored]:
    """Put the layers of an annotator as they were at a time into layers of another name, all of them or none.

    Layers that were not begun then are left out.  Restoring the same again changes nothing.

    Args:
        project: The database; opened for writing unless it is a dry run.
        annotator: Whose layers.
        to: The name of the new layers; of the same kind as the annotator.
        time: When, in UTC as the journal has it.
        before: Instead of a time, a batch's number: the layers as they were before it.
        article: Only this article's, by number.
        author: Who restores; None for nobody in particular.
        dry_run: Only say what would be restored.

    Raises:
        UsageError: If the new name is the old one, or the time is still to come.
        InputError: If there is no such annotator, or the new name is none, somebody's, or has another layer of an
            article already.
        RoleError: If it is a gold layer, there are leads, and the author is none.
        StoreError: If the file cannot be read or written, or a journal is damaged.
    """
    kind = project.store.journal.kind_of(annotator)
    if kind is None:
        raise InputError(f"no annotator {annotator!r} in {project.path}", hint="`annotator annotators` lists them")
    if to == annotator:
        raise UsageError(f"a layer is never restored over itself: {to!r}", hint="give another name with --to")
    _refuse_to_come(project, time)
    _refuse_somebody(project, to, kind, derived=to.startswith(f"{annotator}@"))
    if author is not None:
        project.store.refuse_gold(annotator, author=author, option="--author")
    found = []
    past = _past(project, annotator, time=time, before=before, article=article)
    if dry_run:
        return [
            Restored(key, len(layer.spans), now, since, False, _unknown(project, layer))
            for key, layer, now, since in past
        ]
    with project.loader(strict=True, restored=True) as loader:
        for key, layer, now, since in past:
            text = project.store.article(layer.article)
            reading = LayerRecord(to, kind, layer.status, layer.schema, layer.attributes, layer.note, layer.spans)
            try:
                outcome = loader.add(Record(key, text.key, text.title, text.text, text.meta, reading))
            except InputError as error:
                raise InputError(error.message, hint="give another name with --to") from error
            is_new = outcome.layer == "new"
            found.append(Restored(key, len(layer.spans), now, since, is_new, _unknown(project, layer)))
    return found


def _unknown(project: Project, layer: Layer) -> tuple[str, ...]:
    """Return what a layer holds that the schema in force does not know."""
    unknown = Mover(NOTHING, project.schema, project.schema).layer(layer).unknown
    return tuple(one.what for one in unknown)


def _refuse_somebody(project: Project, to: str, kind: Kind, *, derived: bool) -> None:
    """Refuse a name for what is restored under which somebody reads, or that nobody could have.

    Args:
        project: The database.
        to: The name.
        kind: Of whom it is to be.
        derived: Whether it is made of the annotator's name, which may be any that a file brought.
    """
    with project.store.snapshot() as conn:
        found = next((one for one in people(conn) if one.name == to), None)
        if found is None and not derived:
            refuse_name(to, kind)
            refuse_taken(conn, to)
        if found is not None and (found.layers or found.assigned) and to not in second_names(conn):
            raise InputError(
                f"annotator {to!r} has layers or articles to read, which what is restored is kept apart from",
                hint="give another name with --to",
            )


def _refuse_to_come(project: Project, time: str) -> None:
    latest = [
        batch.time for batch in project.store.journal.page(limit=1)
    ]  # later than now, if the clock was put back since
    if time > max(project.clock(), *latest):
        raise UsageError(f"{time} is still to come", hint="name a time that is past; what is now is there already")


def _past(
    project: Project, annotator: str, *, time: str, before: int | None, article: int | None
) -> Iterator[tuple[str, Layer, int, int]]:
    """Yield each layer that was begun by then: its article's key, the layer, its spans now, and batches since."""
    journal = project.store.journal
    for number in journal.layers(annotator, article=article):
        batches, since = journal.until(number, annotator, time=time, before=before)
        if not batches:
            continue
        layer = replayed(Layer(number, annotator, project.schema.ref), batches)
        now = project.store.layer(number, annotator)
        yield journal.keys([number])[number], layer, len(now.spans) if now else 0, since
