"""Where move keys go: tables of texts, and properties over awkward ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import steps
from wcwidth import iter_graphemes

from annotator.tui import motion

ATOMS = [
    "a", "U.S.", "al-Qaida", "3,000", "’s", "'", "-", ".", "!", " ", "\n", "\r\n", "\t", "\x00", "The",
    "中文", "。", "ไทย", "กำ", "🇾🇪", "👨\u200d👩\u200d👧", "\u0301", "\u200d", "قُتلوا", "١٢", "नि", "\u2028", "x" * 600,
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(ATOMS), max_size=20).map("".join)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in motion.tokens(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("killed 3,000 people, 12.5%", ["killed", "3,000", "people", ",", "12.5", "%"]),
        ("al-Qaida in Jam'iya", ["al-Qaida", "in", "Jam'iya"]),
        ("Yemen's army, the forces’ camp", ["Yemen", "'s", "army", ",", "the", "forces", "’", "camp"]),
        ("the U.S. and a.m. St. end.", ["the", "U.S.", "and", "a.m.", "St", ".", "end", "."]),
        ("6-8 or 10–12 but Gaza–Egypt", ["6-8", "or", "10–12", "but", "Gaza", "–", "Egypt"]),
        ("35th (UNHCR) “x”", ["35th", "(", "UNHCR", ")", "“", "x", "”"]),
        ("2300名平民。", ["2300", "名", "平", "民", "。"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("قُتلوا ١٢٬٠٠٠ مدني", ["قُتلوا", "١٢٬٠٠٠", "مدني"]),
        ("cafe\u0301 Kyïv नमस्ते", ["cafe\u0301", "Kyïv", "नमस्ते"]),
        ("👨\u200d👩\u200d👧!🇾🇪", ["👨\u200d👩\u200d👧", "!", "🇾🇪"]),
        ("a \u0301bc \u0301 d", ["a", "bc", "d"]),
        ("\u0301a\n\u0301", ["\u0301a", "\u0301"]),
        ("a_b a--b -x-", ["a_b", "a", "-", "-", "b", "-", "x", "-"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(TEXTS)
def test_tokens_partition_the_visible_text_at_cluster_boundaries(text: str) -> None:
    found = list(motion.tokens(text, 0, len(text)))
    covered = [offset for start, end in found for offset in range(start, end)]
    assert covered == sorted(set(covered))
    assert not any(text[offset].isspace() for offset in covered)
    for start, end in found:
        assert all(motion.token_at(text, offset) == (start, end) for offset in range(start, end))
    if len(text) < 512:
        stops, visible, at = {0}, set[int](), 0
        for paragraph in re.split(r"(\r\n|\n|\r)", text):
            for grapheme in iter_graphemes(paragraph):
                if not grapheme[0].isspace():  # a mark that follows a blank is drawn on it
                    visible |= set(range(at, at + len(grapheme)))
                at += len(grapheme)
                stops.add(at)
        assert covered == sorted(visible)
        assert all(start in stops for start, _ in found)


@given(TEXTS)
def test_forward_and_backward_see_the_same_tokens(text: str) -> None:
    forward = list(motion.tokens(text, 0, len(text)))
    backward, token = [], motion.previous_token(text, len(text))
    while token:
        backward.append(token)
        token = motion.previous_token(text, token[0])
    assert backward[::-1] == forward
    for offset in range(0, len(text) + 1, 7):
        after = motion.next_token(text, offset)
        before = motion.previous_token(text, offset)
        assert after == next((t for t in forward if t[0] >= offset), None)
        assert before == next((t for t in backward if t[1] <= offset), None)
        nearest = motion.nearest_token(text, offset)
        assert (nearest is None) == (not forward)


@pytest.mark.parametrize(
    "sentences",
    [
        ["One. ", "Two! ", "Three? ", "Four"],
        ["On Aug. 20 the U.S. forces left. ", "They fled."],
        ["“He died!” she said. ", "“Why?” ", "Silence."],
        ["Gen. J. Smith met Dr. Ali at No. 5 and St. Mary. ", "Then he left."],
        ["He lives in the U.S. ", "The army does not."],
        ["U.S. Army units left at 5 p.m. on Friday. ", "Done."],
        ["TAIZ\n\n", "Line two\r\n", "Line three"],
        ["他死了。", "她活着！", "好。"],
        ["نعم؟ ", "لا. ", "قالوا"],
        ["It cost 3.5 million. ", "Wait... what. ", "Ok."],
        ["(He left.) ", "She stayed."],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    text = "".join(sentences)
    starts = [sum(map(len, sentences[:n])) for n in range(len(sentences))]
    for offset in range(len(text)):
        assert motion.next_sentence(text, offset) == next((s for s in starts if s > offset), None)
        assert motion.previous_sentence(text, offset) == next((s for s in reversed(starts) if s < offset), None)
    for start, sentence in zip(starts, sentences, strict=True):
        assert motion.sentence_at(text, start + 1) == (start, start + len(sentence.rstrip()))


def walk(step: Callable[[int], motion.Extent | None], offset: int, edge: int, text: str) -> list[str]:
    found = []
    while extent := step(offset):
        found.append(text[extent[0] : extent[1]])
        offset = extent[edge]
    return found


@pytest.mark.parametrize(
    ("text", "names", "runs"),
    [
        ("The army shelled Taiz. In Bir Basha, 7 died.", "Taiz Bir Basha 7", "Taiz|Bir Basha|7"),
        ("At least twelve civilians in the Hague", "least? twelve Hague", "twelve|Hague"),
        ("al-Qaida hit Umm Khaled’s home", "al-Qaida Umm Khaled", "al-Qaida|Umm Khaled"),
        ("“The U.S. Army,” he said", "U.S. Army", "U.S. Army"),
        ("no names here at all", "", ""),
        ("35th Armored Brigade took Marib City", "35th Armored Brigade Marib City", "35th|Armored Brigade|Marib City"),
        ("قُتل ١٢ مدنياً", "١٢", "١٢"),
        ("went to The Hague", "The Hague", "The Hague"),
    ],
)
def test_names_and_numbers(text: str, names: str, runs: str) -> None:
    expected = [name for name in names.split() if not name.endswith("?")]
    assert walk(lambda o: motion.next_entity(text, o), 0, 1, text) == expected
    assert walk(lambda o: motion.previous_entity(text, o), len(text), 0, text) == expected[::-1]
    assert walk(lambda o: motion.next_entity(text, o, run=True), 0, 1, text) == [r for r in runs.split("|") if r]
    back = walk(lambda o: motion.previous_entity(text, o, run=True), len(text), 0, text)
    assert back[::-1] == [r for r in runs.split("|") if r]


def test_grow_goes_from_a_letter_to_the_paragraph() -> None:
    text = "Officials said, citing Bir Basha residents, that 12 died. Next one.\nOther"
    extent, seen = (text.index("ir B"), text.index("ir B") + 1), []
    for _ in range(6):
        extent = motion.grow(text, *extent)
        seen.append(text[slice(*extent)])
    assert seen == [
        "Bir",
        "Bir Basha",
        "citing Bir Basha residents",
        "Officials said, citing Bir Basha residents, that 12 died.",
        "Officials said, citing Bir Basha residents, that 12 died. Next one.",
        "Officials said, citing Bir Basha residents, that 12 died. Next one.",
    ]


def test_shrink_goes_back_to_one_token() -> None:
    text = "Officials said so, citing residents. Next one."
    extent, seen = (0, len(text)), []
    for _ in range(5):
        extent = motion.shrink(text, *extent)
        seen.append(text[slice(*extent)])
    assert seen == [
        "Officials said so, citing residents.",
        "Officials said so",
        "Officials said",
        "Officials",
        "Officials",
    ]


@given(TEXTS, st.data())
def test_grow_holds_and_shrink_is_held(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, max(0, len(text) - 1)))
    end = data.draw(st.integers(start, len(text)))
    sizes = [end - start]
    grown = (start, end)
    for _ in range(8):
        after = motion.grow(text, *grown)
        assert after[0] <= grown[0]
        assert grown[1] <= after[1] <= len(text)
        grown = after
        sizes.append(grown[1] - grown[0])
    small = motion.shrink(text, start, end)
    assert start <= small[0] <= small[1] <= end
    assert all(before <= after for before, after in pairwise(sizes))


@pytest.mark.parametrize("filler", ["a", "word ", " ", "中", ". ", "\n", "A", "U.S. "])
def test_no_move_reads_a_five_megabyte_text(filler: str) -> None:
    def move(size: int) -> int:
        text = filler * (size // len(filler))
        middle = len(text) // 2

        def moves() -> None:
            motion.nearest_token(text, middle)
            motion.next_sentence(text, middle)
            motion.previous_sentence(text, middle)
            motion.next_entity(text, middle)
            motion.previous_entity(text, middle)
            motion.shrink(text, *motion.grow(text, middle, middle + 1))

        return steps(moves)

    assert move(5_000_000) <= 1.1 * move(1_000_000) + 200  # five times the text, as good as no more steps
