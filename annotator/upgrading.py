"""Moving a database to another schema, and back: all layers in one transaction, each by one batch in its journal.

Invariant: replaying the journals gives exactly the layers afterwards, as it did before; a layer that is taken back is
what it was.  Nothing that the new schema does not know goes without a migration that says so, and all of it is told.
A dry run goes the same way and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

from annotator.adjudication.moving import moved_decisions
from annotator.core.attributes import SETTLED, facts
from annotator.core.checks import check_layer
from annotator.core.edits import Edit, SetStatus, apply
from annotator.core.history import Entry, EntryKind, move_in_force
from annotator.core.layer import Layer
from annotator.core.migration import NOTHING, Migration
from annotator.core.moving import LayerMove, Mover, Step, unused
from annotator.core.schema import Schema
from annotator.core.schema_diff import tightened
from annotator.core.spans import Span
from annotator.errors import InputError, SchemaMovedError
from annotator.project import Project
from annotator.store.layers import Batch
from annotator.store.moving import ArticleLayers, Moving, Stored, moving

EXAMPLES: Final = 3
"""How many examples are given of each thing."""
KINDS: Final = 400
"""How many things are told apart; what is beyond is counted together."""
REST: Final = "everything else"

Tell = Callable[[int, int], None]


def _silent(done: int, of: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True, slots=True)
class Example:
    """One place: the article's key, whose layer, where, the words there, and what it was and is to be."""

    article: str
    annotator: str
    start: int
    end: int
    words: str
    before: str
    after: str


@dataclass(slots=True)
class Tally:
    """How often something happens, and examples of it."""

    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """What a move does, or has done.

    Args:
        old: The schema it begins with, as "name@version".
        new: The schema that it leads to.
        layers: How many layers are moved.
        changed: In how many of them something is changed.
        spans: How many spans are changed or taken out.
        did: What becomes of them.
        unknown: What the new schema does not know and stays as it is.
        twice: Places that come to have two or more spans of one label, by the label.
        reopened: Layers that were done and have errors under the new schema, so that they are open again.
        left: Layers that stay as they are, by the reason.
        unused: Entries of the migration file that had nothing to do.
    """

    old: str
    new: str
    layers: int = 0
    changed: int = 0
    spans: int = 0
    did: dict[str, Tally] = field(default_factory=dict)
    unknown: dict[str, Tally] = field(default_factory=dict)
    twice: dict[str, Tally] = field(default_factory=dict)
    reopened: Tally = field(default_factory=Tally)
    left: dict[str, Tally] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def upgrade(
    project: Project,
    new: Schema,
    migration: Migration = NOTHING,
    *,
    author: str,
    write: bool,
    tell: Tell = _silent,
) -> Report:
    """Move a database to another schema.

    Args:
        project: The database; its schema is the new one afterwards.
        new: The schema to move to.
        migration: What becomes of what; has no faults for these schemas.
        author: Who moves it, for the journal.
        write: Whether to do it; else it is only said what would be done.
        tell: Told after each article how many are done, and of how many.

    Raises:
        InputError: If the database is under this schema already, knows another one by its name and version, or has no
            label that the migration names.
        RoleError: If it is to be done, there are leads, and the author is none.
        StoreError: If the file cannot be read or written, or somebody else moves it; nothing is changed then.
    """
    old = project.schema
    if new.digest == old.digest:
        raise InputError(f"{project.path} is under {new.ref} already", hint="see `annotator schema show`")
    time = project.clock()
    with moving(project.path, write=write) as way:
        _refuse_moved(way, old)
        if write:
            way.store.require_lead(author, "change the schema")
        _refuse_unknown(way, migration, old)
        number, total = way.in_force, way.total()
        if write:
            way.force(new, time=time)
        elif (known := way.store.schema_by_ref(new.ref)) is not None and known.digest != new.digest:
            raise InputError(f"the database knows another schema as {new.ref}", hint="raise its version")
        work = _Upgrade(way, Mover(migration, old, new), author=author, time=time, write=write)
        for part in way.articles():
            work.article(part, number)
            tell(part.article, total)
    work.report.unused = unused(migration, work.used)
    project.follow_schema()
    return work.report


