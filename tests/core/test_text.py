from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from strategies import texts

from annotator.core.text import TITLE_LIMIT, Article, context, digest_of, title_of, unify_newlines
from annotator.errors import InputError


def test_digest_is_sha256_of_utf8() -> None:
    assert digest_of("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()


def test_digest_tells_composed_from_decomposed() -> None:
    assert digest_of("é") != digest_of("e\u0301")


def test_digest_refuses_a_lone_surrogate_and_says_where() -> None:
    with pytest.raises(InputError, match=r"lone surrogate U\+D83D at offset 2") as caught:
        digest_of("ab\ud83dcd")
    assert "UTF-8" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\rb"),
        ("a\n\r\nb", "a\n\nb"),
        ("a\r\r\nb", "a\r\nb"),
        ("", ""),
    ],
)
def test_unify_newlines(text: str, expected: str) -> None:
    assert unify_newlines(text) == expected


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Headline\nBody", "Headline"),
        ("\n\n  Headline  \nBody", "Headline"),
        (" \t\n", ""),
        ("", ""),
        ("Classic Mac\rBody", "Classic Mac"),
        ("Windows\r\nBody", "Windows"),
        ("x" * TITLE_LIMIT, "x" * TITLE_LIMIT),
        ("x" * (TITLE_LIMIT + 1) + "\nshort", ""),
        (" " * 300 + "short", "short"),
        ("a\u2028b\nc", "a\u2028b"),
    ],
)
def test_title_is_the_first_line_with_something_in_it(text: str, title: str) -> None:
    assert title_of(text) == title


@given(texts())
def test_title_is_one_line_of_the_text(text: str) -> None:
    title = title_of(text)
    assert title in text
    assert "\n" not in title
    assert "\r" not in title
    assert len(title) <= TITLE_LIMIT


def test_context_marks_the_slice_on_one_line() -> None:
    text = "Two soldiers were\nkilled near the town."
    start = text.index("killed")
    assert context(text, start, start + 6, width=5) == "were ⟦killed⟧ near"


def test_context_at_the_edges() -> None:
    assert context("abc", 0, 3) == "⟦abc⟧"


def test_articles_with_the_same_meta_are_equal_and_hashable() -> None:
    one, two = (Article(1, "k", "t", "x", digest_of("x"), {"a": [1]}) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
