"""Geometry of plots and bars: within their bounds, whatever the figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.agreement.value import Value
from annotator.report.bars import bar
from annotator.report.plots import Axis, axis_for, counted, heat_of, histogram, mark, stacked

FIGURE = st.floats(-3, 3)


@given(FIGURE, FIGURE, FIGURE, st.integers(0, 40))
def test_a_bar_is_as_wide_as_asked(value: float, one: float, other: float, width: int) -> None:
    assert len(bar(value, min(one, other), max(one, other), width=width)) == width


def test_bars() -> None:
    assert bar(0.5, width=4) == "██··"
    assert bar(0.5, 0.25, 0.75, width=4) == "█▓▒·"
    assert bar(-0.5, -1, 0.5, width=4) == "▒▒··"
    assert bar(1, 1, 1, width=4) == "████"


def value(at: float | None, low: float | None = None, high: float | None = None) -> Value:
    return Value("x", at, low, high, 3)


def test_an_axis_goes_below_0_where_a_figure_does() -> None:
    assert axis_for([value(0.5, 0.2, 0.7), value(None)]).low == 0
    assert axis_for([value(0.5, -0.1, 0.7)]).low == -1
    assert mark(value(None), Axis()) is None
    drawn = mark(value(0.5, 0.25, 2), Axis(width=100))
    assert drawn is not None
    assert (drawn.at, drawn.low, drawn.high) == (50, 25, 100)


@given(st.lists(st.floats(0, 1), max_size=50))
def test_a_histogram_counts_each_once(values: list[float]) -> None:
    columns = histogram(values, width=400, height=100)
    assert sum(column.count for column in columns) == len(values)
    assert all(0 <= column.y <= 100 and column.y + column.height == pytest.approx(100) for column in columns)


def test_parts_of_a_bar_and_cells() -> None:
    assert stacked([1, 0, 3], width=100) == [(0, 25), (25, 0), (25, 75)]
    assert stacked([0, 0], width=100) == [(0, 0), (0, 0)]
    assert heat_of(None).strength is None
    assert (heat_of(0.5).text, heat_of(1.0).text, heat_of(-0.2).text) == (".50", "1.00", "-0.20")
    assert heat_of(-0.2).strength == 0
    assert (counted(0, 4).text, counted(2, 4).text, counted(1.5, 4).text) == ("", "2", "1.5")
