"""Samples to begin fuzzing with: what every writer makes of real articles, the golden files, and files by hand."""

from __future__ import annotations

import gzip
import re
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from format_cases import RECORDS
from interchange import SCHEMA, items, written
from support import ROOT

from annotator import plugins
from annotator.core.record import Record
from annotator.formats import jsonl
from annotator.formats.base import Format, Incoming, WriteOptions

GOLDEN = ROOT / "tests" / "golden"
LONGEST = 20_000  # bytes; a longer sample costs more time than it finds
TEXT = "Rebels shelled Taiz on Sunday, killing at least 12.\nDozens fled to Al-Fashir.\n"
GUIDE = b"General.\n\n## place\n\nA place.\n"
COMPANION = {
    "x.txt": TEXT.encode(),
    "x": TEXT.encode(),
    "conflict-events.md": GUIDE,
    "persons-places.md": GUIDE,
}  # beside every file, for formats whose text is apart
BRAT = """T1\tactor 0 6\tRebels
T2\tlocation 15 19;25 31\tTaiz Sunday
E1\tAttack:T1 Place:T2
R1\tby Arg1:T1 Arg2:T2
A1\tarmed T1
A2\ttype T1 army
*\tEquiv T1 T2
#1\tAnnotatorNotes T1\tsure?
N1\tReference T2 Wikidata:Q1\tTaiz
"""
SLATE = "(0, 0) - actor\n(0, 2) (0, 4) - location\n((0, 1), (0, 2)) - casualty\n[(1,0)] - a b\n"
GATE = """<?xml version='1.0' encoding='UTF-8'?>
<GateDocument version="3">
<GateDocumentFeatures><Feature><Name className="java.lang.String">gate.SourceURL</Name>
<Value className="java.lang.String">file:/a.txt</Value></Feature></GateDocumentFeatures>
<TextWithNodes><Node id="0"/>Rebels<Node id="6"/> 👩 &amp; <Node id="12"/>men<Node id="15"/></TextWithNodes>
<AnnotationSet Name="ana"><Annotation Id="1" Type="actor" StartNode="0" EndNode="6"><Feature>
<Name className="java.lang.String">matches</Name>
<Value className="java.util.ArrayList" itemClassName="java.lang.Integer">1;2</Value></Feature></Annotation>
<Annotation Id="2" Type="location" StartNode="12" EndNode="15"></Annotation></AnnotationSet></GateDocument>
"""
BDOC = """{"text": "Rebels 👩 men", "annotation_sets": {"": {"name": "", "annotations": [{"type": "actor", "start": 0,
"end": 6, "id": 1, "features": {"n": 3}}]}}, "features": {"url": "x"}, "offset_type": "p", "name": "a"}"""
PAGE = (
    "<!DOCTYPE html><html lang='en'><head><title>Shells hit Taiz</title><meta name='author' content='A. B.'>"
    f"<meta property='article:published_time' content='2024-03-01'></head><body><article><p>{TEXT * 4}</p></article></body></html>"
)
WARC = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2024-03-01T00:00:00Z\r\n"
    "Content-Type: application/http; msgtype=response\r\nContent-Length: {size}\r\n\r\n{page}\r\n\r\n"
)
SETTINGS = 'annotator = "ana"\ndensity = "overlaps"\npanel = true\ntheme = "dark"\nidle = 60\nwrap = 0\nprivate = false\n[keys]\n"tag.delete" = ["x", "delete"]\nselect.grow = "ctrl+g"\n'
MAPPING = (
    '[labels]\nPerson = "actor"\n"GPE.x" = "location"\nORG = ""\n[attributes]\n"Person.kind" = "type"\nnote = ""\n'
)
SMALL_SCHEMA = """name = "places"
version = "1.10"
[labels.place]
key = "p"
color = "#2f6b3a"
overlaps = ["place"]
[labels.place.attributes.kind]
kind = "choice"
options = ["town", "river"]
[labels.place.attributes.count]
kind = "count"
units = ["person"]
[labels.place.attributes.near]
kind = "link"
labels = ["place"]
many = true
[attributes.day]
kind = "text"
format = "date"
[[rules]]
label = "place"
when = { kind = "town" }
require = ["near"]
message = "near what?"
"""