def back(project: Project, *, author: str, write: bool, tell: Tell = _silent) -> Report:
    """Move a database back to the schema that it was moved from last; layers that were changed since stay as they are.

    Args:
        project: The database; its schema is the old one afterwards.
        author: Who moves it, for the journal.
        write: Whether to do it; else it is only said what would be done.
        tell: Told after each article how many are done, and of how many.

    Raises:
        InputError: If the database was not moved.
        RoleError: If it is to be done, there are leads, and the author is none.
        StoreError: If the file cannot be read or written, or somebody else moves it; nothing is changed then.
    """
    time = project.clock()
    with moving(project.path, write=write) as way:
        _refuse_moved(way, project.schema)
        if write:
            way.store.require_lead(author, "change the schema")
        before = way.before
        if before is None:
            raise InputError(
                f"{project.path} was not moved to {project.schema.ref}: it began with it, or was taken back",
                hint="`annotator schema upgrade NEW` moves it to another schema",
            )
        report, number, total = Report(project.schema.ref, before), way.in_force, way.total()
        for part in way.articles():
            for stored in part.layers:
                if stored.schema == number:
                    _back(way, part, stored, report, author=author, time=time, write=write)
            tell(part.article, total)
        if write:
            way.force_before()
    project.follow_schema()
    return report


