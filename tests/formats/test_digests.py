"""Numbers by digest: those of a dictionary, in a few bytes each."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.digests import Digests, digest


@given(names=st.lists(st.tuples(st.text(max_size=3), st.integers(0, 2**64 - 1)), max_size=50))
def test_numbers_are_kept_as_in_a_dictionary(names: list[tuple[str, int]]) -> None:
    found, expected = Digests(), dict[str, int]()
    for name, number in names:
        assert (name in found) == (name in expected)
        assert found.setdefault(name, number) == expected.setdefault(name, number)
    assert len(found) == len(expected)


def test_the_table_grows_with_many_names_and_keeps_them_all() -> None:
    found = Digests()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(5000):
            assert found.setdefault(f"name {number}", number) == number
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 64 * 5000
    assert [found.setdefault(f"name {number}", 0) for number in range(5000)] == [*range(5000)]
    assert len(found) == 5000


def test_a_digest_is_a_number_of_64_bits_for_any_words() -> None:
    assert 0 < digest("\ud800") < 2**64
    assert digest("a") != digest("A")
