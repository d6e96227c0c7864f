"""The key counts of `benchmarks/keys.py`, on cases that one can count by hand."""

from __future__ import annotations

from heapq import heappop, heappush

import pytest

from annotator.core.spans import Span
from annotator.schemas import load_schema
from annotator.tui import motion
from benchmarks.keys import Gold, Result, lines_of, measure, report, rows_of
from benchmarks.slate import Places, Slate, times
from benchmarks.ways import View, Way, Ways, remembered

TEXT = "the shelling of Bir Basha killed twelve people on Monday, medics said"
LINE = [(at, at + len(word)) for word in TEXT.split() for at in [TEXT.index(word)]]


def span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(words, start, start + len(words), "location")


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("the", 0),
        ("shelling", 1),
        ("shelling of", 2),  # right, extend
        ("Bir", 2),  # 3 right: a number and the key
        ("Bir Basha", 3),
        ("said", 1),  # to the end of the text
    ],
)
def test_slate_needs_so_many_keys_to_reach_a_span(words: str, keys: int) -> None:
    assert Slate([LINE]).tag(span(words)) == keys


def test_slate_goes_on_from_the_span_before_with_its_length() -> None:
    slate = Slate([LINE])
    assert slate.tag(span("Bir Basha")) == 3
    assert slate.tag(span("killed")) == 2  # to the right, and its left edge once more
    assert slate.tag(span("Monday")) == 2  # a number, and to the right


def exhaustive(slate: Slate, at: Places, *, lines: list[int]) -> dict[Places, int]:
    """Return the fewest keys to every selection, with SLATE's rules spelled out once more."""
    row_of = [row for row, length in enumerate(lines) for _ in range(length)]
    starts = [sum(lines[:row]) for row in range(len(lines))]
    last = len(row_of) - 1

    def clip(token: int) -> int:
        return min(max(token, 0), last)

    def down(token: int, rows: int) -> int:
        row = min(max(row_of[token] + rows, 0), len(lines) - 1)
        return starts[row] + min(token - starts[row_of[token]], lines[row] - 1)

    def steps(start: int, end: int) -> list[tuple[int, Places]]:
        found = []
        for n in [*range(-last, 0), *range(1, last + 1)]:
            found += [(times(n), (clip(start + n), clip(end + n))), (times(n), (min(clip(start + n), end), end))]
            found += [(times(n), (start, max(start, clip(end + n)))), (times(n), (down(start, n), down(end, n)))]
        for n in (-len(lines), len(lines)):
            found.append((1, (down(start, n), down(end, n))))
        line_starts = [starts[row_of[start]], starts[row_of[end]]]
        line_ends = [starts[row_of[token]] + lines[row_of[token]] - 1 for token in (start, end)]
        for left, right in (line_starts, line_ends):
            found += [(1, (left, right)), (2, (min(left, end), end)), (2, (start, max(start, right)))]
        return [(cost, (min(ends), max(ends))) for cost, ends in found]

    keys, queue = {at: 0}, [(0, at)]
    while queue:
        cost, place = heappop(queue)
        for more, after in steps(*place) if cost == keys[place] else []:
            if cost + more < keys.get(after, 99):
                keys[after] = cost + more
                heappush(queue, (cost + more, after))
    return keys


@pytest.mark.parametrize("at", [(0, 0), (3, 6), (12, 12), (24, 26)], ids=str)
def test_slate_needs_as_few_keys_as_an_exhaustive_search_finds(at: Places) -> None:
    lines = [11, 3, 9, 5]
    slate = Slate([[(0, 1)] * length for length in lines])
    fewest = exhaustive(slate, at, lines=lines)
    spans = [place for place in fewest if place[1] - place[0] < 5]
    assert len(spans) == 5 * 28 - 10
    assert [slate.keys(at, place) for place in spans] == [fewest[place] for place in spans]


def ways(*, hints: bool = False, view: View | None = None) -> Ways:
    return Ways(TEXT, load_schema("conflict-events"), hints=hints, view=view)


@pytest.mark.parametrize(
    ("words", "cost"),
    [("the", 1), ("shelling", 2), ("Bir Basha", 2), ("shelling of", 3), ("twelve people", 4)],
)
def test_ours_are_counted_with_the_label(words: str, cost: int) -> None:
    assert ways().tag(span(words)).cost == cost


def test_a_span_is_reached_from_where_the_last_one_left_the_cursor() -> None:
    found = ways()
    assert [found.tag(span(words)).cost for words in ("Bir Basha", "killed", "twelve")] == [2, 2, 2]


def test_a_way_names_its_keys() -> None:
    assert ways().tag(span("shelling of")) == Way("location", ("right", "shift+right"), 3, 2)
    assert ways().tag(span("twelve people")).keys == ("n", "n", "shift+right")


def test_hints_count_each_of_their_letters() -> None:
    assert ways(hints=True).tag(span("people")).keys == ("f k",)
    assert ways(hints=True).tag(span("people")).cost == 3


def test_a_hint_leads_only_to_what_is_in_view() -> None:
    below = Ways("one two\n" * 30 + "three four", load_schema("conflict-events"), view=View(20, 5))
    start = below._text.index("four")
    assert below.tag(Span("s", start, start + 4, "actor")).keys == ("ctrl+end",)
    above = below.tag(Span("t", 8 * 20, 8 * 20 + 3, "actor"))
    assert not any(key.startswith("f") for key in above.keys[:1])


def test_a_span_within_a_token_is_reached_by_character() -> None:
    inner = Span("s", TEXT.index("elling"), TEXT.index("ing of"), "location")
    assert "`" in ways().tag(inner).keys


def test_what_is_remembered_is_forgotten_in_the_end() -> None:
    before = motion.next_token
    with remembered():
        assert motion.next_token is not before
        with_memory = ways().tag(span("twelve people"))
    assert motion.next_token is before
    assert with_memory == ways().tag(span("twelve people"))


def test_rows_and_lines_hold_the_same_tokens() -> None:
    text = "one two three\n\nfour five"
    assert [[text[a:b] for a, b in row] for row in rows_of(text, 8)] == [
        ["one", "two"],
        ["three"],
        [],
        ["four"],
        ["five"],
    ]
    assert [[text[a:b] for a, b in line] for line in lines_of(text)] == [["one", "two", "three"], [], ["four", "five"]]


def test_the_promise_is_judged_by_both_figures(capsys: pytest.CaptureFixture[str]) -> None:
    result = measure(Gold("toy", TEXT, [span("Bir Basha"), span("twelve")]), hints=True, view=View())
    assert [way.cost for way in result.ways] == [2, 2]
    assert result.slate == [4, 4]  # 3 ; / label, and ; ; k label
    assert result.beyond == 0
    assert report([result])
    assert "2.00 keys a span (at most 4.2), SLATE 4.00 (more): kept" in capsys.readouterr().out
    assert not report([Result("toy", result.ways, [2, 2], 0)])
    assert not report([Result("toy", [Way("actor", ("left",) * 4, 5, 1)], [6], 0)])
    assert "NOT KEPT" in capsys.readouterr().out
