"""The plain tokenizer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.agreement.tokens import plain_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("  \n", []),
        ("Shells hit Taiz.", ["Shells", "hit", "Taiz", "."]),
        ("3,000 (est.)", ["3", ",", "000", "(", "est", ".", ")"]),
        ("قُتل ٣ جنود", ["ق", "ُ", "تل", "٣", "جنود"]),
        ("𝔸👩‍👧 x", ["𝔸", "👩", "\u200d", "👧", "x"]),
    ],
    ids=["empty", "blank", "sentence", "signs", "arabic", "astral"],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert [text[start:end] for start, end in plain_tokens(text)] == tokens


@given(st.text())
def test_only_blanks_are_left_out(text: str) -> None:
    bounds = list(plain_tokens(text))
    assert "".join(text[start:end] for start, end in bounds) == "".join(text.split())
    assert bounds == sorted(bounds)
