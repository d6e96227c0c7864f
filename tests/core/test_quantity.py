from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from annotator.core.attributes import LARGEST, problem_with
from annotator.core.quantity import read_quantity
from annotator.core.schema import Count

TABLE: list[tuple[str, dict[str, Any] | None]] = [
    # plain numbers
    ("12", {"best": 12}),
    ("twelve civilians", {"best": 12}),
    ("0", {"best": 0}),
    ("zero", {"best": 0}),
    ("no one", {"best": 0}),
    ("No civilians", {"best": 0}),
    ("none", {"best": 0}),
    ("one of them", {"best": 1}),
    ("a shepherd", {"best": 1}),
    ("Two civilians, a shepherd and his son", {"best": 2}),
    ("his two brothers", {"best": 2}),
    ("Another thirty people", {"best": 30}),
    ("a further 14", {"best": 14}),
    ("a total of 26 dead", {"best": 26}),
    ("put the toll at 14", {"best": 14}),
    ("58 civilians, 14 of them children", {"best": 58}),
    # number words
    ("twenty-five", {"best": 25}),
    ("twenty five", {"best": 25}),
    ("ninety", {"best": 90}),
    ("a hundred", {"best": 100}),
    ("one hundred and twenty", {"best": 120}),
    ("two hundred and fifty thousand", {"best": 250_000}),
    ("three thousand four hundred", {"best": 3400}),
    ("one million two hundred thousand and five", {"best": 1_200_005}),
    ("a million", {"best": 1_000_000}),
    ("half a million", {"best": 500_000}),
    ("a half-million people", {"best": 500_000}),
    ("a quarter of a million", {"best": 250_000}),
    ("two and a half million", {"best": 2_500_000}),
    ("a dozen", {"best": 12}),
    ("half a dozen", {"best": 6}),
    ("two dozen men", {"best": 24}),
    ("four score", {"best": 80}),
    # separators and scales
    ("3,000", {"best": 3000}),
    ("1,234,567 people", {"best": 1_234_567}),
    ("1 500", {"best": 1500}),
    ("1\u00a0500 personnes", {"best": 1500}),
    ("1\u202f234\u202f567", {"best": 1_234_567}),
    ("1'500", {"best": 1500}),
    ("1.500", {"best": 1500}),
    ("1.234.567", {"best": 1_234_567}),
    ("1.500 million", {"best": 1_500_000}),
    ("2.5 million", {"best": 2_500_000}),
    ("2,5 million", {"best": 2_500_000}),
    ("10k", {"best": 10_000}),
    ("3 hundred thousand", {"best": 300_000}),
    ("2.5 people", None),
    # digits of other scripts
    ("١٢ مدنياً", {"best": 12}),
    ("۳۴", {"best": 34}),
    ("１２人", {"best": 12}),
    ("٣٬٠٠٠", {"best": 3000}),
    ("٢٫٥ million", {"best": 2_500_000}),
    # lower bounds
    ("at least 3,000", {"min": 3000, "qualifier": "at least"}),
    ("At least twelve civilians, including four children", {"min": 12, "qualifier": "at least"}),
    ("no fewer than 20", {"min": 20, "qualifier": "no fewer than"}),
    ("more than thirty", {"min": 31, "qualifier": "more than"}),
    ("over 40 fighters", {"min": 41, "qualifier": "over"}),
    ("more than a dozen", {"min": 13, "qualifier": "more than"}),
    ("More than 4.5 million people", {"min": 4_500_001, "qualifier": "more than"}),
    ("30 or more", {"min": 30, "qualifier": "or more"}),
    ("30+", {"min": 30, "qualifier": "+"}),
    ("12 people at least", {"min": 12, "qualifier": "at least"}),
    ("at least some 400", {"min": 400, "qualifier": "at least"}),
    ("أكثر من ٣٠", {"min": 31, "qualifier": "أكثر من"}),
    ("至少12人", {"min": 12, "qualifier": "至少"}),
    ("au moins 7 morts", {"min": 7, "qualifier": "au moins"}),
    ("щонайменше 5 людей", {"min": 5, "qualifier": "щонайменше"}),
    # upper bounds
    ("up to 40", {"max": 40, "qualifier": "up to"}),
    ("as many as 40", {"max": 40, "qualifier": "as many as"}),
    ("no more than six", {"max": 6, "qualifier": "no more than"}),
    ("fewer than a hundred", {"max": 99, "qualifier": "fewer than"}),
    ("less than 1", {"max": 0, "qualifier": "less than"}),
    ("20 or fewer", {"max": 20, "qualifier": "or fewer"}),
    # approximations
    ("some 400", {"best": 400, "qualifier": "some"}),
    ("about 1,700 families", {"best": 1700, "qualifier": "about", "unit": "family"}),
    ("around sixty", {"best": 60, "qualifier": "around"}),
    ("nearly half a million", {"best": 500_000, "qualifier": "nearly"}),
    ("an estimated 2,300 families", {"best": 2300, "qualifier": "an estimated", "unit": "family"}),
    ("closer to 15,000", {"best": 15_000, "qualifier": "closer to"}),
    ("thirty or so people", {"best": 30, "qualifier": "or so"}),
    # ranges
    ("6-8", {"min": 6, "max": 8}),
    ("6–8 people", {"min": 6, "max": 8}),
    ("between 6 and 8", {"min": 6, "max": 8}),
    ("between eight and eleven soldiers", {"min": 8, "max": 11}),
    ("from six to eight", {"min": 6, "max": 8}),
    ("six to eight", {"min": 6, "max": 8}),
    ("two or three men", {"min": 2, "max": 3}),
    ("2-3 million", {"min": 2_000_000, "max": 3_000_000}),
    ("between 500 and 1 million", {"min": 500, "max": 1_000_000}),
    ("15,000-20,000", {"min": 15_000, "max": 20_000}),
    ("about 6-8", {"min": 6, "max": 8, "qualifier": "about"}),
    ("twenty-thirty", {"min": 20, "max": 30}),
    ("8-6", {"best": 8}),
    # vague terms
    ("dozens of families", {"min": 12, "term": "dozens", "unit": "family"}),
    ("Tens", {"min": 10, "term": "tens"}),
    ("scores of people", {"min": 20, "term": "scores"}),
    ("hundreds of households", {"min": 100, "term": "hundreds", "unit": "household"}),
    ("thousands", {"min": 1000, "term": "thousands"}),
    ("tens of thousands", {"min": 10_000, "term": "tens of thousands"}),
    ("hundreds of thousands of people", {"min": 100_000, "term": "hundreds of thousands"}),
    ("several hundred others", {"min": 100, "qualifier": "several", "term": "hundreds"}),
    ("a few dozen elderly people", {"min": 12, "qualifier": "a few", "term": "dozens"}),
    ("at least dozens", {"min": 12, "qualifier": "at least", "term": "dozens"}),
    ("up to thousands", {"qualifier": "up to", "term": "thousands"}),
    ("several soldiers", {"term": "several"}),
    ("a couple", {"term": "a couple"}),
    ("a couple of men", {"term": "a couple"}),
    ("many", {"term": "many"}),
    ("a few families", {"term": "a few", "unit": "family"}),
    ("some villagers", {"term": "some"}),
    # units
    ("212 households", {"best": 212, "unit": "household"}),
    ("one family", {"best": 1, "unit": "family"}),
    ("a family of five", {"best": 5}),
    # numbers that count no people, and words that count nothing
    ("a 12-year-old boy", {"best": 1}),
    ("the 4th Battalion", None),
    ("40 km to the north", None),
    ("40 per cent of the houses", None),
    ("families displaced in 2018", None),
    ("12 families displaced in 2018", {"best": 12, "unit": "family"}),
    ("another victim, a man of 30", None),
    ("Karim, aged 30", None),
    ("all but four", None),
    ("two-thirds of them", None),
    ("both men in the cab", {"best": 2}),
    ("أكثر من 400 ألف شخص", {"min": 400_001, "qualifier": "أكثر من"}),
    ("15万人", {"best": 150_000}),
    ("400 тисяч", {"best": 400_000}),
    ("upwards of 50,000", {"min": 50_000, "qualifier": "upwards of"}),
    ("no fewer than 20 km", None),
    ("a hundred kilometres", None),
    ("twenty-five-year-old Karim", None),
    ("two hundred and the others", {"best": 200}),
    ("two to three days", None),
    ("the survivors", None),
    ("over the river", None),
    ("half of the town", None),
    ("a", None),
    ("some", None),
    ("", None),
    ("---", None),
    ("9" * 5000, None),
    ("9" * 20, None),
    ("1,2,3", None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "count"), TABLE)
def test_read_quantity(words: str, count: dict[str, Any] | None) -> None:
    assert read_quantity(words) == count


@given(st.one_of(texts(), st.lists(st.sampled_from([words for words, _ in TABLE])).map(" ".join)))
def test_whatever_is_read_fits_a_count(words: str) -> None:
    count = read_quantity(words)
    if count is not None:
        assert problem_with(count, Count(kind="count", units=["person", "household", "family"])) == ""
        assert [*count] == [key for key in ("min", "best", "max", "qualifier", "term", "unit") if key in count]


@given(st.integers(0, LARGEST - 1))
def test_every_whole_number_is_read_back(number: int) -> None:
    assert read_quantity(f"{number:,}") == {"best": number}
    assert read_quantity(f"more than {number}") == {"min": number + 1, "qualifier": "more than"}
