"""Characters and tokens by interval arithmetic, against one array cell a character."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import readings

from annotator.agreement import line as lines
from annotator.agreement.study import Study, Unit

LENGTH = 31
TOKENS = [(0, 3), (3, 4), (6, 11), (12, 20), (20, 22), (25, 31)]
sides = st.dictionaries(
    st.sampled_from("pqr"), st.dictionaries(st.sampled_from("xy"), readings, min_size=1), min_size=1
)


def study_of(marked: dict[str, dict[str, list[Unit]]]) -> Study:
    return Study.of_readings(marked, lengths={"x": LENGTH, "y": LENGTH}, tokens={"x": TOKENS, "y": TOKENS})


def by_hand(units: list[Unit], grain: str) -> list[frozenset[str]]:
    places = TOKENS if grain == "tokens" else [(at, at + 1) for at in range(LENGTH)]
    return [frozenset(label for start, end, label in units if start < high and low < end) for low, high in places]


def unrolled(study: Study, grain: lines.Grain) -> dict[tuple[str, str], list[frozenset[str]]]:
    cut = lines.segments(study, grain, None)
    names = [frozenset(np.array(study.labels)[row].tolist()) for row in cut.sets]
    found: dict[tuple[str, str], list[frozenset[str]]] = {}
    for who, article in zip(*np.nonzero(study.seen), strict=True):
        mine = cut.article == article
        codes = np.repeat(cut.codes[who][mine], cut.size[mine].astype(int))
        found[study.annotators[who], study.articles[article]] = [names[code] for code in codes]
    return found


@pytest.mark.parametrize("grain", lines.GRAINS)
@settings(max_examples=40)
@given(marked=sides)
def test_every_position_has_the_labels_that_cover_it(
    grain: lines.Grain, marked: dict[str, dict[str, list[Unit]]]
) -> None:
    expected = {(who, key): by_hand(units, grain) for who, one in marked.items() for key, units in one.items()}
    assert unrolled(study_of(marked), grain) == expected


@settings(max_examples=40)
@given(marked=sides)
def test_one_label_is_the_whole_line_without_the_others(marked: dict[str, dict[str, list[Unit]]]) -> None:
    study = study_of(marked)
    only = study_of(
        {who: {key: [u for u in units if u[2] == "a"] for key, units in one.items()} for who, one in marked.items()}
    )
    if "a" not in study.labels:
        return
    cut, whole = (lines.segments(one, "characters", one.labels.index("a")) for one in (study, only))
    assert cut.edge.tolist() == whole.edge.tolist()
    assert cut.codes.tolist() == whole.codes.tolist()


@given(readings)
def test_merged_units_are_disjoint_and_cover_the_same(marked: list[Unit]) -> None:
    study = study_of({"p": {"x": marked}})
    found = lines.merged(lines.line(study, "characters"))
    units = [(int(a), int(b), study.labels[c]) for a, b, c in zip(found.start, found.end, found.label, strict=True)]
    assert by_hand(units, "characters") == by_hand(marked, "characters")
    assert all(a[1] <= b[0] for a, b in pairwise(units) if a[2] == b[2])


def test_touching_units_are_not_merged_and_pieces_are_cut_where_units_cross() -> None:
    places = lines.line(study_of({"p": {"x": [(0, 4, "a"), (4, 6, "a"), (5, 9, "b")]}}), "characters")
    assert lines.merged(places).start.tolist() == [0, 4, 5]
    cut = lines.pieces(places)
    assert list(zip(cut.start, cut.end, strict=True)) == [(0, 4), (4, 5), (5, 6), (6, 9)]


def test_sets_of_more_labels_than_a_word_has_bits() -> None:
    labels = [f"l{number:03}" for number in range(150)]
    marked = [(number % 20, number % 20 + 8, label) for number, label in enumerate(labels)]
    study = study_of({"p": {"x": marked}, "q": {"x": marked[::2]}})
    found = unrolled(study, "characters")
    assert found["p", "x"] == by_hand(marked, "characters")
    assert found["q", "x"] == by_hand(marked[::2], "characters")


def test_a_line_of_tokens_needs_tokens() -> None:
    with pytest.raises(ValueError, match="no tokens"):
        lines.line(Study.of_readings({"p": {"x": []}}), "tokens")
