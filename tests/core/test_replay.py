"""Replaying a journal batch by batch is applying all of it at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import batches

from annotator.core.edits import Add, Edit, Remove, apply
from annotator.core.layer import Layer
from annotator.core.replay import Replay, content, replayed
from annotator.core.spans import Ref, Span
from annotator.errors import EditError

EMPTY = Layer(1, "ana", "s@1")


@given(st.data())
def test_a_replay_is_the_layer_that_applying_gives(data: st.DataObject) -> None:
    made, written = EMPTY, []
    for _ in range(data.draw(st.integers(0, 5))):
        batch = data.draw(batches(layer=made))
        made, inverse = apply(made, batch)
        written += [batch, *([inverse, batch] if data.draw(st.booleans()) else [])]
    found = replayed(EMPTY, written)
    assert content(found) == content(made)
    assert found.revision == len(written)


def test_a_batch_may_put_in_what_it_takes_out_again() -> None:
    span = Span("s1", 0, 4, "actor")
    edits: list[Edit] = [Add(span), Remove(span.ref), Add(span)]
    assert replayed(EMPTY, [edits]).spans == (span,)


def test_a_batch_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    made = Replay(EMPTY)
    made.append([Add(Span("s1", 0, 4, "actor"))])
    with pytest.raises(EditError):
        made.append([Add(Span("s2", 0, 4, "actor")), Remove(Ref(5, 6, "s1"))])
    assert [span.id for span in made.layer.spans] == ["s1"]
