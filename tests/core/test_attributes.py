from __future__ import annotations

from typing import Any

import pytest

from annotator.core.attributes import LARGEST, describe, problem_with, targets
from annotator.core.schema import Attribute, Choice, Choices, Count, Flag, Link, Number, Text

FLAG = Flag(kind="flag")
CHOICE = Choice(kind="choice", options=["killed", "injured"])
CHOICES = Choices(kind="choices", options=["a", "b", "c"])
TEXT = Text(kind="text")
DATE = Text(kind="text", pattern="[0-9]{4}-[0-9]{2}")
DAY = Text(kind="text", format="date")
LATITUDE = Number(kind="number", min=-90, max=90)
NUMBER = Number(kind="number")
COUNT = Count(kind="count")
UNITS = Count(kind="count", units=["person", "family"])
LINK = Link(kind="link")
LINKS = Link(kind="link", many=True)

GOOD: list[tuple[Attribute, Any]] = [
    (FLAG, True),
    (FLAG, False),
    (CHOICE, "killed"),
    (CHOICES, ["a"]),
    (CHOICES, ["c", "a"]),
    (TEXT, "x"),
    (TEXT, " нічого "),
    (DATE, "2024-05"),
    (LATITUDE, -90),
    (LATITUDE, 90.0),
    (LATITUDE, 0),
    (NUMBER, 1e300),
    (NUMBER, -LARGEST),
    (COUNT, {"best": 0}),
    (COUNT, {"min": 3, "best": 3, "max": 3}),
    (COUNT, {"min": 3000, "qualifier": "at least"}),
    (COUNT, {"max": LARGEST}),
    (COUNT, {"term": "several"}),
    (COUNT, {"unit": "whatever"}),
    (UNITS, {"min": 12, "term": "dozens", "unit": "family"}),
    (UNITS, {"best": 4}),
    (LINK, "s1"),
    (LINKS, ["s1", "s2"]),
]

BAD: list[tuple[Attribute, Any, str]] = [
    (FLAG, 1, "is not true or false"),
    (FLAG, "yes", "is not true or false"),
    (FLAG, None, "is not true or false"),
    (CHOICE, "Killed", "'Killed' is not one of killed, injured"),
    (CHOICE, ["killed"], "['killed'] is not one of"),
    (CHOICE, None, "None is not one of"),
    (CHOICES, [], "is not a list of options"),
    (CHOICES, "a", "is not a list of options"),
    (CHOICES, ["a", "d"], "'d' is not one of a, b, c"),
    (CHOICES, ["a", ["b"]], "['b'] is not one of"),
    (CHOICES, ["a", "a"], "names an option twice"),
    (TEXT, "", "is not a text"),
    (TEXT, " \n", "is not a text"),
    (TEXT, 5, "is not a text"),
    (TEXT, "half \ud83d", "is not a text"),
    (DAY, "2019-02-31", "'2019-02-31' is not a day of the calendar, write YYYY-MM-DD"),
    (DAY, "2024-2-3", "'2024-2-3' is not a day of the calendar"),
    (DAY, "20240203", "'20240203' is not a day of the calendar"),
    (DAY, "2024-W05-1", "'2024-W05-1' is not a day of the calendar"),
    (DAY, "٢٠٢٤-٠٢-٠٣", "'٢٠٢٤-٠٢-٠٣' is not a day of the calendar"),
    (DATE, "2024-05-01", "'2024-05-01' does not match [0-9]{4}-[0-9]{2}"),
    (DATE, "2024-05\n", "'2024-05\\n' does not match"),
    (LATITUDE, -90.1, "-90.1 is less than -90"),
    (LATITUDE, 91, "91 is more than 90"),
    (NUMBER, True, "is not a number"),
    (NUMBER, "5", "is not a number"),
    (NUMBER, float("nan"), "is not a finite number"),
    (NUMBER, float("inf"), "is not a finite number"),
    (NUMBER, 10**400, "is further from 0 than"),
    (COUNT, 3, "is not a count"),
    (COUNT, {}, "is not a count"),
    (COUNT, {"best": -1}, "best is not a whole number from 0"),
    (COUNT, {"best": 3.0}, "best is not a whole number from 0"),
    (COUNT, {"best": True}, "best is not a whole number from 0"),
    (COUNT, {"best": "3"}, "best is not a whole number from 0"),
    (COUNT, {"best": None}, "best is not a whole number from 0"),
    (COUNT, {"max": LARGEST + 1}, "max is more than 9007199254740991"),
    (COUNT, {"most": 3}, "has no field 'most'"),
    (COUNT, {"qualifier": ""}, "qualifier is not a text"),
    (COUNT, {"term": 12}, "term is not a text"),
    (COUNT, {"unit": "\udc00"}, "unit is not a text"),
    (COUNT, {"min": 4, "max": 3}, "min 4 is more than max 3"),
    (COUNT, {"max": 3, "best": 4}, "best 4 is more than max 3"),
    (COUNT, {"min": 5, "best": 4, "max": 9}, "min 5 is more than best 4"),
    (UNITS, {"best": 4, "unit": "tent"}, "unit 'tent' is not one of person, family"),
    (LINK, "", "is not a span id"),
    (LINK, ["s1"], "is not a span id"),
    (LINK, 1, "is not a span id"),
    (LINKS, "s1", "is not a list of span ids"),
    (LINKS, [], "is not a list of span ids"),
    (LINKS, ["s1", 2], "is not a list of span ids"),
    (LINKS, ["s1", "s1"], "names a span twice"),
]


