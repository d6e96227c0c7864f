"""How inconsistently a string was read, and the order of its places."""

from __future__ import annotations

from collections import Counter

import pytest

from annotator.core.concordance import Form, Occurrence, Tally, entropy_of, in_order, label_of, usual_of
from annotator.core.occurrences import Mark, Reading

PLACE, ACTOR, NONE = Reading(("location",)), Reading(("actor",)), Reading()
ACROSS = Reading((), (Mark(0, 9, "location"),))


def at(article: int, **readings: Reading) -> Occurrence:
    return Occurrence(article, f"k{article}", 0, 4, "Taiz", "", "", readings)


def test_differences_come_first_then_what_is_unusual_then_the_order_of_articles() -> None:
    places = [
        at(1, ana=PLACE, ben=PLACE),
        at(2, ana=NONE, ben=NONE),
        at(3, ana=PLACE, ben=ACTOR),
        at(4, ana=ACTOR, ben=NONE),
        at(5, ana=PLACE),
        at(6),
    ]
    tally = Tally()
    for one in places:
        tally.add(one.readings)
    assert tally.usual == ("label", "location")
    assert [one.article for one in in_order(reversed(places), tally.usual)] == [4, 3, 2, 1, 5, 6]
    assert (tally.occurrences, tally.split, tally.inconsistent, tally.unread) == (6, 2, 3, 1)
    assert (tally.keys.total(), tally.minority) == (9, 5)
    assert tally.by["ben"] == Counter({("label", "location"): 1, ("unmarked",): 2, ("label", "actor"): 1})


def test_a_string_within_longer_names_is_neither_usual_nor_unusual() -> None:
    tally = Tally()
    places = [at(1, ana=ACROSS, ben=ACROSS), at(2, ana=ACROSS, ben=ACROSS), at(3, ana=PLACE, ben=PLACE)]
    for one in places:
        tally.add(one.readings)
    assert (tally.usual, tally.inconsistent, tally.minority) == (("label", "location"), 0, 0)
    assert [one.odd(tally.usual) for one in places] == [0, 0, 0]


def test_nobody_has_read_it() -> None:
    tally = Tally()
    tally.add({})
    assert (tally.usual, tally.minority, tally.inconsistent, tally.entropy) == (None, 0, 0, 0)
    assert at(1).odd(None) == 0


@pytest.mark.parametrize(
    ("counts", "bits"), [((4,), 0.0), ((2, 2), 1.0), ((1, 1, 1, 1), 2.0), ((3, 1), 0.811278)], ids=str
)
def test_entropy(counts: tuple[int, ...], bits: float) -> None:
    assert entropy_of({("label", str(n)): count for n, count in enumerate(counts)}) == pytest.approx(bits, abs=1e-6)


def test_of_readings_as_common_as_each_other_a_label_is_the_usual_one() -> None:
    assert usual_of({("unmarked",): 2, ("label", "b"): 2, ("label", "a"): 2}) == ("label", "a")


def test_the_most_readings_unlike_the_usual_one_come_first() -> None:
    forms = [
        Form("rare", {("label", "a"): 1, ("label", "b"): 1}, 1, 1),
        Form("often", {("label", "a"): 90, ("label", "b"): 5}, 50, 5),
        Form("even", {("label", "a"): 9}, 5, 0),
    ]
    assert [one.string for one in sorted(forms, key=lambda one: one.rank)] == ["often", "rare", "even"]
    assert (forms[1].minority, forms[1].share, forms[1].usual) == (5, 5 / 95, ("label", "a"))


def test_readings_in_words() -> None:
    assert [label_of(one.key) for one in (PLACE, NONE, ACROSS, Reading(("a", "b")))] == [
        "location",
        "unmarked",
        "(location)",
        "a+b",
    ]
