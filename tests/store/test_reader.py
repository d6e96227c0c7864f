"""The reader thread: what is taken back is not answered, wherever in the question that happens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.store.queries import Store
from annotator.store.reader import Reader, Superseded

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def reader(path: Path) -> Iterator[Reader]:
    reader = Reader(path)
    yield reader
    reader.close()


@pytest.mark.parametrize("sql", [ENDLESS, "SELECT 1"], ids=["long", "short"])
def test_a_question_taken_back_between_two_queries_is_not_answered(reader: Reader, sql: str) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def question(store: Store) -> object:
        begun.set()
        go_on.wait()
        return store._rows(sql)

    future = reader.ask(question)
    begun.wait()
    reader.interrupt()
    go_on.set()
    with pytest.raises(Superseded):
        future.result(10)
    assert reader.ask(lambda store: store.count()).result(10) == 0


def test_a_question_taken_back_while_it_waits_is_not_asked(reader: Reader) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def first(store: Store) -> None:
        begun.set()
        go_on.wait()

    asked = [reader.ask(first), reader.ask(lambda store: pytest.fail("it was asked"))]
    begun.wait()
    reader.interrupt()
    go_on.set()
    for future in asked:
        with pytest.raises(Superseded):
            future.result(10)
