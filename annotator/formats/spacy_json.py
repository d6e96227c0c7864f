"""spaCy's JSON: documents as `Doc.to_json` gives them, and the form of its former `train` command.

Invariant: what `annotator` wrote comes back equal.  Of documents of others the span group "sc" counts, else their
entities by code points, else the entity tags of their tokens; what of them has no place here is named in a loss.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from typing import Any, Final

import msgspec

from annotator.core.counting import count
from annotator.core.record import Bad
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats.about import Data, SpanData, read_data
from annotator.formats.alignment import OUTSIDE, chunks, places_of
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions
from annotator.formats.json_items import first_item, items, misfit
from annotator.formats.sources import Source
from annotator.formats.spacy_json_write import DATA_KEY, DocLines, TrainingArray
from annotator.formats.spacy_tokens import SPANS_KEY

_UNKNOWN_TAG: Final = "-"  # of a token of which nobody knows whether it is in an entity
_OF_TOKENS: Final = ("tag", "pos", "morph", "lemma", "dep")
_TRAINING: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\[?\s*\{[^{}]{0,999}"paragraphs"\s*:\s*\[\s*\{\s*"(?:raw|sentences|entities|cats)"'
)


class _Place(msgspec.Struct, gc=False):
    start: int
    end: int
    label: str = ""
    kb_id: str | int = ""


class _Token(msgspec.Struct):
    orth: str = ""
    space: str | None = None
    ner: str | None = None
    tag: Any = None
    pos: Any = None
    morph: Any = None
    lemma: Any = None
    dep: Any = None


class _Sentence(msgspec.Struct):
    tokens: list[_Token] = []
    brackets: list[Any] = []


class _Paragraph(msgspec.Struct):
    raw: str | None = None
    sentences: list[_Sentence] = []
    entities: list[tuple[int, int, str]] = []
    cats: list[Any] | dict[str, Any] = []
    links: list[Any] | dict[str, Any] = []
    spans: dict[str, list[_Place]] = {}


class _Doc(msgspec.Struct):
    text: str
    ents: list[_Place] | None = None
    spans: dict[str, list[_Place]] = {}
    tokens: list[_Token] = []
    sents: list[Any] = []
    cats: dict[str, Any] = {}
    underscore: dict[str, Any] = msgspec.field(name="_", default={})
    underscore_token: dict[str, Any] = {}
    underscore_span: dict[str, Any] = {}


class _Found(msgspec.Struct):
    """What both forms come to: text, places, groups, tokens, and what else there is."""

    text: str
    places: Sequence[_Place]
    groups: Mapping[str, Sequence[_Place]]
    tokens: Sequence[_Token]
    meta: dict[str, Any]
    left: Counter[str]
    notes: tuple[str, ...] = ()


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the documents of a file, in one array or one after the other; see `Reader`."""
    group, number = options.values.get("group", SPANS_KEY), 0
    for item in items(stream, source):
        if isinstance(item, Bad):
            yield item
            continue
        where, value = f"{source.name}:{item.place}", item.value
        if not isinstance(value, dict) or not ("paragraphs" in value or "text" in value):
            yield Bad(where, "is not a document of spaCy", 'an object with "text", or with "paragraphs"')
            continue
        parts = value.get("paragraphs", [value])
        if not isinstance(parts, list):
            yield Bad(where, "field 'paragraphs': expected array", "one object for each text")
            continue
        for at, part in enumerate(parts, 1):
            number += 1
            place = where if len(parts) == 1 else f"{where} (paragraph {at})"
            yield _incoming(value, part, place, source.key_of(number, str(part)), group, whole=len(parts) == 1)


def _incoming(document: Any, part: Any, where: str, key: str, group: str, *, whole: bool) -> Incoming | Bad:
    try:
        training = "paragraphs" in document
        found = _paragraph(msgspec.convert(part, _Paragraph)) if training else _doc(msgspec.convert(part, _Doc))
        said = document.get(DATA_KEY) if whole else None
        data = read_data(said) if isinstance(said, dict) else Data()
    except InputError as error:
        return Bad(where, error.message, error.hint)
    except msgspec.ValidationError as error:
        return misfit(error, where)
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        return Bad(where, f"{DATA_KEY!r}: {error}".replace("`", ""), "make it what `annotator` writes, or take it out")
    id = document.get("id") if training and whole else None
    key = id if isinstance(id, str) and id else key  # spaCy itself numbers every document 0
    chosen = found.groups.get(group)
    spans = _matched(chosen or found.places, data.spans)
    data.meta = {**found.meta, **data.meta}
    record = data.record(where, key, found.text, spans)
    for name, others in found.groups.items():
        if name != group and others:
            found.left[f"span group {name!r} with {count(len(others), 'span')}"] += 1
    if chosen and not data.spans:
        there = {(place.start, place.end, place.label) for place in chosen}
        missed = sum((place.start, place.end, place.label) not in there for place in found.places)
        found.left.update({"entity that is not in the span group": missed} if missed else {})
    losses = tuple(
        Loss(record.key, data.annotator, "", "has no place here", f"{what} ({times}×)" if times > 1 else what)
        for what, times in found.left.items()
    )
    return Incoming(record, (), found.notes, losses)


