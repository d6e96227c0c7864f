"""Agreement of the layers of a project: whose layers are compared, and what the measures say of them.

Invariant: the same database, choice, seed and samples give the same figures.  A layer takes part as it is in one
snapshot of the file; no figure is made up for what is undefined.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from annotator import plugins
from annotator.core.layer import Kind, Status
from annotator.errors import AnnotatorError, InputError, UsageError

if TYPE_CHECKING:
    from annotator.agreement.measure import By, Measure
    from annotator.agreement.study import Study
    from annotator.agreement.value import Value
    from annotator.core.record import Record
    from annotator.core.schema import Schema
    from annotator.store.queries import Store

DEFAULT: Final = ("exact-f1", "span-f1", "overlap-f1", "disagreement", "cohen-kappa", "krippendorff-alpha")
LEAD: Final = "exact-f1"
"""What figures by pair, label and article are of where there is room for one measure only."""
EVALUATION: Final = ("exact-f1", "precision", "recall", *DEFAULT[1:])
"""The usual measures where one of two layers is the reference."""
ALL: Final = "all"
GOLD: Final = "gold"
THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose layers are compared.

    Args:
        annotators: Their names; none for all people.  Also "gold", and KIND:NAME as in "model:NAME".
        statuses: Only layers with one of these; those of models have no status that says anything, and always count.
        sample: How many of the articles that two of them have read are drawn; 0 for all.
        seed: The same seed draws the same articles.
        reference: Whether the first of two is the reference that the other is compared with.
    """

    annotators: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    sample: int = 0
    seed: int = 0
    reference: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the measures say.

    Args:
        study: Who marked what.
        values: The figures, measure by measure.
        titles: What each measure measures, by the measure's name.
        measures: The measure that each figure comes from, by the figure's name.
        seed: Of the bootstrap.
        samples: Of the bootstrap.
        statuses: The layers' statuses that were asked for.
        sample: How many articles were to be drawn; 0 if all were read.
    """

    study: Study
    values: tuple[Value, ...]
    titles: dict[str, str] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    samples: int = 0
    statuses: tuple[Status, ...] = ()
    sample: int = 0

    def of(self, name: str) -> list[Value]:
        """Return the values of a figure."""
        return [value for value in self.values if value.name == name]

    def overall(self) -> list[Value]:
        """Return the values over all pairs, labels and articles."""
        return [value for value in self.values if (value.pair, value.label, value.article) == (None, None, None)]

    def shared(self) -> int:
        """Return how many articles two annotators and more have read."""
        return int((self.study.seen.sum(axis=0) > 1).sum())

    def there(self) -> int:
        """Return how many articles `shared` is out of: those that somebody has read, or that were drawn from."""
        return self.study.drawn_from or len(self.study.articles)

    def notes(self) -> tuple[str, ...]:
        """Return what to know before trusting the figures, a sentence each."""
        from annotator.agreement.cautions import cautions

        return cautions(self.study)


def study_of(store: Store, schema: Schema, choice: Choice | None = None) -> Study:
    """Read the chosen layers.

    Raises:
        UsageError: If there is no such annotator, or one was named twice.
        InputError: If fewer than two annotators have layers, or no two have one of the same article.
        StoreError: If the database cannot be read.
    """
    few_threads()
    from annotator.agreement.study import Study
    from annotator.agreement.tokens import plain_tokens

    choice = choice or Choice()
    called = _called(store.annotators(), choice.annotators)
    shared = store.shared(sorted(called), choice.statuses) if choice.sample else []
    study = Study.of(
        _chosen(store, called, choice, shared),
        tokenize=plain_tokens,
        schema=schema,
        name=lambda layer: called[layer.annotator],
        order=tuple(dict.fromkeys(called.values())) if choice.annotators else (),
        directed=choice.reference,
    )
    _check(study, choice, store)
    return replace(study, drawn_from=len(shared))


def measured(
    study: Study,
    *,
    names: Sequence[str] = (),
    by: Collection[By] = (),
    seed: int = 0,
    samples: int | None = None,
    statuses: tuple[Status, ...] = (),
    sample: int = 0,
    told: Callable[[str, AnnotatorError], None] | None = None,
) -> Agreement:
    """Return what measures say of a study.

    Args:
        study: Who marked what.
        names: Of the measures, or of single figures of theirs; "all" for every measure that there is, none for the
            usual ones.
        by: What to break the figures down by.
        seed: The same seed gives the same intervals.
        samples: Of the bootstrap; 0 for no intervals, None for the usual number.
        statuses: What the study was restricted to, to be told.
        sample: How many articles were to be drawn for it, to be told.
        told: Called with the name and the error of a measure that is there and cannot be used, if all are asked for.

    Raises:
        UsageError: If there is no such measure or figure, or it takes a reference and the study has none.
    """
    from annotator.agreement.bootstrap import SAMPLES, Bootstrap

    bootstrap = Bootstrap(seed=seed, samples=SAMPLES if samples is None else samples)
    values: list[Value] = []
    measures: dict[str, str] = {}
    titles: dict[str, str] = {}
    names = names or (EVALUATION if study.directed else DEFAULT)
    asked = {name: _measure_of(name) for name in names if name != ALL}
    for measure in _measures([ALL] if ALL in names else [*asked.values()], told):
        figures = [name for name, of in asked.items() if of == measure.name != name]
        if measure.name in asked.values():
            _refuse_undirected(measure, study)
        found = measure.values(study, bootstrap=bootstrap, by=by)
        if figures and not {ALL, measure.name} & set(names):
            found = _only(found, figures)
        values += found
        measures |= dict.fromkeys((value.name for value in found), measure.name)
        titles[measure.name] = measure.title
    return Agreement(study, tuple(values), titles, measures, seed, bootstrap.samples, statuses, sample)


def _refuse_undirected(measure: Measure, study: Study) -> None:
    if getattr(measure, "directed", False) and not study.directed:
        hint = "say which of two layers it is: --layer-a gold --layer-b model:NAME"
        raise UsageError(f"{measure.name} is against a reference", hint=hint)


def as_data(agreement: Agreement) -> dict[str, Any]:
    """Return an agreement as JSON values.

    Returns:
        `{"study": {"annotators": [{"annotator", "articles", "spans"}], "articles", "shared_articles", "spans",
        "labels", "statuses", "seed", "samples", "sample", "sample_of", "reference", "pairs": [{"pair", "articles"}],
        "notes"}, "measures": [{"name", "value", "low", "high", "n", "pair",
        "label", "article", "undefined"}]}`, null where something does not apply.
    """
    from annotator.agreement.cautions import shared_counts

    study = agreement.study
    people = [
        {"annotator": name, "articles": int(study.seen[at].sum()), "spans": int((study.units.annotator == at).sum())}
        for at, name in enumerate(study.annotators)
    ]
    about = {
        "annotators": people,
        "articles": len(study.articles),
        "shared_articles": agreement.shared(),
        "spans": len(study.units),
        "labels": list(study.labels),
        "statuses": list(agreement.statuses),
        "seed": agreement.seed,
        "samples": agreement.samples,
        "sample": agreement.sample or None,
        "sample_of": study.drawn_from or None,
        "reference": study.annotators[0] if study.directed else None,
        "pairs": [{"pair": list(pair), "articles": number} for pair, number in shared_counts(study).items()],
        "notes": list(agreement.notes()),
    }
    return {"study": about, "measures": [_value_data(value) for value in agreement.values]}


def _value_data(value: Value) -> dict[str, Any]:
    return {
        "name": value.name,
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "n": value.n,
        "pair": list(value.pair) if value.pair else None,
        "label": value.label,
        "article": value.article,
        "undefined": value.undefined or None,
    }


def few_threads() -> None:
    """Keep numpy from starting a thread a core: on matrices as small as ours these wait for each other.

    On a busy machine that took ten times as long.  It helps only before numpy is imported, and what the person has set
    stays.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")