def _refuse_unknown(way: Moving, migration: Migration, old: Schema) -> None:
    """Refuse a migration of a label that neither the schema nor any layer has: it would do nothing."""
    unknown = [name for name in migration.labels if name not in old.labels]
    if not unknown:
        return
    known = list(dict.fromkeys([*old.labels, *(label for _, label, _ in way.store.label_counts())]))
    name = next((name for name in unknown if name not in known), None)
    if name is not None:
        near = get_close_matches(name, known, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(
            f"the migration has [labels.{name}], and there is no label {name!r}",
            hint=f"{meant}labels: {', '.join(known)}",
        )


def _refuse_moved(way: Moving, schema: Schema) -> None:
    now = way.store.schema_ref()
    if now != schema.ref:
        raise SchemaMovedError(f"somebody else has moved the database to {now} just now", hint="look, and try again")


class _Upgrade:
    """A move under way."""

    def __init__(self, way: Moving, mover: Mover, *, author: str, time: str, write: bool) -> None:
        self.report = Report(mover.old.ref, mover.new.ref)
        self.used: set[str] = set()
        self._way = way
        self._mover = mover
        self._author = author
        self._time = time
        self._write = write
        self._tight = tightened(mover.old, mover.new)

    def article(self, part: ArticleLayers, number: int) -> None:
        """Move the layers of an article that are under the schema of a number."""
        moves = {one.layer.annotator: self._mover.layer(one.layer) for one in part.layers if one.schema == number}
        _keep_decisions(part, moves)
        for stored in part.layers:
            move = moves.get(stored.layer.annotator)
            if move is not None:
                self._layer(part, stored.layer, move)
            elif stored.layer.schema != self._mover.new.ref:
                reason = f"under {stored.layer.schema}, which is not the schema in force"
                _count(self.report.left, reason, _at(part, stored.layer))

    def _layer(self, part: ArticleLayers, layer: Layer, move: LayerMove) -> None:
        report = self.report
        after, inverse = apply(layer, move.edits)
        if self._tight and layer.status == "done" and self._has_new_errors(part, layer, after):
            move.edits.append(SetStatus("open"))
            after, inverse = apply(layer, move.edits)
            _add(report.reopened, _at(part, layer))
        report.layers += 1
        report.changed += bool(move.edits)
        self.used |= move.used
        self._tell(part, layer, move)
        if self._write:
            _write(self._way, after, self._mover.new.ref, move.edits, inverse, self._author, self._time)

    def _has_new_errors(self, part: ArticleLayers, before: Layer, after: Layer) -> bool:
        text = self._way.text(part.article)

        def wrong(layer: Layer, schema: Schema) -> bool:
            return any(one.severity == "error" for one in check_layer(layer, text=text, schema=schema))

        return wrong(after, self._mover.new) and not wrong(before, self._mover.old)

    def _tell(self, part: ArticleLayers, layer: Layer, move: LayerMove) -> None:
        for step in move.steps:
            self.report.spans += step.before is not None
            for did in step.did:
                tally = _tally(self.report.did, did)
                _add(tally, _example(self._way, part, layer, step) if len(tally.examples) < EXAMPLES else None)
        for step in move.twice:
            tally = _tally(self.report.twice, step.after.label if step.after else "")
            _add(tally, _example(self._way, part, layer, step) if len(tally.examples) < EXAMPLES else None)
        for one in move.unknown:
            tally = _tally(self.report.unknown, one.what)
            step = Step(one.span, one.span, ())
            _add(tally, _example(self._way, part, layer, step) if len(tally.examples) < EXAMPLES else None)


def _keep_decisions(part: ArticleLayers, moves: dict[str, LayerMove]) -> None:
    """Have the gold layers' decisions name the readings as they are after the move."""
    golds = [one for one in part.layers if one.kind == "gold" and one.layer.annotator in moves]
    golds = [one for one in golds if any(name.startswith(SETTLED) for name in one.layer.attributes)]
    if not golds:
        return
    before = {one.layer.annotator: {span.id: span for span in one.layer.spans} for one in part.layers}
    after = {name: dict(spans) for name, spans in before.items()}
    for name, move in moves.items():
        for step in move.steps:
            if step.before is not None and step.after is None:
                del after[name][step.before.id]
            elif step.after is not None:
                after[name][step.after.id] = step.after
    for gold in golds:
        edits = moved_decisions(gold.layer.attributes, before, after)
        move = moves[gold.layer.annotator]
        move.edits += edits
        if edits:
            move.steps.append(Step(None, None, ("decisions name the readings as they are now",)))


def _back(
    way: Moving, part: ArticleLayers, stored: Stored, report: Report, *, author: str, time: str, write: bool
) -> None:
    """Take the move of one layer back, if it is the last thing that was done there."""
    layer, entries = stored.layer, way.entries(stored.number)
    found = move_in_force(entries)
    if found is None:
        _count(report.left, f"begun since, under {layer.schema}", _at(part, layer))
        return
    entry, later = found
    if later:
        who = way.who([one.id for one in later])
        names = ", ".join(dict.fromkeys(name for name, _ in who))
        said = f"{len(who)} times since, last at {who[-1][1]}" if len(who) > 1 else f"at {who[-1][1]}"
        _count(report.left, "changed since", replace(_at(part, layer), after=f"by {names}, {said}"))
        return
    target = _schema_before(entries, entry)
    if way.ref(target) != report.new:
        _count(report.left, f"came from {way.ref(target)}", _at(part, layer))
        return
    edits = way.inverse(entry.id)
    after, inverse = apply(layer, edits)
    report.layers += 1
    report.changed += bool(edits)
    before = {span.id: span for span in layer.spans}
    now = {span.id: span for span in after.spans}
    for id in {**before, **now}:
        old, new = before.get(id), now.get(id)
        if old != new:
            report.spans += 1
            labels = [one.label if one else "none" for one in (old, new)]
            same = labels[0] == labels[1]
            tally = _tally(report.did, f"{labels[0]}: as before" if same else f"label {' → '.join(labels)}")
            step = Step(old, new, ())
            _add(tally, _example(way, part, layer, step) if len(tally.examples) < EXAMPLES else None)
    if write:
        _write(way, after, report.new, edits, inverse, author, time, kind="undo", of=entry.id)


def _schema_before(entries: Sequence[Entry], entry: Entry) -> int:
    """Return the number of the schema that a layer was under before an entry."""
    at = [one.id for one in entries].index(entry.id)
    return entries[at - 1].schema


def _write(
    way: Moving,
    after: Layer,
    ref: str,
    edits: Sequence[Edit],
    inverse: Sequence[Edit],
    author: str,
    time: str,
    *,
    kind: EntryKind = "do",
    of: int | None = None,
) -> None:
    layer = replace(after, schema=ref, revision=after.revision + 1)
    way.write(Batch(layer, edits, inverse, author, kind, of, time))


def _tally(tallies: dict[str, Tally], what: str) -> Tally:
    if what not in tallies and len(tallies) >= KINDS:
        what = REST
    return tallies.setdefault(what, Tally())


def _add(tally: Tally, example: Example | None) -> None:
    tally.count += 1
    if example is not None and len(tally.examples) < EXAMPLES:
        tally.examples.append(example)


def _count(tallies: dict[str, Tally], what: str, example: Example) -> None:
    _add(_tally(tallies, what), example)


def _at(part: ArticleLayers, layer: Layer) -> Example:
    return Example(part.key, layer.annotator, 0, 0, "", "", "")


def _example(way: Moving, part: ArticleLayers, layer: Layer, step: Step) -> Example:
    span = step.before or step.after
    if span is None:
        return _at(part, layer)
    words = way.text(part.article)[span.start : span.end]
    before, after = _said(step.before, step.after), _said(step.after, step.before)
    return Example(part.key, layer.annotator, span.start, span.end, words, before, after)


def _said(span: Span | None, other: Span | None) -> str:
    """Return a span in words, without its place and what it has in common with another."""
    if span is None:
        return ""
    both = other.attributes if other is not None and other is not span else {}
    own = {name: value for name, value in span.attributes.items() if name not in both or both[name] != value}
    said = f"{span.label} ({facts(own)})" if own else span.label
    return f"{said} + note" if other is not None and span.note != other.note and span.note else said
