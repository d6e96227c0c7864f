from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from annotator.core.history import Entry, EntryKind, History, is_move, move_in_force


class UndoMachine(RuleBasedStateMachine):
    """History against the plain idea of undo: a list of states and a position in it."""

    def __init__(self) -> None:
        super().__init__()
        self.journal: list[Entry] = []
        self.history = History()
        self.timeline: list[int] = []  # entries in the order in which they stand, undone ones after `position`
        self.position = 0

    def write(self, kind: EntryKind, of: int | None = None) -> int:
        entry = Entry(len(self.journal) + 1, kind, of)
        self.journal.append(entry)
        self.history.append(entry)
        return entry.id

    @rule(times=st.integers(1, 3))
    def do(self, times: int) -> None:
        for _ in range(times):
            self.timeline = [*self.timeline[: self.position], self.write("do")]
            self.position += 1

    @precondition(lambda self: self.position > 0)
    @rule()
    def undo(self) -> None:
        self.write("undo", self.history.undoable)
        self.position -= 1

    @precondition(lambda self: self.position < len(self.timeline))
    @rule()
    def redo(self) -> None:
        self.write("redo", self.history.redoable)
        self.position += 1

    @rule()
    def load(self) -> None:
        self.write("load")
        self.timeline, self.position = [], 0

    @invariant()
    def agrees_with_the_timeline(self) -> None:
        past, future = self.timeline[: self.position], self.timeline[self.position :]
        assert self.history.undoable == (past[-1] if past else None)
        assert self.history.redoable == (future[0] if future else None)
        assert self.history.undo_stack == tuple(past)
        assert self.history.redo_stack == tuple(reversed(future))

    @invariant()
    def is_the_same_after_a_restart(self) -> None:
        again = History(self.journal)
        assert (again.undoable, again.redoable) == (self.history.undoable, self.history.redoable)


TestUndo = UndoMachine.TestCase
TestUndo.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize(
    ("entries", "undoable", "redoable"),
    [
        ([], None, None),
        ([("do", None)], 1, None),
        ([("do", None), ("undo", 1)], None, 1),
        ([("do", None), ("undo", 1), ("redo", 1)], 1, None),
        ([("do", None), ("do", None), ("undo", 2), ("do", None)], 4, None),
        ([("do", None), ("load", None)], None, None),
        # entries that do not follow from the others: a damaged journal must not undo the wrong thing
        ([("undo", None)], None, None),
        ([("redo", None)], None, None),
        ([("undo", 7)], None, None),
        ([("do", None), ("do", None), ("undo", 1)], None, None),
        ([("do", None), ("undo", 1), ("redo", 9)], None, None),
    ],
)
def test_what_can_be_undone(
    entries: list[tuple[EntryKind, int | None]], undoable: int | None, redoable: int | None
) -> None:
    history = History(Entry(number, kind, of) for number, (kind, of) in enumerate(entries, start=1))
    assert (history.undoable, history.redoable) == (undoable, redoable)


def test_undo_and_redo_end_where_the_layer_came_under_another_schema() -> None:
    entries = [Entry(1, "load", None, 1), Entry(2, "do", None, 1), Entry(3, "do", None, 2)]
    history = History(entries)
    assert (history.undo_stack, history.redo_stack, history.moved) == ((), (), True)
    history.append(Entry(4, "do", None, 2))
    assert history.undoable == 4
    history.append(Entry(5, "undo", 3, 1))
    assert history.undo_stack == ()
    assert not History(entries[:2]).moved
    assert [is_move(entries, number) for number in (1, 2, 3, 4)] == [False, False, True, False]


@pytest.mark.parametrize(
    ("entries", "move", "later"),
    [
        pytest.param([(1, "load", None, 1), (2, "do", None, 1)], None, [], id="never"),
        pytest.param([(1, "load", None, 1), (2, "do", None, 2)], 2, [], id="moved"),
        pytest.param([(1, "load", None, 1), (2, "do", None, 2), (3, "do", None, 2)], 2, [3], id="changed-since"),
        pytest.param([(1, "load", None, 1), (2, "do", None, 2), (3, "undo", 2, 1)], None, [], id="back"),
        pytest.param([(1, "do", None, 1), (2, "do", None, 2), (3, "do", None, 1), (4, "undo", 3, 2)], 2, [], id="there-and-back"),
        pytest.param([(1, "do", None, 1), (2, "do", None, 2), (3, "undo", 2, 1), (4, "do", None, 3)], 4, [], id="again"),
    ],
)  # fmt: skip
def test_the_move_in_force(entries: list[tuple[Any, ...]], move: int | None, later: list[int]) -> None:
    found = move_in_force(Entry(*entry) for entry in entries)
    assert (None if found is None else found[0].id) == move
    assert [entry.id for entry in found[1]] == later if found else later == []
