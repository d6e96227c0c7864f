"""Tables for agreement on tokens or characters: what each annotator has put on each position.

Invariant: a position counts for the annotators that have read its article and for no other.  Over all labels together,
a position's category is the set of labels on it (none is a category too), so overlapping units are neither dropped nor
forced into one label; for one label there are two categories, under it and not.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from annotator.agreement.line import GRAINS, Grain, Segments, segments
from annotator.agreement.measure import Figure, Members
from annotator.agreement.study import Bools, Floats, Ints, Study
from annotator.agreement.tally import sums_by

Tabulate = Callable[[Study, Grain, Members, int | None], Floats]
NO_TOKENS = "no token boundaries were given"


def coding_figures(
    name: str,
    tabulate: Tabulate,
    compute: Callable[[Floats], Floats],
    why: Callable[[Floats], str],
    *,
    joint: bool = False,
    complete: bool = False,
) -> tuple[Figure, ...]:
    """Return one figure on tokens and one on characters; see `Figure` for the arguments."""

    def figure(grain: Grain) -> Figure:
        def table(study: Study, members: Members, label: int | None) -> Floats | str:
            if grain == "tokens" and study.tokens is None:
                return NO_TOKENS
            return tabulate(study, grain, members, label)

        return Figure(f"{name}-{grain}", table, compute, why, joint=joint, complete=complete)

    return tuple(figure(grain) for grain in GRAINS)


def pair_table(study: Study, grain: Grain, members: Members, label: int | None) -> Floats:
    """Return, for two annotators, how much each article has and where they agree, and the categories of each.

    Returns:
        Columns: positions, positions alike, positions by category of the one, the same of the other;
        shape (articles, 2 + 2 · categories), zeros where not both have read the article.
    """
    cut = segments(study, grain, label)
    first, second = members
    both = study.seen[first] & study.seen[second]
    size = cut.size * both[cut.article]
    alike = cut.codes[first] == cut.codes[second]
    sides = [by_category(study, cut, cut.codes[one], size) for one in members]
    return np.concatenate([by_article(study, cut, size, size * alike), *sides], axis=1)


def joint_table(study: Study, grain: Grain, members: Members, label: int | None) -> Floats:
    """Return, for any number of annotators, Krippendorff's coincidences of each article.

    Returns:
        Columns: disagreement, values by category; shape (articles, 1 + categories).  A value is one annotator's
        category of one position.  Disagreement is how many ordered pairs of values differ, each position's divided by
        the number of its values less one.  Articles that fewer than two have read have zeros.
    """
    cut = segments(study, grain, label)
    readers = study.seen[list(members)].sum(axis=0)
    size = cut.size / np.maximum(readers - 1, 1)[cut.article]
    differing = np.zeros(len(cut.size))
    for first, second in combinations(members, 2):
        unlike = cut.codes[first] != cut.codes[second]
        differing += 2 * unlike * together(study, first, second)[cut.article]
    held = np.zeros((len(study.articles), len(cut.sets)))
    for one in members:
        held += by_category(study, cut, cut.codes[one], cut.size * (study.seen[one] & (readers > 1))[cut.article])
    return np.concatenate([by_article(study, cut, size * differing), held], axis=1)


def together(study: Study, first: int, second: int) -> Bools:
    """Return which articles two annotators have both read, shape (articles,)."""
    return np.asarray(study.seen[first] & study.seen[second])


def by_article(study: Study, cut: Segments, *sizes: Floats) -> Floats:
    """Return the sums of these sizes, each of shape (segments,), over each article; shape (articles, sizes)."""
    return np.stack([sums_by(cut.article, size, len(study.articles)) for size in sizes], axis=1)


def by_category(study: Study, cut: Segments, codes: Ints, size: Floats) -> Floats:
    """Return the sums of these sizes over each article and category; shape (articles, categories)."""
    shape = len(study.articles), len(cut.sets)
    cell = cut.article * shape[1] + codes
    return sums_by(cell, size, shape[0] * shape[1]).reshape(shape)


def no_positions(sums: Floats) -> str:
    """Say why there is nothing to compare."""
    return "the articles have no positions to compare" if not sums.sum() else ""