ANNOTATION_CONF = """[entities]
<GPE>=Country|City
Actor
	Army
	!Group
[relations]
Located Arg1:Actor, Arg2:<GPE>, <REL-TYPE>:symmetric-transitive
[events]
Attack Agent*:Actor, Place?:<GPE>, Victims{2-3}:Actor|Army
[attributes]
Negated Arg:<EVENT>
Sure Arg:Actor|Army, Value:low|high
"""


def _warc() -> bytes:
    page = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{PAGE}"
    return WARC.format(size=len(page.encode()), page=page).encode()


BY_HAND: dict[str, tuple[bytes, ...]] = {
    "brat": (BRAT.encode(),),
    "slate": (SLATE.encode(),),
    "gate": (GATE.encode(), BDOC.encode()),
    "web": (PAGE.encode(), _warc(), gzip.compress(_warc(), mtime=0)),
    "text": (TEXT.encode(), TEXT.encode("utf-16"), "Киев под обстрелом, погибли люди".encode("cp1251")),
    "csv": (b"id,title,text,url\n1,A,Rebels fled,x\n", b'article,start,end,label,text\na,0,6,actor,"Rebels"\n'),
    "tsv": (b"id\ttitle\ttext\n1\tA\tRebels fled\n",),
}
FILES: dict[str, tuple[str, ...]] = {
    "schema": (SMALL_SCHEMA,),
    "settings": (SETTINGS,),
    "mapping": (MAPPING,),
    "annotation-conf": (ANNOTATION_CONF,),
    "encoding": ("id,title,text\n1,A,Rebels fled \U0001f469\n",),
    "people": ("# who\nAna Ruiz\nБен\n",),
}


def files_seeds(kind: str) -> list[bytes]:
    """Return samples of a kind of file that people write."""
    built_in = [path.read_bytes() for path in sorted((ROOT / "schemas").glob("*.toml"))] if kind == "schema" else []
    coding = "utf-16" if kind == "encoding" else "utf-8"
    return [*(text.encode(coding) for text in FILES[kind]), *built_in]


@cache
def _records() -> list[Record]:
    """Return the hard cases, and the shortest articles of the bundled corpus by all who labelled them."""
    lines = (ROOT / "corpus" / "conflict-news.jsonl").read_bytes()
    found = [item.record for item in items(jsonl.FORMAT, lines) if isinstance(item, Incoming)]
    shortest = min(len(record.text) for record in found)
    return [*RECORDS, *(record for record in found if len(record.text) == shortest)]


def _made(format: Format) -> list[bytes]:
    """Return what a format's writer makes of records, each file of a folder by itself."""
    if format.write is not None:
        return [written(format, part, schema=schema)[0] for part in (RECORDS, _records()) for schema in (None, SCHEMA)]
    if format.write_folder is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        writer = format.write_folder(Path(folder), WriteOptions(schema=SCHEMA))
        for record in _records():
            writer.write(record)
        writer.close()
        paths = sorted(path for path in Path(folder).rglob("*") if path.name.endswith(format.suffixes))
        return [path.read_bytes() for path in paths]


@cache
def reader_seeds(name: str | None) -> list[bytes]:
    """Return samples that a format's reader can read; of every format if None."""
    if name is None:
        return [
            *(data for kind in BY_HAND.values() for data in kind),
            *(path.read_bytes() for path in sorted(GOLDEN.iterdir())),
        ]
    format: Format = plugins.load("formats", name)
    golden = [path for path in sorted(GOLDEN.iterdir()) if re.match(rf"{re.escape(name)}\b", path.name)]
    found = [*BY_HAND.get(name, ()), *(path.read_bytes() for path in golden)]
    with suppress(ImportError):  # an extra is not installed; then its reader says so, whatever it is given
        found += _made(format)
    found = sorted({*found} - {b""}, key=lambda data: (len(data), data))
    return [data for data in found if len(data) <= LONGEST] or found[:1] or [TEXT.encode()]
