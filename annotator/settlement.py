"""Opening an article to be settled: the layers that are compared, the gold layer, and who decides.

Invariant: the gold layer is changed through its session alone; the layers that are compared are only read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from annotator.adjudication.cases import Case, cases_of
from annotator.adjudication.ledger import Gold, Ledger, Settled
from annotator.adjudication.settling import Settler
from annotator.adjudication.strategy import Strategy
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.exact_f1 import MEASURE
from annotator.agreement.study import Study
from annotator.core.edits import Edit, SetAttribute
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Link
from annotator.core.text import Article
from annotator.errors import InputError
from annotator.project import Project
from annotator.session import Delta, Session

GOLD = "gold"
NOTHING = Delta()


def gold_name(project: Project) -> str:
    """Return the name of the gold annotator, the first by name, or the one that it is going to have."""
    return next((name for name, kind in project.store.annotators() if kind == "gold"), GOLD)


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
            f"{project.path} has {len(found)} annotator(s) to compare; disagreement takes two",
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
        layers = {name: self.project.store.layer(self.article.id, name) for name in self.readers}
        self.layers: dict[str, Layer] = {name: layer for name, layer in layers.items() if layer is not None}
        self.indexes = {name: SpanIndex(layer.spans) for name, layer in self.layers.items()}
        cases = cases_of({name: layer.spans for name, layer in self.layers.items()}, self.project.schema)
        self.ledger = Ledger(cases, self._gold)
        self.agreement = self._agreement()

    def _agreement(self) -> float | None:
        """Return the exact F1 of spans and labels, the mean over pairs; None with fewer than two readers."""
        readings = {
            name: {"": [(span.start, span.end, span.label) for span in layer.spans]}
            for name, layer in self.layers.items()
        }
        if len(readings) < 2:
            return None
        found = MEASURE.values(Study.of_readings(readings), bootstrap=Bootstrap(samples=0), by=())
        return next((one.value for one in found if one.pair is None and one.label is None), None)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases, in the order of the text."""
        return self.ledger.cases


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

    def merge(self, strategy: Strategy) -> tuple[Delta, list[int]]:
        """Settle the open cases (and the article's own attributes) that a strategy is clear about, in one batch.

        Returns:
            What it did to the spans, and the numbers of the cases.
        """
        edits, done = self.settler.merge(strategy, sorted(self.ledger.open))
        edits += self._whole(strategy)
        return (self.do(edits) if edits else NOTHING), done

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


def _here(project: Project, article: int, readers: Sequence[str], gold: str) -> list[str]:
    """Return those readers who have a layer of an article."""
    here = {name for name, _, _ in project.store.readings(article)}
    return [name for name in readers if name in here and name != gold]
