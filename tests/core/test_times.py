"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.core.times import journal_time, local_time, moment
from annotator.errors import UsageError

NOW = datetime(2026, 3, 29, 12, 30, 15, 678000, tzinfo=UTC)
EAST = timezone(timedelta(hours=3), "EAT")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("2026-01-02T10:00Z", "2026-01-02T10:00:00.000+00:00"),
        ("2026-01-02T10:00z", "2026-01-02T10:00:00.000+00:00"),
        ("2026-01-02 10:00:05+01:00", "2026-01-02T09:00:05.000+00:00"),
        ("2026-01-02t10:00:05.25 -0230", "2026-01-02T12:30:05.250+00:00"),
        ("90s", "2026-03-29T12:28:45.678+00:00"),
        ("30m", "2026-03-29T12:00:15.678+00:00"),
        ("2h", "2026-03-29T10:30:15.678+00:00"),
        ("2 hours ago", "2026-03-29T10:30:15.678+00:00"),
        ("3d", "2026-03-26T12:30:15.678+00:00"),
        ("1 week", "2026-03-22T12:30:15.678+00:00"),
        (" now ", "2026-03-29T12:30:15.678+00:00"),
    ],
)
def test_what_has_a_zone_or_needs_none(words: str, text: str) -> None:
    found = moment(words, now=NOW, zone=EAST)
    assert (found.text, found.zone) == (text, "")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("2026-01-02", "2026-01-01T21:00:00.000+00:00"),
        ("2026-01-02T10:00", "2026-01-02T07:00:00.000+00:00"),
        ("2026-01-02 10:00:05,5", "2026-01-02T07:00:05.500+00:00"),
        ("today", "2026-03-28T21:00:00.000+00:00"),
        ("Yesterday", "2026-03-27T21:00:00.000+00:00"),
    ],
)
def test_a_zone_that_is_assumed_is_named(words: str, text: str) -> None:
    found = moment(words, now=NOW, zone=EAST)
    assert (found.text, found.zone) == (text, "EAT (UTC+03:00)")


def test_the_summer_time_of_the_day_counts_not_that_of_now() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment("2026-03-28T12:00", now=NOW, zone=berlin).text == "2026-03-28T11:00:00.000+00:00"
    assert moment("2026-03-29T12:00", now=NOW, zone=berlin).text == "2026-03-29T10:00:00.000+00:00"
    assert moment("today", now=NOW, zone=berlin).text == "2026-03-28T23:00:00.000+00:00"


@pytest.mark.parametrize(
    "words",
    ["", "soon", "3 fortnights", "2026-02-30", "2026-13-01", "03/04/2026", "2026-01-02T25:00", "2h3", "-2h", "20260102",
     "999999w", "2026-01-02T10:00+99:99", "٣d", "0000-01-01", "2026", "2026-W01"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(words: str) -> None:
    with pytest.raises(UsageError) as refused:
        moment(words, now=NOW, zone=EAST)
    assert "2026-01-02T10:00" in refused.value.hint


@given(st.text(max_size=30))
def test_any_words_give_a_moment_or_are_refused(words: str) -> None:
    try:
        found = moment(words, now=NOW)
    except UsageError:
        return
    assert journal_time(local_time(found.text, zone=UTC)) == found.text


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_moments_compare_as_text(time: datetime) -> None:
    assert (journal_time(time) < journal_time(NOW)) == (journal_time(time) != journal_time(NOW) and time < NOW)
    assert moment(time.isoformat(), now=NOW).text == journal_time(time)


def test_a_damaged_time_is_the_beginning_of_time() -> None:
    assert local_time("yesterday").year == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [("13:05", "13:05:00"), ("9:30", "09:30:00"), ("00:00:07", "00:00:07")],
)
def test_a_time_of_today(words: str, text: str) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert moment(words, now=now, zone=UTC).text == f"2026-01-02T{text}.000+00:00"


@pytest.mark.parametrize("words", ["24:00", "13:60", "13", "1305"])
def test_what_is_no_time_of_day(words: str) -> None:
    with pytest.raises(UsageError):
        moment(words, now=datetime(2026, 1, 2, tzinfo=UTC))
