"""A session: one annotator at work on one article, and the only way annotations are written.

Invariant: `layer`, `index` and `problems` always show every edit that was accepted, saved or not; the journal gets the
same edits in the same order, each batch whole.  Undo takes back what this layer's journal says was done last, in
whichever program run that was.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from annotator.core.checks import Problem, Severity
from annotator.core.counting import count
from annotator.core.edits import Delta, Edit, SetStatus, apply, apply_head, touched
from annotator.core.history import History
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.rebasing import rebased
from annotator.core.renaming import renamed
from annotator.core.schema import Schema
from annotator.core.spans import Span, next_number
from annotator.core.steps import Step
from annotator.core.suggestions import Suggestions
from annotator.core.text import Article
from annotator.core.watch import ProblemWatch
from annotator.errors import AnnotatorError, EditError, StoreError
from annotator.store.layers import Batch, write_batch
from annotator.store.queries import Store
from annotator.store.rows import refuse_unsavable
from annotator.store.writer import Writer

SaveState = Literal["saved", "saving", "failed"]


class Session:
    """One annotator on one article; see `Project.session`."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        article: Article,
        layer: Layer,
        schema: Schema,
        *,
        clock: Callable[[], str],
        author: str = "",
        known: bool = False,
    ) -> None:
        self.article = article
        self.author = author or layer.annotator
        self.schema = schema
        self.barred = ""  # why nothing may be changed here, where that is so
        self.on_saved: Callable[[], None] | None = None
        self._store = store
        self._writer = writer
        self._clock = clock
        self._known = known  # whether the annotator is in the file, where another name may be given meanwhile
        self._lock = threading.Lock()
        self._unsaved: deque[Step] = deque()
        self._failure: AnnotatorError | None = None
        self._suggestions: Suggestions | None = None
        self._fetching: Future[Suggestions] | None = None
        self._meanwhile: list[Delta] | None = None  # what was done since suggestions began to be read elsewhere
        self._start_from(layer, History(store.history(layer.article, layer.annotator)))

    def _start_from(self, layer: Layer, history: History) -> None:
        self._head = replace(layer, spans=())
        self._layer: Layer | None = layer
        self.index = SpanIndex(layer.spans)
        self._watch = ProblemWatch(self.article, layer, self.schema, self.index)
        self.moved = history.moved  # to another schema, which is as far back as undo reaches
        self._next = next_number(layer.spans)
        steps = {id: Step("do", entry=id) for id in (*history.undo_stack, *history.redo_stack)}
        self._undo, self._redo = ([steps[id] for id in ids] for ids in (history.undo_stack, history.redo_stack))

    @property
    def layer(self) -> Layer:
        """The layer as it is now; after an edit, making it costs a look at every span."""
        if self._layer is None:
            self._layer = replace(self._head, spans=tuple(self.index))
        return self._layer

    @property
    def head(self) -> Layer:
        """The layer as it is now without its spans, for its status, note and attributes; costs nothing."""
        return self._head

    def new_id(self) -> str:
        """Return a span id that was not used in this layer since it was opened and that nothing links to."""
        while True:
            id = f"s{self._next}"
            self._next += 1
            if id not in self.index and not self._watch.linked(id):
                return id

    def linkers(self, id: str) -> list[Span]:
        """Return the spans that link to the span with this id, in text order."""
        return self._watch.linkers(id)

    @property
    def suggestions(self) -> Suggestions:
        """What models propose here; read when first asked for, and none while another thread reads them."""
        if self._suggestions is None:
            if self._meanwhile is not None:
                return Suggestions()
            self._suggestions = Suggestions()  # none, should they not be readable: who asks again is not told again
            self._suggestions = Suggestions(self._store.proposals(self.article.id), self.index)
        return self._suggestions

    def proposed(self) -> int:
        """Return how many spans models have here; says what reading the suggestions will cost."""
        return sum(spans for _, kind, spans in self._store.layers_of(self.article.id) if kind == "model")

    def fetch_suggestions(self) -> Future[Suggestions]:
        """Have the suggestions read on the writer's thread; give the result to `take_suggestions` on this one.

        While they are being read, the same future is given again: a second reading would be of another moment.
        """
        if self._fetching is not None:
            return self._fetching
        self._meanwhile = []
        own, article, path = self.index.snapshot(), self.article.id, self._store.path
        self._fetching = self._writer.submit(
            lambda conn: Suggestions(Store(conn, path).proposals(article), own), minor=True
        )
        return self._fetching

    def take_suggestions(self, future: Future[Suggestions]) -> None:
        """Have the suggestions that were fetched; what was done meanwhile is taken into account.

        Raises:
            StoreError: If they could not be read; there are none then.
        """
        if future is not self._fetching:
            return  # taken already
        deltas, self._meanwhile, self._fetching = self._meanwhile or [], None, None
        self._suggestions = Suggestions()
        self._suggestions = future.result()
        for delta in deltas:
            self._suggestions.update(delta.put, delta.taken, self.index)

    @property
    def undoable(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._undo)

    @property
    def redoable(self) -> bool:
        """Whether there is something to redo."""
        return bool(self._redo)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the layer now, in the order of the text."""
        return self._watch.problems

    @property
    def problem_counts(self) -> Counter[Severity]:
        """How many problems of each severity there are among what was checked so far; see `check_on`."""
        return self._watch.counts

    def problems_of(self, span: Span) -> list[Problem]:
        """Return what is wrong with one span of the layer."""
        return self._watch.of(span)

    def check_on(self, count: int) -> bool:
        """Check so many more of the spans that were there when the layer was opened; say whether some are left."""
        return self._watch.check_on(count)

    @property
    def state(self) -> SaveState:
        """Whether everything that was done here is on the disk."""
        with self._lock:
            if self._failure is not None:
                return "failed"
            return "saving" if self._unsaved else "saved"

    def changed_elsewhere(self) -> bool:
        """Say whether another window or program has written this layer since; never while something is to be saved."""
        head = self._head
        return self.state == "saved" and self._store.revision(head.article, head.annotator) > head.revision

    @property
    def failure(self) -> AnnotatorError | None:
        """Why saving failed, until a retry or reload begins."""
        return self._failure

    @property
    def pending(self) -> int:
        """How many batches are not on the disk."""
        return len(self._unsaved)

    def do(self, edits: Iterable[Edit], *, of: int | None = None, sweep: int = 0) -> Delta:
        """Apply a batch at once and queue it to be saved.

        A layer that is done is opened again by a batch that brings in an error.

        Args:
            edits: Applied in order, whole or not at all; an empty batch does nothing.
            of: The journal entry that the batch takes back, if it does, whether that was the last one or not.
            sweep: The change over several articles that the batch is a part of; see `Project.begin_sweep`.

        Raises:
            EditError: If an edit does not fit, a span reaches past the text, a value cannot be saved as it is, the
                layer would be marked done while it has errors, or it is `barred`.  Nothing is changed then.
        """
        batch = tuple(edits)
        if not batch:
            return Delta()
        if self.barred:
            raise EditError(f"not changed: {self.barred}")
        refuse_unsavable(batch)
        step = Step("do", batch, of=None if of is None else Step("do", entry=of), sweep=sweep)
        delta = self._take_step(step)
        self._undo.append(step)
        self._redo.clear()
        return delta

    def undo(self) -> Delta | None:
        """Take back the last batch; None if there is nothing to undo."""
        return self._back(self._undo, self._redo, "undo")

    def redo(self) -> Delta | None:
        """Do again what was undone last; None if there is nothing to redo."""
        return self._back(self._redo, self._undo, "redo")

    def _back(self, source: list[Step], target: list[Step], kind: Literal["undo", "redo"]) -> Delta | None:
        if not source:
            return None
        of = source[-1]
        if not of.edits and of.entry is not None:
            of.edits, of.inverse = self._store.entry(of.entry)
        delta = self._take_step(Step(kind, of.inverse if kind == "undo" else of.edits, of=of))
        target.append(source.pop())
        return delta

    def _take_step(self, step: Step) -> Delta:
        before = self._head
        after, step.inverse = apply_head(before, step.edits, spans=self.index)
        delta = self._move(step.edits, after)
        marks_done = any(edit == SetStatus("done") for edit in step.edits)
        if after.status == "done" and self._watch.errors:
            if marks_done and step.kind == "do":
                first = next(p for p in self._watch.problems if p.severity == "error")
                self._move(step.inverse, before)
                raise EditError(f"not done yet: {first.message}", hint=first.hint)
            reopen = SetStatus("open")
            after, inverse = apply_head(after, (reopen,), spans=self.index)
            step.edits, step.inverse = (*step.edits, reopen), (*inverse, *step.inverse)
        self._head = replace(after, revision=before.revision + 1)
        self._layer = None
        step.layer, step.spans, step.under = self._head, len(self.index), self.schema.ref
        with self._lock:
            self._unsaved.append(step)
            failed = self._failure is not None
        if not failed:
            self._submit(step)
        return delta

    def _move(self, edits: tuple[Edit, ...], after: Layer) -> Delta:
        """Bring index and problems from one layer to the next."""
        length = len(self.article.text)
        for span in touched(edits)[0]:
            if span.end > length:  # which the layer alone cannot see
                raise EditError(
                    f"span {span.start}–{span.end} ends past the text, which has {count(length, 'code point')}"
                )
        self._watch.update(edits, after)
        put, taken = touched(edits)
        delta = Delta(tuple(put), tuple(taken))
        if self._suggestions is not None:
            self._suggestions.update(put, taken, self.index)
        elif self._meanwhile is not None:
            self._meanwhile.append(delta)
        return delta

    def _submit(self, step: Step) -> None:
        time = self._clock()

        def job(conn: object) -> int:
            if self._failure is not None:
                # Queued behind a batch that failed.  Its revision is no protection: if that batch failed because
                # somebody else had written one, this one's number would fit on top of theirs.
                raise self._failure
            assert step.layer is not None
            of, made = step.of.entry if step.of else None, (step.edits, step.inverse)
            more = (step.kind, of, time, step.spans, step.sweep, step.under, self._known)
            return write_batch(conn, Batch(step.layer, *made, self.author, *more))  # type: ignore[arg-type]

        self._writer.submit(job).add_done_callback(lambda future: self._written(step, future))

    def _written(self, step: Step, future: Future[int]) -> None:
        """Runs on the writer's thread, in the order of the batches."""
        error = future.exception()
        with self._lock:
            if error is None:
                self._known = True
                step.entry = future.result()
                step.layer = None
                self._unsaved.popleft()
            elif self._failure is None:  # later ones fail because of the first
                self._failure = error if isinstance(error, AnnotatorError) else StoreError(f"not saved: {error}")
        tell = self.on_saved  # once: `close` may take it away meanwhile
        if tell is not None:
            tell()

    def retry(self) -> None:
        """Try again to save what was not saved; nothing happens if all is saved."""
        self._writer.drain(minor=False)  # batches behind the failed one must have failed before they are sent again
        with self._lock:
            self._failure = None
            steps = list(self._unsaved)
        for step in steps:
            self._submit(step)

    def reload(self) -> int:
        """Read the layer anew, as another window has changed it, and put unsaved edits on top where they still fit.

        Unsaved spans whose ids were taken there get new ones.  If all has moved to another schema, so does this; edits
        keep what the move made of what they did not change.

        Returns:
            How many unsaved batches did not fit any more and are lost.

        Raises:
            StoreError: If the layer cannot be read; nothing has changed here then.
        """
        self._writer.drain(minor=False)
        where = (self._head.article, self._head.annotator)
        # All that may fail is read before the steps are taken out of the line: they are nowhere else.
        fresh, history = self._store.layer(*where), History(self._store.history(*where))
        proposed = self._proposed_anew()
        under, self.schema = self.schema.ref, self._store.schema()
        with self._lock:
            steps = list(self._unsaved)
            self._unsaved.clear()
            self._failure = None
        base = self.layer
        for step in reversed(steps):
            base, _ = apply(base, step.inverse)
        old = {span.id for span in base.spans}
        used = max(self._next, next_number(span for step in steps for span in touched(step.edits)[0]))
        self._start_from(fresh or Layer(*where, self.schema.ref), history)
        self._next = max(self._next, used)
        if self._meanwhile is not None:
            self._meanwhile.append(Delta(tuple(self.index), tuple(span.ref for span in base.spans)))
        if self._suggestions is not None:
            self._suggestions = Suggestions(proposed, self.index, dismissed=self._suggestions.dismissed)
        names: dict[str, str] = {}
        lost = 0
        for step in steps:
            for span in touched(step.edits)[0]:
                if span.id not in old and span.id not in names and self.index.get(span.id) not in (None, span):
                    names[span.id] = self.new_id()
            edits = rebased(step.edits, step.inverse, self.index) if under != self.schema.ref else step.edits
            try:
                self.do(renamed(edits, names, self.schema))
            except EditError:
                lost += 1
            old.update(span.id for span in touched(step.edits)[0])
        return lost

    def _proposed_anew(self) -> list[Layer]:
        """Return the models' layers if suggestions are in use; what cannot be read must not cost anybody's edits."""
        with suppress(StoreError):
            return self._store.proposals(self.article.id) if self._suggestions is not None else []
        return []

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything is saved.

        Args:
            timeout: How many seconds to wait at most; None for as long as it takes.

        Raises:
            StoreError: If it could not be or the time ran out; the edits are still here, and `retry` may save them.
        """
        drained = self._writer.drain(timeout, minor=False)
        if self._failure is not None:
            raise self._failure
        if not drained:
            raise StoreError("not saved yet", hint="the disk is slow, or another program is writing; wait a little")

    def close(self) -> None:
        """Flush, and stop telling anybody."""
        self.on_saved = None
        self.flush()
