"""Agreement on attributes, over spans that two annotators have both marked.

Invariant: only spans with a partner of the same label count, partners by the optimal one-to-one matching (see
`matching`; they may differ in extent), so these figures say nothing of spans that one annotator has missed.
Overlapping spans need no other rule.  Over all annotators each figure is the mean over the pairs.

| kind of attribute         | figure                       | compares                                                |
|---------------------------|------------------------------|---------------------------------------------------------|
| flag, choice, text        | `attribute-alpha:NAME`       | Krippendorff's nominal α                                |
| choices                   | `attribute-alpha:NAME`       | the same, of the whole sets                             |
| number, count             | `attribute-alpha:NAME`       | interval α; of a count its best, else middle, value     |
| count                     | `attribute-overlap:NAME`     | mean of shared over joint length of the ranges min–max  |
| link                      | `attribute-f1:NAME`          | F1 of links whose ends are partners                     |

Nominal: a value that one of the two has not set is a value of its own; where neither has set one, the span does not
count; a flag that is not set is false.  Interval and ranges: both must have set a number.  A count without `min` or
`max` ends at its best value, or at the other end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import numpy as np

from annotator.agreement.alpha import nominal_alpha
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.f1 import f1
from annotator.agreement.matching import matching
from annotator.agreement.measure import BY, By, Figure, Members, evaluate, ratio
from annotator.agreement.study import Floats, Study
from annotator.agreement.value import Value

Attribute = tuple[int, str]  # label, name
Set = Mapping[str, Any]  # attributes by name
Partners = list[tuple[int, Any, Any]]  # article, what the one has set (None if nothing), what the other has
_NOMINAL: Final = ("flag", "choice", "choices", "text")


class Attributes:
    """The measure; its figures depend on which attributes the study has."""

    name: Final = "attributes"
    title: Final = "attributes of spans that both have marked: α, range overlap of counts, F1 of links"

    def values(self, study: Study, *, bootstrap: Bootstrap | None = None, by: Collection[By] = BY) -> list[Value]:
        """Return the figures of each attribute, always by label; see `measure.Measure.values`."""
        given = bootstrap if bootstrap is not None else Bootstrap()
        found: list[Value] = []
        for attribute, kind in sorted(_kinds(study).items()):
            for figure in _figures(attribute, kind):
                # A name may stand under several labels, and each is an attribute of its own.
                found += evaluate(figure, study, bootstrap=given, by=by, only=attribute[0])
        return found


def _kinds(study: Study) -> dict[Attribute, str]:
    """Return the kind of each attribute that occurs: what the study says, else what the values look like."""
    found: dict[Attribute, str] = {}
    for unit, values in study.attributes.items():
        label = int(study.units.label[unit])
        for name, value in values.items():
            if (label, name) not in found:
                found[label, name] = study.kinds.get((study.labels[label], name)) or _looks_like(value)
    return found


def _looks_like(value: Any) -> str:
    looks = {bool: "flag", dict: "count", list: "choices", int: "number", float: "number"}
    return looks.get(type(value), "choice")


def _figures(attribute: Attribute, kind: str) -> list[Figure]:
    name = attribute[1]
    if kind in _NOMINAL:
        tabulate = _over_partners(attribute, lambda study, pairs: _nominal(study, pairs, flag=kind == "flag"))
        return [_figure(f"attribute-alpha:{name}", tabulate, nominal_alpha, _why_nominal)]
    if kind == "link":
        return [_figure(f"attribute-f1:{name}", _links(attribute), _link_f1, _why_links)]
    read = _best if kind == "count" else _number
    tabulate = _over_partners(attribute, lambda study, pairs: _interval(study, pairs, read))
    figures = [_figure(f"attribute-alpha:{name}", tabulate, interval_alpha, _why_interval)]
    if kind == "count":
        tabulate = _over_partners(attribute, _ranges)
        figures.append(_figure(f"attribute-overlap:{name}", tabulate, _mean_overlap, _why_ranges))
    return figures


_Tabulate = Callable[[Study, Members, int | None], Floats]


def _figure(
    name: str, tabulate: _Tabulate, compute: Callable[[Floats], Floats], why: Callable[[Floats], str]
) -> Figure:
    return Figure(name, tabulate, compute, why, overall=False)


def _over_partners(attribute: Attribute, table: Callable[[Study, Partners], Floats]) -> _Tabulate:
    def tabulate(study: Study, members: Members, label: int | None) -> Floats:
        return table(study, _partners(study, members, attribute))

    return tabulate


def _partners(study: Study, members: Members, attribute: Attribute) -> Partners:
    """Return what each two partners of a label have set, those left out where neither has set it."""
    label, name = attribute
    both = study.once(("partners", members, label), lambda: _with_attributes(study, members, label))
    pairs = ((article, one.get(name), two.get(name)) for article, one, two in both)
    return [pair for pair in pairs if pair[1] is not None or pair[2] is not None]


def _with_attributes(study: Study, members: Members, label: int) -> list[tuple[int, Set, Set]]:
    """Return the article and the attributes of each two partners of a label, of which one has any."""
    first, second = members
    found = matching(study, first, second, labelled=True)
    mine = study.units.label[found.first] == label
    columns = (study.units.article[found.first[mine]], found.first[mine], found.second[mine])
    nothing: Set = {}
    pairs = (
        (article, study.attributes.get(a, nothing), study.attributes.get(b, nothing))
        for article, a, b in zip(*(one.tolist() for one in columns), strict=True)
    )
    return [pair for pair in pairs if pair[1] or pair[2]]


def _nominal(study: Study, pairs: Partners, *, flag: bool) -> Floats:
    """Return the columns of nominal α: disagreement, and values by category; shape (articles, 1 + categories)."""
    at: dict[str | tuple[str], int] = {}
    codes: tuple[list[int], list[int]] = ([], [])
    for _, *both in pairs:
        for side, value in enumerate(both):
            # A string is its own key, and most values are strings.
            key = value if type(value) is str and not flag else (_written(value, flag=flag),)
            codes[side].append(at.setdefault(key, len(at)))
    articles, size = np.array([pair[0] for pair in pairs], dtype=np.int64), len(at)
    first, second = (np.array(side, dtype=np.int64) for side in codes)
    unlike = np.bincount(articles, weights=2.0 * (first != second), minlength=len(study.articles))
    cells = np.concatenate([articles * size + first, articles * size + second])
    held = np.bincount(cells, minlength=len(study.articles) * size).reshape(len(study.articles), size)
    return np.concatenate([unlike[:, None], held], axis=1)


def _written(value: Any, *, flag: bool) -> str:
    """Return a value as text, a set of choices in any order as the same."""
    plain = sorted(value) if isinstance(value, list) else bool(value) if flag else value
    return json.dumps(plain, sort_keys=True)


def _interval(study: Study, pairs: Partners, read: Callable[[Any], float | None]) -> Floats:
    """Return the columns of interval α: values, Σ (x − y)², Σ x, Σ x² about their middle; shape (articles, 4)."""
    found = [(article, read(one), read(two)) for article, one, two in pairs]
    numbers = np.array([(article, x, y) for article, x, y in found if x is not None and y is not None]).reshape(-1, 3)
    articles, x, y = numbers[:, 0].astype(np.int64), numbers[:, 1], numbers[:, 2]
    if len(numbers):  # α does not change with it, and the squares keep their digits
        middle = (x.mean() + y.mean()) / 2
        x, y = x - middle, y - middle
    columns = (np.full(len(x), 2.0), (x - y) ** 2, x + y, x**2 + y**2)
    return np.stack([np.bincount(articles, weights=one, minlength=len(study.articles)) for one in columns], axis=1)


def interval_alpha(sums: Floats) -> Floats:
    """Return interval α of pairs from values n, Σ (x − y)², Σ x and Σ x² over both, shape (..., 4).

    Of Krippendorff 2011: 1 − (n − 1) Σ (x − y)² / (n Σ x² − (Σ x)²), each unit having two values.
    """
    n, apart, total, squares = (sums[..., at] for at in range(4))
    spread = n * squares - total**2
    alike = spread <= n * squares * 1e-12  # all values the same, up to rounding
    return 1 - ratio((n - 1) * apart, np.where(alike, 0.0, spread))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _best(value: Any) -> float | None:
    """Return the best value of a count, else the middle of its range, or None if it has no number."""
    ends = _range(value)
    if ends is None:
        return None
    best = _number(value.get("best"))
    return best if best is not None else (ends[0] + ends[1]) / 2


def _range(value: Any) -> tuple[float, float] | None:
    """Return the least and the greatest number of a count, or None if it has no number."""
    if not isinstance(value, Mapping):
        return None
    low, best, high = (_number(value.get(name)) for name in ("min", "best", "max"))
    lows = [end for end in (low, best, high) if end is not None]
    highs = [end for end in (high, best, low) if end is not None]
    return (lows[0], highs[0]) if lows else None


def _ranges(study: Study, pairs: Partners) -> Floats:
    """Return how many pairs of ranges each article has and the sum of their overlaps; shape (articles, 2)."""
    table = np.zeros((len(study.articles), 2))
    for article, one, two in pairs:
        a, b = _range(one), _range(two)
        if a is None or b is None:
            continue
        shared = min(a[1], b[1]) - max(a[0], b[0]) + 1  # whole numbers, both ends included
        table[article] += 1, max(shared, 0) / (max(a[1], b[1]) - min(a[0], b[0]) + 1)
    return table


def _mean_overlap(sums: Floats) -> Floats:
    return ratio(sums[..., 1], sums[..., 0])


def _links(attribute: Attribute) -> _Tabulate:
    def tabulate(study: Study, members: Members, label: int | None) -> Floats:
        return _link_counts(study, members, attribute)

    return tabulate


def _link_counts(study: Study, members: Members, attribute: Attribute) -> Floats:
    """Return the links of the one, of the other, and those with both ends partners; shape (articles, 3)."""
    first, second = members
    label, name = attribute
    found = matching(study, first, second, labelled=True)
    partner = dict(zip(found.first.tolist(), found.second.tolist(), strict=True))
    table = np.zeros((len(study.articles), 3))
    mine = study.units.label[found.first] == label
    nothing: Set = {}
    read: tuple[int, tuple[dict[str, int], ...]] = (-1, ())  # partners come article by article
    for a, b in zip(found.first[mine].tolist(), found.second[mine].tolist(), strict=True):
        links = [study.attributes.get(unit, nothing).get(name) for unit in (a, b)]
        if links == [None, None]:
            continue
        article = int(study.units.article[a])
        if read[0] != article:
            read = article, tuple(_places(study, who, article) for who in members)
        ends = [_targets(value, places) for value, places in zip(links, read[1], strict=True)]
        shared = sum(partner.get(end) in ends[1] for end in ends[0])
        table[article] += len(ends[0]), len(ends[1]), shared
    return table


def _places(study: Study, who: int, article: int) -> dict[str, int]:
    """Return the index of each unit of a reading by its id."""
    mine = study.of_annotator(who)
    low, high = (mine.start + int(at) for at in np.searchsorted(study.units.article[mine], [article, article + 1]))
    return {id: at for at, id in enumerate(study.ids[low:high], start=low)}


def _targets(value: Any, places: Mapping[str, int]) -> set[int]:
    ids = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    # A link to a span that is not there has no place; it still is a link, and agrees with none.
    return {places.get(id, -1 - at) for at, id in enumerate(ids)}


def _link_f1(sums: Floats) -> Floats:
    return np.where(sums[..., 0] + sums[..., 1] > 0, f1(sums), np.nan)


def _why_nominal(sums: Floats) -> str:
    if not sums[1:].any():
        return "no span that both marked has a value"
    return "all spans that both marked have the same value, so no disagreement is to be expected by chance"


def _why_interval(sums: Floats) -> str:
    if not sums[0]:
        return "no span that both marked has a number from both"
    return "all numbers are the same, so no disagreement is to be expected by chance"


def _why_ranges(sums: Floats) -> str:
    return "no span that both marked has a number from both"


def _why_links(sums: Floats) -> str:
    return "no span that both marked has a link"


MEASURE: Final = Attributes()
