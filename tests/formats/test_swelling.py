"""Files that are made to fill the memory or the stack: refused by proportion, by length and by depth, in one line."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from pathlib import Path

import pytest
from format_cases import RECORDS
from interchange import items, written

from annotator import plugins
from annotator.cli import run
from annotator.core.record import Bad
from annotator.errors import BAD_INPUT, OK
from annotator.formats import decoding, swelling
from annotator.formats.base import Format
from annotator.formats.cas import XMI, ZIP
from annotator.formats.conll import FORMAT as CONLL
from annotator.formats.docbin import FORMAT as DOCBIN
from annotator.formats.gate_documents import FORMAT as GATE
from annotator.formats.swelling import RATIO, Swelling, SwollenError
from annotator.formats.table import CSV

MB = 1 << 20
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;") for n in range(20)
)
DEEP = 20_000


@pytest.fixture(autouse=True)
def _less_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swelling, "FREE", 2 * MB)


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def test_what_is_out_of_proportion() -> None:
    count = Swelling()
    count.take(2 * MB, packed=1)
    count = Swelling()
    count.take(RATIO * MB, packed=MB)
    with pytest.raises(SwollenError, match=f"more than {RATIO} times"):
        count.take(1, packed=MB)


def test_a_gzip_bomb_is_one_line_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, line in enumerate((b'{"text":"' + b"a" * (20 * MB), b'{"text":"b"}\n')):
        Path(f"{number}.jsonl.gz").write_bytes(gzip.compress(line, 1 if number else 9))
    assert run(["convert", "0.jsonl.gz", "1.jsonl.gz", "out.jsonl"]) == BAD_INPUT
    assert "0.jsonl.gz: holds more than 200 times its own size" in capsys.readouterr().err
    assert Path("out.jsonl").read_bytes().count(b"\n") == 1


def test_what_shrinks_well_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps({"id": str(n), "text": f"Gunmen killed {n} near Taiz."}) for n in range(20_000)]
    Path("in.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), 9))
    assert run(["convert", "in.jsonl.gz", "out.jsonl"]) == OK
    assert Path("out.jsonl").read_bytes().count(b"\n") == len(lines)


@pytest.mark.parametrize("inner", [False, True], ids=["members", "archive-in-archive"])
def test_a_zip_bomb_is_refused_as_a_whole(inner: bool) -> None:
    data = zipped(*((f"{n}.xmi", b" " * MB) for n in range(20)))
    if inner:
        data = zipped(("one.zip", data), ("two.zip", data))
    *_, last = items(ZIP, data)
    assert isinstance(last, Bad)
    assert "more than 200 times" in last.message and last.where == items(ZIP, b"x")[0].where  # type: ignore[union-attr]


def test_members_that_lead_elsewhere_are_names_and_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    xmi = zipfile.ZipFile(io.BytesIO(written(ZIP, RECORDS[2:], schema=None)[0]))
    (name,) = [one for one in xmi.namelist() if one.startswith("annotation/")]
    data, names = (
        xmi.read(name),
        ("../../evil.xmi", "/evil.xmi", "C:\\evil.xmi", "..\\..\\x.xmi", "con.xmi", "a" * 300 + ".xmi"),
    )
    Path("in.zip").write_bytes(zipped(*((one, data.replace(b"Taiz", b"Ta%03d" % at)) for at, one in enumerate(names))))
    before = {*tmp_path.rglob("*")}
    for format in ("brat", "cas-xmi", "webanno", "jsonl"):
        assert run(["convert", "in.zip", f"out-{format}", "--to", format]) in (OK, BAD_INPUT)
    made = {*tmp_path.rglob("*")} - before
    assert made and all(path.is_relative_to(folder) for path in made)
    assert not any("evil" in path.name and path.parent == folder for path in made)


@pytest.mark.parametrize("format", [GATE, XMI], ids=lambda format: format.name)
@pytest.mark.parametrize("root", [b"<x>&a19;</x>", b'<GateDocument a="&a19;"/>'], ids=["text", "attribute"])
def test_entities_are_not_followed(format: Format, root: bytes) -> None:
    (bad,) = items(format, ENTITIES + root)
    assert isinstance(bad, Bad)
    assert "document type" in bad.message


@pytest.mark.parametrize("format", [CONLL, CSV], ids=lambda format: format.name)
def test_a_line_without_end_is_one_message(format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LINE_LIMIT", 1000)
    data = b"text\n" + b"a" * 999 + b"\n" + b"a" * 1001
    if format is CONLL:
        data = b"Rebels B-actor\n" + b"a" * 1001
    *_, last = items(format, data)
    assert isinstance(last, Bad)
    assert last.message == "has a line of more than 1,000 characters"
    assert not any(isinstance(item, Bad) for item in items(format, data[: data.rindex(b"\n") + 1]))


def test_a_docbin_that_unpacks_to_more_than_its_share_is_refused_before_it_is_unpacked() -> None:
    pytest.importorskip("spacy", reason="spaCy is not installed")
    (bad,) = items(DOCBIN, zlib.compress(b"\0" * (20 * MB), 9))
    assert isinstance(bad, Bad)
    assert "more than 200 times" in bad.message
    (bad,) = items(DOCBIN, b"x")
    assert isinstance(bad, Bad)
    assert bad.message == "is not a spaCy DocBin"


def texts() -> list[str]:
    return [name for name in plugins.names("formats") if plugins.load("formats", name).read]


@pytest.mark.parametrize("name", texts())
@pytest.mark.parametrize(
    "data",
    [
        b"[" * DEEP,
        b'{"text":' * DEEP,
        b'[{"text":"a","spans":' + b"[" * DEEP + b"]" * DEEP + b"}]",
        b'{"text":"a","meta":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
        b"<x>" * DEEP,
        b"<html><body>" + b"<div>" * DEEP + b"word " * 50,
        b'<xmi:XMI xmlns:xmi="http://www.omg.org/XMI">' + b"<a>" * DEEP,
        b"<GateDocument>" * DEEP,
        b"(" * DEEP,
        b"9" * DEEP,
        b'{"text":"a","spans":[{"start":' + b"9" * DEEP + b"}]}",
        b"text\n" + b'"' * DEEP,
        b"T1\tx " + b"0 1;" * DEEP + b"0 1\ta",
    ],
    ids=["[", "{", "[[", "{{", "<", "html", "xmi", "gate", "(", "digits", "number", "quotes", "pieces"],
)
def test_depth_and_length_are_no_crash(name: str, data: bytes) -> None:
    format = plugins.load("formats", name)
    for item in items(format, data):
        if isinstance(item, Bad):
            assert len(item.message) < 500
