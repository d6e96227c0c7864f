"""How many of what, in words: one thing is singular, none and several are plural."""

from __future__ import annotations

import pytest

from annotator.core.counting import count, named


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("layer",), "0 layers"),
        (1, ("layer",), "1 layer"),
        (2, ("layer",), "2 layers"),
        (1_000, ("batch", "batches"), "1,000 batches"),
        (1, ("batch", "batches"), "1 batch"),
    ],
)
def test_the_word_goes_with_the_number(number: int, words: tuple[str, ...], told: str) -> None:
    assert count(number, *words) == told
    assert named(number, *words) == told.split()[1]
