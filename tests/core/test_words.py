"""Hits lie where the full-text index finds the words."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.core.words import PIECE, hits, terms
from annotator.store.search import query_of

CASES = [
    ("Two soldiers fled", "sold", ["soldiers"]),
    ("Two soldiers fled", "sold fled", ["fled"]),
    ("Two SOLDIERS Fled", "two soldiers fl", ["Two", "SOLDIERS", "Fled"]),
    ("près du café, CAFE\u0301S", "cafe", ["café", "CAFE\u0301S"]),
    ("a car and carts", "car a", ["a", "car", "and"]),
    ("Soldier's car; soldier s", "soldier's", ["Soldier's", "soldier s"]),
    ("it's 10,000", "10,000", ["10", "000"]),
    ("苏丹军队在喀土穆附近,喀土穆", "喀土穆", ["喀土穆", "喀土穆"]),
    ("قُتل جنديان قرب الفاشر", "الفاشر", ["الفاشر"]),
    ("İstanbul and ISTANBUL", "istan", ["İstanbul", "ISTANBUL"]),
    ("x\x00y\x1b[31m red", "red", ["red"]),
    ("nothing", "", []),
    ("nothing", "!?*", []),
]


@pytest.mark.parametrize(
    ("text", "words", "found"), CASES, ids=[f"{words!r}-{n}" for n, (_, words, _) in enumerate(CASES)]
)
def test_hits(text: str, words: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in hits(text, words)] == found


def test_hits_in_a_long_text_come_once_each_wherever_pieces_end() -> None:
    for shift in range(-6, 2):
        text = "." * (PIECE + shift) + "hamlet" + "." * PIECE + " hamlets xhamlet"
        assert [text[start:end] for start, end in hits(text, "hamlet")] == ["hamlet", "hamlets"]


LETTERS = st.sampled_from("abeéÈe\u0301 .,-_'3İß\u0130")


@given(st.text(LETTERS, max_size=12), st.text(LETTERS, max_size=6))
def test_a_single_word_is_hit_exactly_where_the_index_has_it(text: str, words: str) -> None:
    if len(terms(words)) != 1 or "'" in words:
        return
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 2')")
    conn.execute("INSERT INTO t VALUES (?)", (text,))
    indexed = conn.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query_of(words),)).fetchone()[0]
    conn.close()
    assert bool(indexed) == any(True for _ in hits(text, words))
