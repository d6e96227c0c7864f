"""The sections of the page: pairs, labels, kinds of difference, confused labels, articles.

Invariant: all of them are about exact F1 and the differences behind it, so that one section explains another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from annotator.agreeing import LEAD, Agreement
from annotator.agreement.differences import (
    NOBODY,
    SAME,
    Differences,
    by_article,
    confusion,
    differences,
    exact_scores,
    kind_names,
)
from annotator.agreement.disagreement import kinds_of
from annotator.agreement.study import Floats, Study
from annotator.core.counting import count
from annotator.report.plots import axis_for, counted, heat_of, histogram, mark, stacked
from annotator.report.readings import readings

if TYPE_CHECKING:
    from annotator.agreement.value import Value
    from annotator.formats.html import Colours
    from annotator.store.queries import Store

WORST: Final = 6  # articles shown in both readings
LISTED: Final = 8  # differences listed under an article
PRECISION_RECALL: Final = ("precision-exact", "recall-exact")
KIND_SAYS: Final = {
    "label": "same words, another label",
    "boundary": "same label, other edges",
    "both": "words overlap, label and edges differ",
    "missing": "only one of the two marked it",
    "missed": "only the reference has it",
    "spurious": "only the other layer has it",
}


def pairs(agreement: Agreement) -> dict[str, Any]:
    """Return the figures of each pair as rows, and for three annotators and more as a heat table of everybody."""
    study = agreement.study
    found = {v.pair: v for v in agreement.of(LEAD) if v.pair and not v.label and not v.article}
    axis = axis_for(list(found.values()))
    lowest_first = sorted(found.items(), key=lambda item: (item[1].value is None, item[1].value or 0.0))
    rows = [{"pair": pair, "value": value, "axis": axis, "mark": mark(value, axis)} for pair, value in lowest_first]
    heat = []
    for one in study.annotators if len(study.annotators) > 2 else ():
        cells = []
        for other in study.annotators:
            value = found.get((one, other)) or found.get((other, one))
            says = f"{one} × {other}" + (f", {count(value.n, 'article')}" if value else ": no article in common")
            cells.append(None if one == other else heat_of(value.value if value else None, says=says))
        heat.append((one, cells))
    return {"rows": rows, "heat": heat, "names": study.annotators}


def labels(agreement: Agreement, colours: Colours) -> dict[str, Any]:
    """Return the figures of each label as rows, and for three annotators and more a heat table of pairs and labels."""
    study = agreement.study
    values = [v for v in agreement.of(LEAD) if v.label and not v.article]
    whole = [v for v in values if not v.pair]
    axis = axis_for(whole)
    against = {
        name: {v.label: v for v in found if v.label and not v.pair and not v.article}
        for name in PRECISION_RECALL
        if (found := agreement.of(name))
    }
    spans = np.bincount(study.units.label, minlength=len(study.labels))
    counts = dict(zip(study.labels, spans.tolist(), strict=True))
    rows = [
        {
            "label": value.label,
            "colour": colours.of(value.label or ""),
            "spans": counts.get(value.label or "", 0),
            "value": value,
            "axis": axis,
            "mark": mark(value, axis),
            "precision_recall": [by_label[value.label or ""] for by_label in against.values()],
        }
        for value in whole
    ]
    heat: list[tuple[tuple[str, str], list[Any]]] = []
    if len(study.annotators) > 2:
        by: dict[tuple[tuple[str, str], str], Value] = {(v.pair, v.label): v for v in values if v.pair and v.label}
        for pair in dict.fromkeys(pair for pair, _ in by):
            says = " × ".join(pair)
            heat.append((pair, [heat_of(by[pair, one].value, says=f"{says}, {one}") for one in study.labels]))
    return {"rows": rows, "heat": heat, "names": study.labels, "precision_recall": len(against) == 2}


def kinds(study: Study) -> list[dict[str, Any]]:
    """Return how many differences of each kind there are, over all pairs and by pair."""
    tables = {pair: by_article(study, differences(study, *pair)).sum(axis=0) for pair in study.pairs()}
    total = np.sum(list(tables.values()), axis=0)
    rows = [("all", total)] if len(tables) != 1 else []
    rows += [(_pair(study, pair), table) for pair, table in tables.items()]
    return [_kinds_row(kinds_of(study), name, table) for name, table in rows]


def _kinds_row(known: tuple[str, ...], name: str, table: Floats) -> dict[str, Any]:
    *counts, alike = [int(count) for count in table]
    parts = [
        {"kind": kind, "says": KIND_SAYS[kind], "count": count, "x": x, "width": width}
        for kind, count, (x, width) in zip(known, counts, stacked(counts), strict=True)
    ]
    return {"name": name, "parts": parts, "differences": sum(counts), "alike": alike}


def confusions(study: Study, colours: Colours) -> dict[str, Any]:
    """Return the matrix of labels, rows of the one annotator and columns of the other where there are two."""
    directed = len(study.annotators) == 2
    table = confusion(study, study.pairs(), directed=directed)
    apart = table.copy()
    np.fill_diagonal(apart, 0)
    names = [*study.labels, "nothing"]
    rows = []
    for at, name in enumerate(names):
        cells = []
        for to, other in enumerate(names):
            most = float(table.diagonal().max() if at == to else apart.max())
            heat = counted(float(table[at, to]), most, says=f"{name} and {other}")
            cells.append({"heat": heat, "same": at == to})
        rows.append({"name": name, "colour": colours.of(name) if at < len(study.labels) else "", "cells": cells})
    sides = (study.annotators[0], study.annotators[1]) if directed else None
    return {"rows": rows, "names": names, "sides": sides}


def articles(study: Study) -> dict[str, Any]:
    """Return how exact F1 is spread over articles: for each, the mean over the pairs that read it."""
    scores = np.stack([exact_scores(study, *pair) for pair in study.pairs()])
    known = ~np.isnan(scores)
    read = known.any(axis=0)
    mean = np.where(known, scores, 0.0).sum(axis=0)[read] / known.sum(axis=0)[read]
    columns = histogram(mean.tolist())
    return {
        "columns": columns,
        "count": len(mean),
        "middle": float(np.median(mean)),
        "full": int((mean == 1).sum()),
        "most": max(column.count for column in columns),
    }


def worst(study: Study, store: Store, colours: Colours) -> list[dict[str, Any]]:
    """Return the articles with the lowest exact F1 of two annotators, each by its worst pair, in both readings."""
    all_pairs = study.pairs()
    scores = np.stack([exact_scores(study, *pair) for pair in all_pairs])
    scores = np.where(np.isnan(scores), np.inf, scores)
    at = scores.argmin(axis=0)
    lowest = scores.min(axis=0)
    order = [int(article) for article in np.argsort(lowest, kind="stable") if lowest[article] < 1][:WORST]
    return [
        _in_both(study, article, all_pairs[at[article]], float(lowest[article]), store, colours) for article in order
    ]


def _in_both(
    study: Study, article: int, pair: tuple[int, int], score: float, store: Store, colours: Colours
) -> dict[str, Any]:
    found = differences(study, *pair)
    found = found.where(found.article == article)
    stored = store.article_by_key(study.articles[article])
    assert stored is not None, "the study was read from the same file"
    table = by_article(study, found)[article]
    listed = _listed(study, found, stored.text, colours)
    return {
        "key": stored.key,
        "title": stored.title,
        "pair": (study.annotators[pair[0]], study.annotators[pair[1]]),
        "score": score,
        "counts": [(title, int(count)) for title, count in zip(kinds_of(study), table, strict=False) if count],
        "alike": int(table[-1]),
        "readings": readings(study, found, stored.text, colour=colours.of),
        "listed": listed[:LISTED],
        "unlisted": max(0, len(listed) - LISTED),
    }


def _listed(study: Study, found: Differences, text: str, colours: Colours) -> list[dict[str, Any]]:
    units, rows = study.units, []
    found = found.where(found.kind != SAME)
    for first, second, kind in zip(found.first.tolist(), found.second.tolist(), kind_names(study, found), strict=True):
        sides: list[dict[str, str] | None] = []
        for at in (first, second):
            if at == NOBODY:
                sides.append(None)
                continue
            label = study.labels[units.label[at]]
            words = _short(text[int(units.start[at]) : int(units.end[at])])
            sides.append({"label": label, "colour": colours.of(label), "words": words})
        rows.append({"kind": kind, "sides": sides})
    return rows


def _short(words: str, most: int = 90) -> str:
    from annotator.formats.html import shown_text

    one = shown_text(" ".join(words.split()) or words)
    return one if len(one) <= most else f"{one[: most - 1]}…"


def _pair(study: Study, pair: tuple[int, int]) -> str:
    return f"{study.annotators[pair[0]]} × {study.annotators[pair[1]]}"