def _measures(names: Sequence[str], told: Callable[[str, AnnotatorError], None] | None) -> Iterator[Measure]:
    if ALL in names:
        yield from plugins.usable("measures", told=told)
        return
    yield from [plugins.load("measures", name) for name in dict.fromkeys(names)]


def _measure_of(name: str) -> str:
    """Return the measure that a name is of, which may be a figure's: those begin with their measure's."""
    known = plugins.names("measures")
    return max((one for one in known if name == one or name.startswith(f"{one}-")), key=len, default=name)


def _only(values: Sequence[Value], figures: Sequence[str]) -> list[Value]:
    known = list(dict.fromkeys(value.name for value in values))
    for figure in figures:
        if figure not in known:
            raise UsageError(f"there is no figure {figure!r}", hint=f"known: {', '.join(known)}")
    return [value for value in values if value.name in figures]


def check_names(store: Store, choice: Choice) -> None:
    """Refuse a choice of which a layer is not there.

    Raises:
        UsageError: If there is no such annotator, or one was named twice.
    """
    _called(store.annotators(), choice.annotators)


def _called(known: Sequence[tuple[str, Kind]], wanted: Sequence[str]) -> dict[str, str]:
    """Return what each annotator whose layers are wanted is called in the study, by name."""
    if not wanted:
        return {name: name for name, kind in known if kind == "human"}
    called: dict[str, str] = {}
    for one in wanted:
        names = _named(known, one)
        if not names:
            listed = ", ".join(f"{name} ({kind})" for name, kind in known) or "none yet"
            raise UsageError(f"there is no layer {one!r}", hint=f"known: {listed}; or gold, or model:NAME")
        twice = [name for name in names if name in called]
        if twice:
            raise UsageError(f"{twice[0]!r} was named twice", hint="name two that differ")
        called |= dict.fromkeys(names, names[0] if len(names) == 1 else one)
    return called