def _matched(places: Sequence[_Place], known: Sequence[SpanData]) -> list[Span]:
    """Return the spans at these places; what `annotator` says about them counts if it is about these very spans."""
    about = zip(places, known, strict=False)
    if len(places) == len(known) and all(
        place.label == data.label and data.span.overlaps(place.start, place.end) for place, data in about
    ):
        return [data.span for data in known]
    return [
        Span(f"s{number}", place.start, place.end, place.label, {"kb_id": place.kb_id} if place.kb_id else {})
        for number, place in enumerate(places, 1)
    ]


def _left(tokens: Sequence[_Token]) -> Counter[str]:
    """Return what the tokens carry and a record has no place for, with the number of tokens that do."""
    return Counter(
        f"{name} of tokens" for token in tokens for name in _OF_TOKENS if getattr(token, name) not in (None, "")
    )


def _doc(doc: _Doc) -> _Found:
    left = _left(doc.tokens)
    if doc.sents:
        left["sentences"] = len(doc.sents)
    for name in (*doc.underscore_token, *doc.underscore_span):
        left[f"attribute {name!r} of tokens or spans"] += 1
    meta = {**doc.underscore, **({"cats": doc.cats} if doc.cats else {})}
    return _Found(doc.text, doc.ents or (), doc.spans, doc.tokens, meta, left)


def _paragraph(paragraph: _Paragraph) -> _Found:
    tokens = [token for sentence in paragraph.sentences for token in sentence.tokens]
    left = _left(tokens)
    for name, some in (("links", paragraph.links), ("brackets", [b for s in paragraph.sentences for b in s.brackets])):
        if some:
            left[name] = len(some)
    text = _joined(tokens) if paragraph.raw is None else paragraph.raw
    notes = ("there is no raw text: tokens were joined",) if paragraph.raw is None else ()
    places = [_Place(*entity) for entity in paragraph.entities]
    tags = [OUTSIDE if token.ner in (None, _UNKNOWN_TAG) else str(token.ner) for token in tokens]
    if not places and any(tag != OUTSIDE for tag in tags):
        words = [token.orth for token in tokens]
        starts = places_of(words, text)
        places = [
            _Place(starts[first], starts[last - 1] + len(words[last - 1]), label) for first, last, label in chunks(tags)
        ]
    meta = {"cats": paragraph.cats} if paragraph.cats else {}
    return _Found(text, places, paragraph.spans, tokens, meta, left, notes)


def _joined(tokens: Sequence[_Token]) -> str:
    """Return the text that tokens stand for; a blank follows where the file does not say."""
    if not tokens:
        raise InputError("has neither raw text nor tokens", hint='a paragraph needs "raw" or "sentences"')
    parts = [part for token in tokens for part in (token.orth, " " if token.space is None else token.space)]
    return "".join(parts[:-1] if tokens[-1].space is None else parts)


def _sniff_docs(head: bytes) -> int:
    row = first_item(head)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not isinstance(row.get("tokens"), list):
        return 0
    if isinstance(row.get("ents"), list) or isinstance(row.get("spans"), dict):
        return 95
    first = row["tokens"][0] if row["tokens"] else None
    return 80 if isinstance(first, dict) and {"id", "start", "end"} <= first.keys() and "text" not in first else 0


_GROUP: Final = Option("group", f"the span group to read; {SPANS_KEY!r} if left out", side="read")

DOCS: Final = Format(
    "spacy-docs",
    "spaCy's Doc.to_json, a document a line; spans on whole tokens",
    (".jsonl", ".ndjson", ".json"),
    read=read,
    write=DocLines,
    sniff=_sniff_docs,
    stdout=True,
    layers_only=True,
    options=(_GROUP,),
)
TRAINING: Final = Format(
    "spacy-json",
    "spaCy's JSON of training data, one array; spans on whole tokens",
    (".json",),
    read=read,
    write=TrainingArray,
    sniff=lambda head: 95 if _TRAINING.match(head) else 0,
    stdout=True,
    layers_only=True,
    options=(_GROUP,),
)
