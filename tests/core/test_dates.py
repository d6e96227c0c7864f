"""Days in metadata, and spans of days as people write them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.core.dates import day, day_of, days

DAYS = [
    ("2025-03-04", "2025-03-04"),
    (" 2025-03-04T10:00:00Z", "2025-03-04"),
    ("2025-03-04 23:59", "2025-03-04"),
    ("2025/3/4", "2025-03-04"),
    ("2025.03.04", "2025-03-04"),
    ("20250304", "2025-03-04"),
    ("20250304T100000", "2025-03-04"),
    ("2025-03", "2025-03-01"),
    ("2025", "2025-01-01"),
    ("4 March 2025", "2025-03-04"),
    ("4th Mar. 2025", "2025-03-04"),
    ("Tue, 04 Mar 2025 10:00:00 +0000", "2025-03-04"),
    ("Tuesday, 4 March 2025", "2025-03-04"),
    ("March 4, 2025", "2025-03-04"),
    ("Tuesday, March 4th, 2025", "2025-03-04"),
    ("SEPT 30, 1999", "1999-09-30"),
    ("03/04/2025", ""),  # the third of April or the fourth of March
    ("2025-02-30", ""),
    ("2025-13-01", ""),
    ("14 June", ""),
    ("", ""),
    ("yesterday", ""),
    ("٢٠٢٥-٠٣-٠٤", ""),
    ("202503041", ""),
]


@pytest.mark.parametrize(("words", "expected"), DAYS, ids=[repr(words) for words, _ in DAYS])
def test_a_day(words: str, expected: str) -> None:
    assert day(words) == expected


METAS: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"date": "2025-03-04"}, "2025-03-04"),
    ({"Published": "3 May 2024", "n": 3}, "2024-05-03"),
    ({"date": "soon", "published": "2024-05-03"}, "2024-05-03"),
    ({"date": 20250304}, ""),
    ({"date": None, "pub_date": ["2025-01-01"]}, ""),
    ({"update": "2025-03-04"}, ""),
]


@pytest.mark.parametrize(("meta", "expected"), METAS, ids=[str(number) for number in range(len(METAS))])
def test_the_day_of_metadata(meta: dict[str, Any], expected: str) -> None:
    assert day_of(meta) == expected


SPANS = [
    ("2025-03-04", ("2025-03-04", "2025-03-04")),
    ("2024-02", ("2024-02-01", "2024-02-29")),
    ("2025", ("2025-01-01", "2025-12-31")),
    ("2025-01..2025-03", ("2025-01-01", "2025-03-31")),
    ("2025-03-04 .. ", ("2025-03-04", "")),
    ("..2024", ("", "2024-12-31")),
    ("4 March 2025..2025", ("2025-03-04", "2025-12-31")),
    ("2025..2024", None),
    ("..", None),
    ("", None),
    ("yesterday", None),
    ("2025-13", None),
    ("0000", None),
    ("2025-02-30..", None),
]


@pytest.mark.parametrize(("words", "expected"), SPANS, ids=[repr(words) for words, _ in SPANS])
def test_a_span_of_days(words: str, expected: tuple[str, str] | None) -> None:
    assert days(words) == expected


@given(st.dates(min_value=date(1000, 1, 1)), st.text())
def test_whatever_is_written_gives_days_or_nothing(when: date, words: str) -> None:
    assert days(when.isoformat()) == (when.isoformat(),) * 2
    assert day(f"{when.isoformat()} {words}") == when.isoformat()
    found = days(words)
    assert found is None or any(found)
    assert day(words) == "" or date.fromisoformat(day(words))
