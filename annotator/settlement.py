"""Opening an article to be settled: the layers that are compared, the gold layer, and who decides.

Invariant: the gold layer is changed through its session alone; the layers that are compared are only read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, Final, Literal

from annotator.adjudication.cases import Case, cases_of, parted
from annotator.adjudication.decision import Decision
from annotator.adjudication.ledger import Gold, Ledger, Settled
from annotator.adjudication.precedence import earlier
from annotator.adjudication.settling import Settler
from annotator.adjudication.strategy import Strategy
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.exact_f1 import MEASURE
from annotator.agreement.kappa import COHEN
from annotator.agreement.measure import Additive
from annotator.agreement.study import Study
from annotator.agreement.tokens import plain_tokens
from annotator.core.edits import Delta, Edit, SetAttribute, SetStatus
from annotator.core.index import SpanIndex
from annotator.core.layer import GOLD, Layer
from annotator.core.schema import Link
from annotator.core.spans import Span
from annotator.core.text import Article
from annotator.errors import InputError
from annotator.project import Project
from annotator.session import Session

NOTHING = Delta()
Finish = Literal["marked", "already", "undecided", "flagged", "unread", "wrong"]
"""What became of a gold layer that was to be marked done, see `Settlement.finish`."""
KAPPA: Final = Additive(COHEN.name, COHEN.title, tuple(one for one in COHEN.figures if one.name.endswith("-tokens")))


def gold_name(project: Project) -> str:
    """Return the name of the gold annotator, the first that there was, or the one that it is going to have."""
    found = project.store.gold()
    if found is not None:
        return found
    known = dict(project.store.annotators())  # a file may have brought somebody else of that name
    return next(name for name in chain((GOLD,), (f"{GOLD}-{n}" for n in count(2))) if name not in known)


def readers_of(project: Project, names: Sequence[str] = ()) -> list[str]:
    """Return whose layers are compared: those named, else all human annotators, by name.

    Raises:
        InputError: If a name is not known, or there are fewer than two.
    """
    known = dict(project.store.annotators())
    for name in names:
        if name not in known:
            raise InputError(f"no annotator {name!r} in {project.path}", hint=f"one of {', '.join(known)}")
    found = sorted(set(names)) or sorted(name for name, kind in known.items() if kind == "human")
    if len(found) < 2:
        raise InputError(
            f"{f'only {len(found)} annotator' if found else 'nobody'} to compare; disagreement takes two",
            hint="load another with `annotator load FILE --annotator NAME`",
        )
    return found


class _Gold:
    """The gold layer of a session, which makes a new index when it is read anew."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def index(self) -> SpanIndex:
        return self._session.index

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self._session.head.attributes


