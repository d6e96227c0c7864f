"""A batch on a layer that was changed beneath it keeps what it changed, and takes the rest as it is."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.core.edits import Add, Change, SetNote
from annotator.core.index import SpanIndex
from annotator.core.rebasing import rebased
from annotator.core.spans import Span


def span(label: str, note: str = "", **attributes: Any) -> Span:
    return Span("s1", 0, 4, label, attributes, note)


@pytest.mark.parametrize(
    ("before", "wanted", "here", "made"),
    [
        pytest.param(span("a"), span("a", "n"), span("b"), span("b", "n"), id="label-moved"),
        pytest.param(span("a"), span("c"), span("b"), span("c"), id="label-chosen"),
        pytest.param(span("a", x=1), span("a", x=2), span("b", y=1), span("b", y=1, x=2), id="value-set"),
        pytest.param(span("a", x=1, y=1), span("a", y=1), span("b", x=1, z=1), span("b", z=1), id="value-taken-away"),
        pytest.param(span("a", x=1), span("a", "n", x=1), span("a", z=1), span("a", "n", z=1), id="value-renamed"),
    ],
)
def test_a_change_keeps_what_it_changed(before: Span, wanted: Span, here: Span, made: Span) -> None:
    edits = (SetNote("x"), Change(before.ref, wanted))
    inverse = (Change(wanted.ref, before), SetNote(""))
    assert rebased(edits, inverse, SpanIndex([here])) == (SetNote("x"), Change(before.ref, made))


def test_what_is_new_or_gone_is_left_as_it_is() -> None:
    edits = (Add(span("a")), Change(span("a").ref, span("b")))
    inverse = (Change(span("b").ref, span("a")), Add(span("a")))
    assert rebased(edits, inverse, SpanIndex()) == edits
