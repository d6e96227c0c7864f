"""Concordances of a project: where a string stands and how everybody read it, and which strings are read most unevenly.

Invariant: what is told of one string, and of all of them, is one snapshot of the file; memory does not grow with the
corpus.  Nothing here writes.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Any, Final

from annotator.core.concordance import Concordance, Form, Key, Occurrence, Tally, in_order, label_of, told
from annotator.core.layer import Kind
from annotator.core.occurrences import Mark, Marks, Wanted, around, form_of
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.store.queries import Store

REACH: Final = 120  # code points of context that are kept on each side
MOST: Final = 20_000  # occurrences that are kept
FORMS: Final = 1_000_000  # spans whose strings are counted in one pass: 250 MB if no two annotators agree on any
LONGEST: Final = 200  # code points of a string that is told of among the uneven ones
KINDS: Final[tuple[Kind, ...]] = ("human", "gold")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which occurrences, and whose readings.

    Args:
        annotators: Their names; none for all people and the gold layer.
        label: Only places that one of them gave this label; "" for all.
        uneven: Only places that annotators read differently, or otherwise than is usual.
    """

    annotators: tuple[str, ...] = ()
    label: str = ""
    uneven: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a screen is asked to show: a string, or None for the strings that are read most unevenly."""

    wanted: Wanted | None = None
    choice: Choice = Choice()


def readers_of(store: Store, names: Sequence[str] = ()) -> tuple[str, ...]:
    """Return whose readings are shown, people before gold.

    Raises:
        UsageError: If there is no annotator of such a name.
    """
    known = dict(store.annotators())
    for name in names:
        if name not in known:
            listed = ", ".join(known) or "nobody yet"
            raise UsageError(f"there is no annotator {name!r}", hint=f"known: {listed}")
    chosen = names or [name for name, kind in known.items() if kind in KINDS]
    return tuple(sorted(dict.fromkeys(chosen), key=lambda name: (known[name] == "gold", name)))


def concordance_of(store: Store, wanted: Wanted, choice: Choice | None = None, *, most: int = MOST) -> Concordance:
    """Return every occurrence of a string with how each annotator read it, inconsistent ones first.

    Args:
        store: The database.
        wanted: The string.
        choice: Which occurrences, and whose readings.
        most: How many occurrences to keep; those that annotators read differently go before others.

    Raises:
        UsageError: If there is no such annotator.
        StoreError: If the database cannot be read.
    """
    choice = choice or Choice()
    names = readers_of(store, choice.annotators)
    tally = Tally()
    split: list[Occurrence] = []
    alike: list[Occurrence] = []
    passed = 0
    for one in _occurrences(store, wanted, names, tally):
        if choice.label and not any(choice.label in reading.labels for reading in one.readings.values()):
            continue
        passed += 1
        kept = split if one.split else alike
        if len(kept) < most:
            kept.append(one)
    usual = tally.usual
    if choice.uneven:
        alike = [one for one in alike if one.odd(usual)]
        passed = len(split) + len(alike) if choice.label else tally.inconsistent
    found = in_order([*split, *alike], usual)[:most]
    # Whoever has read none of these articles, such as a lead who only looks, needs no column unless asked for.
    present = tuple(name for name in names if name in tally.by or name in choice.annotators)
    return Concordance(present or names, tally, tuple(found), max(0, passed - len(found)))


def _occurrences(store: Store, wanted: Wanted, names: Sequence[str], tally: Tally) -> Iterator[Occurrence]:
    """Yield the occurrences in the order of articles and texts, and count them."""
    parts = () if wanted.ignore_case else wanted.parts
    for texts, read in store.texts_and_marks(parts, names, only=wanted.may_occur):
        for article, name, text in texts:
            marks = {reader: Marks(each) for reader, each in sorted(read[article].items())}
            before_this = tally.occurrences
            for start, end in wanted.occurrences(text):
                readings = {reader: each.reading(start, end) for reader, each in marks.items()}
                tally.add(readings)
                before, after = around(text, start, end, reach=REACH)
                yield Occurrence(article, name, start, end, text[start:end], before, after, readings)
            tally.articles += tally.occurrences > before_this


def uneven_forms(
    store: Store,
    *,
    annotators: Sequence[str] = (),
    label: str = "",
    limit: int = 100,
    spans: int | None = None,
) -> list[Form]:
    """Return the strings that are read most unevenly, among those that somebody marked.

    A place counts if somebody marked exactly it; what everybody else who read the article has there counts, too.  The
    articles are gone through once for every `FORMS` spans, each time for another part of the strings, so that memory
    does not grow with the corpus.

    Args:
        store: The database.
        annotators: Whose readings; all people and the gold layer if none.
        label: Only strings that have this label somewhere.
        limit: How many.
        spans: How many spans to reckon with; as many as there are if None.

    Raises:
        UsageError: If there is no such annotator.
        StoreError: If the database cannot be read.
    """
    names = readers_of(store, annotators)
    total = store.spans_in_all(KINDS) if spans is None else spans
    passes = max(1, -(-total // FORMS))
    found: list[Form] = []
    for number in range(passes):
        forms = _forms(store, names, part=(number, passes))
        uneven = (form for form in forms if form.minority and (not label or ("label", label) in form.keys))
        found = nsmallest(limit, [*found, *uneven], key=lambda form: form.rank)
    return found


def _forms(store: Store, names: Sequence[str], *, part: tuple[int, int]) -> list[Form]:
    """Return the strings that are of a part (its number from 0, and of how many), with their counts."""
    number, parts = part
    keys: dict[str, dict[Key, int]] = {}
    places: dict[str, int] = {}
    split: dict[str, int] = {}
    for texts, read in store.texts_and_marks((), names):
        for article, _, text in texts:
            for start, end, here in _places(read[article]):
                form = form_of(text[start:end]) if end - start <= LONGEST else ""
                if not form or (parts > 1 and zlib.crc32(form.encode()) % parts != number):
                    continue
                counts = keys.setdefault(form, {})
                for key in here:
                    counts[key] = counts.get(key, 0) + 1
                places[form] = places.get(form, 0) + 1
                if here.count(here[0]) < len(here):
                    split[form] = split.get(form, 0) + 1
    return [Form(form, counts, places[form], split.get(form, 0)) for form, counts in keys.items()]


def _places(read: Mapping[str, Sequence[Mark]]) -> Iterator[tuple[int, int, list[Key]]]:
    """Yield each stretch that somebody marked in an article, and how everybody read it.

    Nearly all are marked by everybody with one label; only for the others a `Reading` is made, which takes longer.
    """
    exact: dict[tuple[int, int], dict[str, Key]] = {}
    for name, marks in read.items():
        for start, end, label in marks:
            here = exact.setdefault((start, end), {})
            here[name] = ("label", label) if name not in here else ("label", *sorted((*here[name][1:], label)))
    asked: dict[str, Marks] = {}
    for (start, end), here in exact.items():
        if len(here) < len(read):
            for name, marks in read.items():
                if name not in here:
                    known = asked.get(name) or asked.setdefault(name, Marks(marks))
                    here[name] = known.reading(start, end).key
        yield start, end, list(here.values())


def as_data(wanted: Wanted, found: Concordance) -> dict[str, Any]:
    """Return a concordance as JSON values.

    Returns:
        `{"string", "ignore_case", "word", "annotators", "counts": {…}, "readings": [{"reading", "labels", "total",
        "by": {annotator: n}}], "left_out", "occurrences": [{"article", "start", "end", "text", "before", "after",
        "split", "odd", "readings": {annotator: {"kind", "labels", "across": [{"start", "end", "label"}]}}}]}`.
    """
    tally, usual = found.tally, found.tally.usual
    return {
        "string": wanted.string,
        "ignore_case": wanted.ignore_case,
        "word": wanted.word,
        "annotators": list(found.annotators),
        "counts": {
            "articles": tally.articles,
            "occurrences": tally.occurrences,
            "unread": tally.unread,
            "split": tally.split,
            "inconsistent": tally.inconsistent,
            "minority": tally.minority,
            "entropy": round(tally.entropy, 6),
        },
        "readings": [
            {
                "reading": label_of(key),
                "kind": key[0],
                "labels": list(key[1:]),
                "total": count,
                "by": {name: tally.by.get(name, Counter())[key] for name in found.annotators},
            }
            for key, count in told(tally.keys)
        ],
        "left_out": found.left_out,
        "occurrences": [_occurrence_data(one, usual) for one in found.occurrences],
    }


def _occurrence_data(one: Occurrence, usual: Key | None) -> dict[str, Any]:
    return {
        "article": one.name,
        "start": one.start,
        "end": one.end,
        "text": one.found,
        "before": one.before,
        "after": one.after,
        "split": one.split,
        "odd": round(one.odd(usual), 6),
        "readings": {
            name: {
                "kind": reading.kind,
                "labels": list(reading.labels),
                "across": [{"start": m.start, "end": m.end, "label": m.label} for m in reading.across],
            }
            for name, reading in one.readings.items()
        },
    }


def forms_data(forms: Sequence[Form]) -> dict[str, Any]:
    """Return uneven strings as JSON values.

    Returns:
        `{"strings": [{"string", "places", "split", "minority", "share", "entropy", "readings": [{"reading", "kind",
        "labels", "total"}]}]}`.
    """
    return {
        "strings": [
            {
                "string": form.string,
                "places": form.places,
                "split": form.split,
                "minority": form.minority,
                "share": round(form.share, 6),
                "entropy": round(form.entropy, 6),
                "readings": [
                    {"reading": label_of(key), "kind": key[0], "labels": list(key[1:]), "total": count}
                    for key, count in told(form.keys)
                ],
            }
            for form in forms
        ]
    }