class Comparison:
    """The layers of one article beside its gold layer, to look at.

    Args:
        project: The open database.
        article: The article.
        readers: Whose layers are compared.
        gold: The gold layer.
    """

    def __init__(self, project: Project, article: Article, readers: Sequence[str], gold: Gold) -> None:
        self.project = project
        self.article = article
        self.readers = tuple(readers)
        self._gold = gold
        self._tokens: list[tuple[int, int]] | None = None
        self.read()

    @classmethod
    def look(cls, project: Project, article: int, *, readers: Sequence[str]) -> Comparison:
        """Compare the layers of an article without changing anything.

        Args:
            project: The open database.
            article: The article's number.
            readers: Whose layers may be compared; those who have none of this article do not take part.
        """
        name = gold_name(project)
        gold = project.store.layer(article, name)
        here = Settled(SpanIndex(gold.spans if gold else ()), gold.attributes if gold else {})
        return cls(project, project.store.article(article), _here(project, article, readers, name), here)

    def read(self) -> None:
        """Read the layers, as they are now; the decisions that still hold stay."""
        self.revisions = self._stored()
        layers = {name: self.project.store.layer(self.article.id, name) for name in self.readers}
        self.layers: dict[str, Layer] = {name: layer for name, layer in layers.items() if layer is not None}
        self.indexes = {name: SpanIndex(layer.spans) for name, layer in self.layers.items()}
        cases = cases_of({name: layer.spans for name, layer in self.layers.items()}, self.project.schema)
        self.ledger = Ledger(cases, self._gold)
        self.agreement, self.kappa = self._agreement()
        """The exact F1 of spans and labels and Cohen's κ on tokens, means over pairs; None where undefined."""

    def _stored(self) -> dict[str, int]:
        """Return the revision of each reader's layer in the file; reads no spans."""
        found = self.project.store.revisions(self.article.id)
        return {name: found[name] for name in self.readers if name in found}

    def changed(self) -> list[str]:
        """Return who has changed a layer since it was read here, by name."""
        return sorted({name for name, _ in self._stored().items() ^ self.revisions.items()})

    def _agreement(self) -> tuple[float | None, float | None]:
        readings = {
            name: {"": [(span.start, span.end, span.label) for span in layer.spans]}
            for name, layer in self.layers.items()
        }
        if len(readings) < 2:
            return None, None
        text = self.article.text
        if self._tokens is None:
            self._tokens = list(plain_tokens(text))
        study = Study.of_readings(readings, lengths={"": len(text)}, tokens={"": self._tokens})
        return _figure(study, MEASURE), _figure(study, KAPPA)

    @property
    def settled(self) -> bool:
        """Whether nothing is left undecided; an article that was only looked into is not settled by that."""
        blank = all(not layer.spans and layer.status == "open" for layer in self.layers.values())
        return not self.ledger.open and not blank

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases, in the order of the text."""
        return self.ledger.cases


@dataclass(frozen=True, slots=True)
class Merged:
    """What a strategy did to an article.

    Args:
        delta: To the spans of the gold layer.
        done: The numbers of the cases that it settled.
        before: The numbers of the cases that it is clear about and left alone, because they were decided before between
            other readings.
        replaced: How many older decisions it replaced.
    """

    delta: Delta
    done: list[int]
    before: list[int]
    replaced: int


class Settlement(Comparison):
    """One article being settled; see `Settlement.open`."""

    def __init__(self, project: Project, session: Session, readers: Sequence[str]) -> None:
        self.session = session
        super().__init__(project, session.article, readers, _Gold(session))

    @classmethod
    def open(cls, project: Project, article: int, *, by: str, readers: Sequence[str]) -> Settlement:
        """Open an article.

        Args:
            project: The open database.
            article: The article's number.
            by: Who decides.
            readers: Whose layers may be compared; those who have none of this article do not take part.

        Raises:
            StoreError: If there is no such article, or the file cannot be written.
        """
        gold = gold_name(project)
        project.add_annotator(gold, "gold")
        session = project.session(article, gold, author=by)
        return cls(project, session, _here(project, article, readers, gold))

    def read(self) -> None:
        """Read the layers, as they are now; the decisions that still hold stay."""
        super().read()
        self.settler = Settler(self.ledger, self.session.schema, self.session.author, self.session.linkers)

    def changed(self) -> list[str]:
        """Return who has changed a layer since it was read here, by name; gold if another window has."""
        return super().changed() + ([self.session.head.annotator] if self._gold_changed() else [])

    def _gold_changed(self) -> bool:
        """Say whether somebody else has written the gold layer; where this is unknown yet, saving will tell."""
        if self.session.state != "saved":
            return False
        head = self.session.head
        return self.project.store.revisions(self.article.id).get(head.annotator, 0) != head.revision

    def refresh(self) -> None:
        """Read anew what others have changed.

        Raises:
            StoreError: If the file cannot be read; nothing has changed here then.
        """
        self.project.follow_schema()
        if self._gold_changed() or self.session.schema.ref != self.project.schema.ref:
            self.session.reload()
        self.read()

    def do(self, edits: Iterable[Edit]) -> Delta:
        """Apply a batch to the gold layer.

        Raises:
            EditError: If an edit does not fit; nothing is changed then.
        """
        return self._took(self.session.do(edits))

    def step(self, step: Callable[[], Delta | None]) -> Delta | None:
        """Undo or redo with one of the session's methods; None if there is nothing."""
        delta = step()
        return None if delta is None else self._took(delta)

    def _took(self, delta: Delta) -> Delta:
        self.ledger.changed([*delta.put, *delta.taken])
        return delta

    def merge(self, strategy: Strategy, *, again: bool = False) -> Merged:
        """Settle the open cases (and the article's own attributes) that a strategy is clear about, in one batch.

        Args:
            strategy: What to take.
            again: Whether it may replace what was decided before between other readings, as those of other readers.
        """
        places = self._places()
        clear = [number for number in sorted(self.ledger.open) if strategy.choose(self.cases[number]) is not None]
        before = {number: found for number in clear if (found := earlier(self.ledger, number, places=places))}
        left = [number for number in clear if again or number not in before]
        instead = {number: found.decisions for number, found in before.items()}
        edits, done = self.settler.merge(strategy, left, instead=instead)
        edits += self._whole(strategy)
        replaced = frozenset(name for number in done if number in before for name in before[number].names)
        delta = self.do(edits) if edits else NOTHING
        return Merged(delta, done, [] if again else list(before), len(replaced))

    def finish(self) -> Finish:
        """Mark the gold layer done if nothing is left undecided and no check fails.

        Returns:
            "marked", or why it was not: it is done "already", something is "undecided", it is "flagged" for a second
            look, nobody has marked anything or is done ("unread"), or a check fails ("wrong").
        """
        status = self.session.head.status
        if self.ledger.open:
            return "undecided"
        if status != "open":
            return "already" if status == "done" else "flagged"
        if not self.settled:
            return "unread"
        if any(problem.severity == "error" for problem in self.session.problems):
            return "wrong"
        self.do([SetStatus("done")])
        return "marked"

    def _places(self) -> Callable[[Decision], list[tuple[int, int]]]:
        """Return what finds the spans that a decision was made on, in the layers of whoever has read the article."""
        layers: dict[str, dict[str, Span]] = {}

        def places(decision: Decision) -> list[tuple[int, int]]:
            found = []
            for name in decision.of:
                annotator, id = parted(name) or ("", "")
                if annotator not in layers:
                    layer = self.project.store.layer(self.article.id, annotator)
                    layers[annotator] = {span.id: span for span in layer.spans} if layer else {}
                span = layers[annotator].get(id)
                if span is not None:
                    found.append((span.start, span.end))
            return found

        return places

    def _whole(self, strategy: Strategy) -> list[Edit]:
        """Return the edits for attributes of the article that the gold layer has not and a strategy is clear about."""
        edits: list[Edit] = []
        for name, attribute in self.project.schema.attributes.items():
            if isinstance(attribute, Link) or name in self.session.head.attributes or len(self.layers) < 2:
                continue
            values = {who: layer.attributes.get(name) for who, layer in self.layers.items()}
            winner = strategy.winner({who: json.dumps(value, sort_keys=True) for who, value in values.items()})
            if winner is not None and values[winner] is not None:
                edits.append(SetAttribute(name, values[winner]))
        return edits


def open_cases(project: Project, article: int, *, readers: Sequence[str]) -> int:
    """Return how many cases of an article are open, without its figures of agreement and without changing anything.

    Args:
        project: The open database.
        article: The article's number.
        readers: Whose layers may be compared.
    """
    name = gold_name(project)
    layers = {one: project.store.layer(article, one) for one in _here(project, article, readers, name)}
    cases = cases_of({one: layer.spans for one, layer in layers.items() if layer is not None}, project.schema)
    gold = project.store.layer(article, name)
    return len(Ledger(cases, Settled(SpanIndex(gold.spans if gold else ()), gold.attributes if gold else {})).open)


def _figure(study: Study, measure: Additive) -> float | None:
    """Return a figure over all pairs and labels, without interval; None if it is undefined."""
    found = measure.values(study, bootstrap=Bootstrap(samples=0), by=())
    return next((one.value for one in found if one.pair is None and one.label is None), None)


def _here(project: Project, article: int, readers: Sequence[str], gold: str) -> list[str]:
    """Return those readers who have a layer of an article."""
    here = {name for name, _, _ in project.store.readings(article)}
    return [name for name in readers if name in here and name != gold]