def _named(known: Sequence[tuple[str, Kind]], wanted: str) -> list[str]:
    """Return the annotators that a name stands for: that name, all gold layers, or a kind and a name."""
    exact = [name for name, kind in known if name == wanted or f"{kind}:{name}" == wanted]
    return exact or [name for name, kind in known if wanted == GOLD and kind == "gold"]


def _chosen(store: Store, called: dict[str, str], choice: Choice, shared: list[int]) -> Iterator[Record]:
    articles = _drawn(shared, choice) or None  # where nothing can be drawn it is told why, of all
    for record in store.stream(annotators=sorted(called), articles=articles):
        layer = record.layer
        if layer is not None and (not choice.statuses or layer.kind == "model" or layer.status in choice.statuses):
            yield record


def _drawn(articles: list[int], choice: Choice) -> list[int]:
    """Return a sample of articles, without one twice, in order."""
    from random import Random

    return sorted(Random(choice.seed).sample(articles, min(choice.sample, len(articles))))


def _check(study: Study, choice: Choice, store: Store) -> None:
    """Refuse a study in which nobody can agree with anybody."""
    if len(study.annotators) >= 2 and study.pairs():
        return
    if choice.statuses:
        hint = f"leave out --status to compare what is not {' or '.join(choice.statuses)}, too"
        raise InputError(f"no two annotators have an article with status {' or '.join(choice.statuses)}", hint=hint)
    others = [f"{kind}:{name}" if kind == "model" else name for name, kind in store.annotators()]
    if len(study.annotators) >= 2:
        names = ", ".join(study.annotators)
        raise InputError(f"no article was read by two of {names}", hint="have some articles read twice")
    who = f"only {study.annotators[0]} has" if study.annotators else "nobody has"
    rest = [name for name in others if name not in study.annotators]
    hint = f"compare with another layer: --annotators A,B, of {', '.join(others)}" if rest and len(others) > 1 else ""
    hint = hint or "load the layers of a second annotator: annotator load FILE --annotator NAME"
    raise InputError(f"agreement takes two annotators, and {who} layers here", hint=hint)
