"""Plain text and encodings: decoded once, CRLF to LF, binary refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from strategies import texts

from annotator.core.record import Bad, Record
from annotator.core.text import unify_newlines
from annotator.formats.base import Incoming
from annotator.formats.decoding import decode
from annotator.formats.sources import Source
from annotator.formats.text import SIZE_LIMIT, read

SOURCE = Source("in/story.txt", "story", ".txt", 0, Path("in/story.txt"))
RUSSIAN = "Обстрел Харькова унёс жизни пяти человек, сообщили в понедельник власти области.\n" * 4


def item(data: bytes, *, source: Source = SOURCE) -> Incoming | Bad:
    (only,) = read(io.BufferedReader(io.BytesIO(data)), source)
    return only


def record(data: bytes) -> Record:
    found = item(data)
    assert isinstance(found, Incoming), found
    return found.record


def test_the_first_line_is_the_title_and_stays_in_the_text() -> None:
    assert record(b"\n  Headline \r\nBody\r\n") == Record("in/story.txt", "story", "Headline", "\n  Headline \nBody\n")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_or_utf8_is_no_guess(codec: str) -> None:
    found = item(RUSSIAN.encode(codec))
    assert isinstance(found, Incoming)
    assert found.record.text == RUSSIAN
    assert found.notes == ()


def test_another_encoding_is_guessed_and_named() -> None:
    found = item(RUSSIAN.encode("cp1251"))
    assert isinstance(found, Incoming)
    assert found.record.text == RUSSIAN
    assert found.notes == ("read as cp1251, which was guessed; if that is wrong, name it with --encoding",)


@given(texts().filter(lambda text: "\x00" not in text and not text.startswith("\ufeff")))
def test_utf8_is_kept_to_the_code_point_but_for_crlf(text: str) -> None:
    found = item(text.encode())
    if isinstance(found, Incoming):
        assert found.record.text == unify_newlines(text)
    else:  # nearly nothing but control characters
        assert sum(c < " " for c in text) * 50 > len(text)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7 text", "PDF"),
        (b"PK\x03\x04xx", "zip"),
        (b"a\x00b", "NUL"),
        (b"\x01\x02\x03\x04abc", "binary"),
        (b"\xff\xfea", "utf-16"),
    ],
)
def test_what_is_not_text_is_refused_in_one_line(data: bytes, words: str) -> None:
    found = item(data)
    assert isinstance(found, Bad)
    assert found.where == "in/story.txt"
    assert words in found.message
    assert found.hint


def test_a_text_beyond_all_measure_is_refused() -> None:
    found = item(b"a" * (SIZE_LIMIT + 1))
    assert isinstance(found, Bad)
    assert "larger than 64 MB" in found.message


def test_standard_input_gets_a_key_from_its_content() -> None:
    stdin = Source("<stdin>", "stdin", "", 0, None)
    one, two = item(b"one", source=stdin), item(b"two", source=stdin)
    assert isinstance(one, Incoming) and isinstance(two, Incoming)
    assert one.record.key.startswith("stdin-")
    assert one.record.key != two.record.key


def test_the_smaller_mark_does_not_hide_the_larger() -> None:
    assert decode("ab".encode("utf-32-le").join([b"\xff\xfe\x00\x00", b""]))[0] == "ab"
