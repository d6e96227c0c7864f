"""Where most of what is read or written takes a short way: it leads where the long way leads."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from formats_support import incoming_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interchange import SCHEMA, fitting_records
from strategies import json_values

from annotator.core.record import Record
from annotator.formats import brat
from annotator.formats.base import ReadOptions, WriteOptions
from annotator.formats.brat_write import BratWriter, _Ann
from annotator.formats.cas_write import CasMaker
from annotator.formats.cas_xmi import NOT_XML, xml
from annotator.formats.safe_names import plain, safe

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = st.text(st.sampled_from('aZ09_-uU.é²中 \n\r\t\x00\x0b&<>"\ufffe👍'), max_size=12)


def safe_the_long_way(name: str, also: str) -> str:
    name = re.sub("_(?=u[0-9A-F]{4})", "_u005F_", name)
    stays = [c in "-_" or c in also or (c.isalnum() and unicodedata.normalize("NFKD", c) == c) for c in name]
    return "".join(c if stay else f"_u{ord(c):04X}_" for c, stay in zip(name, stays, strict=True))


@given(
    name=ODD
    | st.sampled_from(["a_u", "_u0041_", "x_u0041", "x_u0041_y", "_u005F_u0041_", "_u0041_u0042_u0043_", "_u0041é"]),
    also=st.sampled_from(["", "."]),
)
def test_safe_names(name: str, also: str) -> None:
    assert safe(name, also=also) == safe_the_long_way(name, also)
    assert plain(safe(name, also=also)) == name


@given(text=ODD)
def test_text_in_xml(text: str) -> None:
    escapes = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
    assert xml(text) == "".join(escapes.get(c, c) for c in NOT_XML.sub("\ufffd", text))


@given(value=json_values() | ODD)
def test_values_in_a_cas(value: Any) -> None:
    words = CasMaker(None, xml=True)._words(value)
    assert not NOT_XML.search(words)
    assert words == NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", msgspec.json.encode(value).decode())


def brat_files(records: list[Record], folder: Path) -> tuple[dict[str, bytes], list[Any]]:
    writer = BratWriter(folder, WriteOptions(schema=SCHEMA))
    losses = [loss for record in records for loss in writer.write(record)]
    writer.close()
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}, losses


@QUICK
@given(records=fitting_records())
def test_brat_spans_without_a_line_break(records: list[Record]) -> None:
    with (
        tempfile.TemporaryDirectory() as quick,
        tempfile.TemporaryDirectory() as slow,
        pytest.MonkeyPatch.context() as m,
    ):
        short = brat_files(records, Path(quick))
        m.setattr(_Ann, "_in_one", lambda *_: False)
        assert brat_files(records, Path(slow)) == short


@QUICK
@given(records=fitting_records(), shift=st.integers(-2, 2), fragments=st.sampled_from(["link", "cover"]))
def test_brat_spans_of_one_piece(records: list[Record], shift: int, fragments: Any) -> None:
    """Also where the text is not the one that the spans are of."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as m:
        folder = Path(name)
        brat_files(records, folder)
        for path in folder.rglob("*.txt"):
            text = path.read_text("utf-8")
            path.write_text(" " * shift + text if shift > 0 else text[-shift:], "utf-8", newline="")
        short = incoming_of(brat.FORMAT, folder, ReadOptions(fragments))
        m.setattr(brat._Article, "_simple", lambda *_: [])
        assert incoming_of(brat.FORMAT, folder, ReadOptions(fragments)) == short