@pytest.mark.parametrize(("attribute", "value"), GOOD)
def test_values_that_fit(attribute: Attribute, value: Any) -> None:
    assert problem_with(value, attribute) == ""


@pytest.mark.parametrize(("attribute", "value", "message"), BAD)
def test_values_that_do_not_fit(attribute: Attribute, value: Any, message: str) -> None:
    assert problem_with(value, attribute).startswith(message)


@pytest.mark.parametrize("attribute", [FLAG, CHOICE, CHOICES, TEXT, DATE, NUMBER, COUNT, UNITS, LINK, LINKS])
@pytest.mark.parametrize("value", [None, object(), {"a": {}}, [[]], [{}], b"x", (), set()])
def test_no_value_is_so_odd_that_the_check_breaks(attribute: Attribute, value: Any) -> None:
    assert problem_with(value, attribute)


@pytest.mark.parametrize(
    ("value", "ids"), [("s1", ["s1"]), (["s1", "s2"], ["s1", "s2"]), (["s1", 2], ["s1"]), (5, []), (None, [])]
)
def test_targets(value: Any, ids: list[str]) -> None:
    assert list(targets(value)) == ids


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        ("killed", "killed"),
        (["a", "b"], "a, b"),
        (1.5, "1.5"),
        ({"min": 6, "max": 8}, "6–8"),
        ({"min": 6, "best": 7, "max": 8}, "6–8"),
        ({"min": 6, "max": 6}, "6"),
        ({"min": 3000, "qualifier": "at least"}, "at least 3,000"),
        ({"min": 100, "qualifier": "at least", "unit": "family"}, "at least 100 families"),
        ({"min": 31, "qualifier": "more than"}, "more than 30"),
        ({"max": 11, "qualifier": "fewer than", "unit": "household"}, "fewer than 12 households"),
        ({"min": 30, "qualifier": "щонайменше"}, "щонайменше ≥ 30"),
        ({"best": 1, "unit": "family"}, "1 family"),
        ({"best": 500000, "qualifier": "nearly"}, "nearly 500,000"),
        ({"max": 40}, "≤ 40"),
        ({"min": 12, "term": "dozens", "unit": "family"}, "dozens of families (≥ 12)"),
        (
            {"min": 100, "qualifier": "several", "term": "hundreds", "unit": "person"},
            "several hundreds of persons (≥ 100)",
        ),
        ({"term": "several"}, "several"),
        ({"best": 0}, "0"),
        ({"min": "many"}, "{'min': 'many'}"),
        ({"x": 1}, "{'x': 1}"),
    ],
)
def test_describe(value: Any, words: str) -> None:
    assert describe(value) == words


@pytest.mark.parametrize("day", ["2024-02-29", "0001-01-01", "9999-12-31"])
def test_days_of_the_calendar_fit(day: str) -> None:
    assert problem_with(day, DAY) == ""
