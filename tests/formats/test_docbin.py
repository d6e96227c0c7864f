"""DocBin: alignment, losses, entities, exact text, the same bytes, and back again."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import extents, texts

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import InputError, UsageError
from annotator.formats import docbin_write, spacy_tokens
from annotator.formats.base import MISALIGNED, Incoming, Loss, Misaligned, WriteOptions
from annotator.formats.docbin import FORMAT, DocBinWriter, read
from annotator.formats.sources import Source

spacy = pytest.importorskip("spacy")

TEXT = "Rebels shelled New Aleppo-West, killing 6."
SOURCE = Source("x.spacy", "x", ".spacy", 0, Path("x.spacy"))


def record(*spans: Span, text: str = TEXT, **meta: Any) -> Record:
    return Record("", "k", "T", text, meta, LayerRecord("Ana", "gold", "done", "s@1", {"seen": True}, "note", spans))


def written(*records: Record, misaligned: Misaligned = "expand", lang: str = "") -> tuple[bytes, list[Loss]]:
    file = io.BytesIO()
    writer = DocBinWriter(file, WriteOptions(lang=lang, misaligned=misaligned))
    losses = [loss for one in records for loss in writer.write(one)]
    writer.close()
    return file.getvalue(), losses


def docs(data: bytes) -> Iterator[Any]:
    return spacy.tokens.DocBin().from_bytes(data).get_docs(spacy.blank("xx").vocab)


def one(*spans: Span, misaligned: Misaligned = "expand") -> tuple[Any, list[Loss]]:
    data, losses = written(record(*spans), misaligned=misaligned)
    (doc,) = docs(data)
    return doc, losses


def test_spans_attributes_and_all_about_the_article() -> None:
    doc, losses = one(Span("s1", 0, 6, "actor", {"role": "source"}, "n", "model"))
    assert not losses
    assert doc.text == TEXT
    (span,) = doc.spans["sc"]
    assert (span.text, span.label_, span.id_) == ("Rebels", "actor", "s1")
    assert [entity.text for entity in doc.ents] == ["Rebels"]
    data = dict(doc.user_data)
    (about,) = data.pop("spans")
    assert about == {
        "id": "s1", "start": 0, "end": 6, "label": "actor", "attributes": {"role": "source"}, "note": "n", "source": "model"
    }  # fmt: skip
    assert data == {
        "key": "k", "title": "T", "annotator": "Ana", "kind": "gold", "status": "done", "schema": "s@1", "meta": {},
        "attributes": {"seen": True}, "note": "note",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "misaligned", "words", "done"),
    [
        (0, 3, "expand", "Rebels", "expanded to 0–6 'Rebels'"),
        (0, 10, "expand", "Rebels shelled", "expanded to 0–14 'Rebels shelled'"),
        (3, 14, "contract", "shelled", "contracted to 7–14 'shelled'"),
        (1, 5, "contract", None, "left out, for no token lies within"),
        (3, 10, "skip", None, "left out"),
        (6, 7, "expand", None, "left out, for no token lies within"),
        (6, 14, "expand", "shelled", "expanded to 7–14 'shelled'"),
    ],
)
def test_each_span_that_does_not_fit_is_handled_as_asked_and_told(
    start: int, end: int, misaligned: Misaligned, words: str | None, done: str
) -> None:
    doc, losses = one(Span("s1", start, end, "actor"), misaligned=misaligned)
    assert [span.text for span in doc.spans["sc"]] == ([words] if words else [])
    assert len(doc.user_data["spans"]) == len(doc.spans["sc"])
    why = f"actor {start}–{end} {TEXT[start:end]!r} does not fit tokens: {done}"
    assert losses == [Loss("k", "Ana", "s1", "misaligned", why, gone=words is None)]


def test_tokens_are_divided_where_that_is_asked_for() -> None:
    doc, losses = one(Span("a", 3, 10, "actor"), Span("b", 10, 14, "event"), misaligned="split")
    assert losses == []
    assert doc.text == TEXT
    assert [(e.start_char, e.end_char, e.label_) for e in doc.ents] == [(3, 10, "actor"), (10, 14, "event")]
    assert [token.text_with_ws for token in doc][:4] == ["Reb", "els ", "she", "lled "]


def test_entities_are_the_longest_then_the_earliest_and_the_others_are_told() -> None:
    doc, losses = one(
        Span("a", 0, 14, "actor"), Span("b", 0, 6, "actor"), Span("c", 7, 18, "location"), Span("d", 32, 39, "actor")
    )
    assert [(e.text, e.label_) for e in doc.ents] == [("Rebels shelled", "actor"), ("killing", "actor")]
    assert [(loss.span, loss.what) for loss in losses] == [("b", "not in doc.ents"), ("c", "not in doc.ents")]
    assert [span.id_ for span in doc.spans["sc"]] == ["a", "b", "c", "d"]


def test_no_entity_has_blanks_at_its_edges_and_the_span_group_has_them() -> None:
    text = "In Taiz\n\nand Aden  \n"
    spans = (Span("a", 3, 9, "location"), Span("b", 7, 9, "actor"), Span("c", 13, 20, "location"))
    made = Record("", "k", "T", text, {}, LayerRecord("Ana", spans=spans))
    data, losses = written(made)
    (doc,) = docs(data)
    assert [entity.text for entity in doc.ents] == ["Taiz", "Aden"]
    assert [span.text for span in doc.spans["sc"]] == ["Taiz\n\n", "\n\n", "Aden  \n"]
    assert {(loss.span, loss.why, loss.gone) for loss in losses if loss.what == "blank at the edge"} == {
        ("a", "location 3–9: no entity has blank tokens at its edges; 3–7 as an entity", False),
        ("b", 'actor 7–9: no entity has blank tokens at its edges; in doc.spans["sc"] only', False),
        ("c", "location 13–20: no entity has blank tokens at its edges; 13–17 as an entity", False),
    }
    assert {loss.what for loss in losses} <= {"blank at the edge", "misaligned"}


def without_blanks(doc: Any, span: Any) -> Any:
    words = [at for at in range(span.start, span.end) if not doc[at].is_space]
    return doc[words[0] : words[-1] + 1] if words else doc[span.start : span.start]


@st.composite
def cases(draw: st.DrawFn) -> Record:
    text = draw(texts())
    found = draw(st.lists(extents(length=len(text)), max_size=6))
    spans = tuple(Span(f"s{n}", *extent, "actor") for n, extent in enumerate(found))
    return record(*spans, text=text, language=draw(st.sampled_from(["en", "ar", "zh", "xx"])))


@settings(max_examples=30, deadline=None)
@given(cases(), st.sampled_from(MISALIGNED))
def test_no_span_goes_silently_and_no_text_changes(case: Record, misaligned: Misaligned) -> None:
    data, losses = written(case, misaligned=misaligned)
    changed = [loss for loss in losses if loss.what == "text changed"]
    found = list(docs(data))
    assert len(found) == 1 - len(changed)
    assert case.layer is not None
    for doc in found:
        assert doc.text == case.text
        told = {loss.span for loss in losses if loss.what == "misaligned"}
        exact = {s.id_: (s.start_char, s.end_char) for s in doc.spans["sc"]}
        for span in case.layer.spans:
            assert span.id in told or exact[span.id] == (span.start, span.end)
        # Where no blank is at the edge, spaCy's own choice of what does not overlap.
        trimmed = [without_blanks(doc, span) for span in doc.spans["sc"]]
        of_spacy = spacy.util.filter_spans([span for span in trimmed if len(span)])
        assert [(e.start, e.end) for e in doc.ents] == [(e.start, e.end) for e in of_spacy]


def test_the_same_records_give_the_same_bytes() -> None:
    some = [record(Span("s1", 0, 6, "actor"), language=lang) for lang in ("en", "ar", "es")]
    assert written(*some) == written(*some)


def test_a_language_without_a_tokenizer_falls_back_and_is_told() -> None:
    _, losses = written(record(language="qq-QQ"))
    assert [loss.what for loss in losses] == ["language unknown"]
    assert written(record(language="en-GB"))[1] == []


def test_a_language_that_was_asked_for_must_be_there() -> None:
    with pytest.raises(UsageError, match="no tokenizer for the language 'qq'"):
        written(record(), lang="qq")


def test_numbers_beyond_64_bits_become_text_and_are_told() -> None:
    data, losses = written(record(big=2**80, deep=[{"n": -(2**80)}], small=3))
    (doc,) = docs(data)
    assert doc.user_data["meta"] == {"big": str(2**80), "deep": ({"n": str(-(2**80))},), "small": 3}
    assert [loss.what for loss in losses] == ["number too large"]


def test_an_empty_export_is_a_docbin_without_documents() -> None:
    assert list(docs(written()[0])) == []


def test_reading_gives_back_what_was_written_with_its_own_offsets() -> None:
    case = record(Span("s1", 0, 3, "actor", {"roles": ["a", "b"]}), Span("s2", 7, 14, "location"), source="x")
    (item,) = read(io.BufferedReader(io.BytesIO(written(case)[0])), SOURCE)
    assert isinstance(item, Incoming)
    assert (item.record.key, item.record.text, item.record.meta) == (case.key, case.text, case.meta)
    assert item.record.layer == case.layer


def test_reading_a_docbin_of_others_takes_its_entities() -> None:
    doc = spacy.blank("en")("Rebels shelled Aleppo.")
    doc.ents = [doc.char_span(15, 21, label="GPE")]
    data = spacy.tokens.DocBin(docs=[doc]).to_bytes()
    (item,) = read(io.BufferedReader(io.BytesIO(data)), SOURCE)
    assert isinstance(item, Incoming)
    assert item.record.key == "x:1"
    assert item.record.layer == LayerRecord("", spans=(Span("s1", 15, 21, "GPE"),))


@pytest.mark.parametrize("others", [{}, {"odd": lambda value, chain=None: value}], ids=["none", "one"])
def test_decoders_of_other_packages_are_looked_for_once_where_there_are_none(
    others: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from srsly.msgpack import msgpack_decoders as decoders

    data = written(*[record(Span("s1", 0, 6, "actor"))] * 5)[0]
    looked: list[Any] = []
    ask = type(decoders).get_entry_points

    def asked(self: Any) -> dict[str, Any]:
        if self is not decoders:
            return dict(ask(self))
        looked.append(self)
        return others

    monkeypatch.setattr(type(decoders), "get_entry_points", asked)
    found = list(read(io.BufferedReader(io.BytesIO(data)), SOURCE))
    assert [type(item) for item in found] == [Incoming] * 5
    assert len(looked) == 1 if not others else len(looked) > 5
    assert decoders.entry_points is True


def test_a_folder_holds_shards_that_the_corpus_reader_of_spacy_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spacy.training import Corpus

    monkeypatch.setattr("annotator.formats.docbin_write.SHARD", 2)
    assert FORMAT.write_folder is not None
    writer = FORMAT.write_folder(tmp_path, WriteOptions())
    some = [record(Span("s1", 0, 6, "actor"), text=f"Rebels {number}") for number in range(5)]
    assert [loss for one in some for loss in writer.write(one)] == []
    writer.close()
    names = ["part-00001.spacy", "part-00002.spacy", "part-00003.spacy"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    examples = list(Corpus(tmp_path)(spacy.blank("en")))
    assert [example.reference.text for example in examples] == [one.text for one in some]
    assert all(
        [(span.text, span.label_) for span in one.reference.spans["sc"]] == [("Rebels", "actor")] for one in examples
    )
    assert all([entity.label_ for entity in one.reference.ents] == ["actor"] for one in examples)
    shards = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    assert shards == [written(*some[at : at + 2])[0] for at in (0, 2, 4)]


def test_an_empty_folder_is_one_file_without_documents(tmp_path: Path) -> None:
    assert FORMAT.write_folder is not None
    FORMAT.write_folder(tmp_path, WriteOptions()).close()
    (path,) = tmp_path.iterdir()
    assert list(docs(path.read_bytes())) == []


TRAPS = "Mr. O'Neil's U.S. don't :) (a) 10,000km e-mail@x.org http://a.b/c?d=1 النازحون! 难民营 \u00a0 \r\n\t x  "


@pytest.mark.parametrize("lang", ["en", "ar", "zh", "xx", "de"])
def test_the_layout_is_that_of_spacy_itself(lang: str) -> None:
    """`DocBin.add` on the same documents gives the same tokens, entities, groups and data."""
    case = record(Span("s1", 0, 3, "PERSON"), Span("s2", 4, 12, "actor"), Span("s3", 4, 10, "x"), text=TRAPS)
    (ours,) = docs(written(case, lang=lang)[0])
    theirs = spacy.blank(lang).tokenizer(TRAPS)
    spans = [spacy.tokens.Span(theirs, one.start, one.end, one.label_, span_id=one.id_) for one in ours.spans["sc"]]
    theirs.spans["sc"] = spans
    theirs.set_ents(spacy.util.filter_spans(spans))
    theirs.user_data.update(ours.user_data)
    (again,) = docs(spacy.tokens.DocBin(attrs=["ENT_IOB", "ENT_TYPE"], docs=[theirs], store_user_data=True).to_bytes())
    assert ours.to_json() == again.to_json()
    assert [(t.text, t.whitespace_, t.ent_iob_, t.ent_type_) for t in ours] == [
        (t.text, t.whitespace_, t.ent_iob_, t.ent_type_) for t in again
    ]
    assert ours.spans.to_bytes() == again.spans.to_bytes()
    assert ours.has_unknown_spaces == again.has_unknown_spaces
    assert ours.user_data == again.user_data
    assert {t.text for t in ours} <= {ours.vocab.strings[t.orth] for t in ours}


@pytest.mark.parametrize(
    "limits", [{"_KEPT": 0, "_RARE": 0}, {"_KEPT": 0, "_RARE": 4}, {"_RENEWED": 0}], ids=["rare", "few", "renewed"]
)
def test_words_that_are_forgotten_between_files_change_nothing(
    limits: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docbin_write, "SHARD", 2)
    some = [record(Span("s1", 0, 6, "actor"), text=f"Rebels {number} again") for number in range(9)]

    def shards(name: str) -> list[bytes]:
        folder = tmp_path / name
        folder.mkdir()
        writer = docbin_write.DocBinFolder(folder, WriteOptions())
        for one in some:
            writer.write(one)
        writer.close()
        return [path.read_bytes() for path in sorted(folder.iterdir())]

    as_ever = shards("as ever")
    for name, limit in limits.items():
        monkeypatch.setattr(spacy_tokens, name, limit)
    assert len(as_ever) == 5
    assert shards("forgetful") == as_ever


def test_what_is_no_docbin_is_refused() -> None:
    (item,) = read(io.BufferedReader(io.BytesIO(b"not one")), SOURCE)
    assert isinstance(item, Bad)
    assert item.message == "is not a spaCy DocBin"


def test_it_holds_layers_only_and_is_no_stream() -> None:
    assert FORMAT.layers_only
    assert not FORMAT.stdout


def test_without_spacy_both_ways_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    with pytest.raises(InputError, match="not installed") as caught:
        written(record())
    (item,) = read(io.BufferedReader(io.BytesIO(b"")), SOURCE)
    assert isinstance(item, Bad)
    assert item.hint == caught.value.hint == 'pip install "conflict-annotator[spacy]"'


def foreign(*, group: bool = True, **user_data: Any) -> bytes:
    doc = spacy.blank("en")("Rebels hit Kyiv.")
    doc.spans["sc"] = [spacy.tokens.Span(doc, 0, 1, label="actor", span_id="a")] if group else []
    doc.set_ents([spacy.tokens.Span(doc, 2, 3, label="location")])
    doc.user_data.update(user_data)
    return bytes(spacy.tokens.DocBin(docs=[doc], store_user_data=True).to_bytes())


@pytest.mark.parametrize(
    "user_data",
    [
        {"annotator": 3},
        {"meta": [1]},
        {"title": 5},
        {"note": 5},
        {"attributes": [1]},
        {"spans": "x"},
        {"spans": [{"id": "a", "label": "actor"}]},
        {"spans": [{"id": ["a"], "label": "actor", "start": 0, "end": 6}]},
        {"spans": [{"id": "a", "label": "actor", "start": "0", "end": 6}]},
        {"spans": [{"id": "a", "label": "actor", "start": 0.0, "end": 3.5}]},
        {"spans": [{"id": "a", "label": "actor", "start": False, "end": True}]},
        {"spans": [{"id": "a", "label": "actor", "start": 0, "end": 6, "attributes": [1]}]},
    ],
)
def test_what_a_document_says_about_itself_is_not_trusted(user_data: dict[str, Any]) -> None:
    (bad,) = read(io.BufferedReader(io.BytesIO(foreign(**user_data))), SOURCE)
    assert isinstance(bad, Bad)
    assert bad.where == "x.spacy:1"
    assert bad.message.startswith("doc.user_data: ")


def test_entities_count_where_the_group_of_spans_is_empty() -> None:
    (item,) = read(io.BufferedReader(io.BytesIO(foreign(group=False, annotator="Ana"))), SOURCE)
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    assert [span.label for span in item.record.layer.spans] == ["location"]


@pytest.mark.parametrize("field", ["spaces", "flags", "cats", "span_groups", "tokens", "user_data"])
def test_a_damaged_file_is_told(field: str) -> None:
    import zlib

    import srsly

    parts = srsly.msgpack_loads(zlib.decompress(foreign()))
    damaged = zlib.compress(srsly.msgpack_dumps({**parts, field: None}))
    (bad,) = read(io.BufferedReader(io.BytesIO(damaged)), SOURCE)
    assert bad == Bad("x.spacy", "is not a spaCy DocBin", "write it with DocBin.to_disk")


def test_a_language_is_never_taken_for_another_module_of_spacy() -> None:
    for name in ("char_classes", "punctuation", "../x", "-x", "{}"):
        _, losses = written(record(language=name))
        assert [loss.what for loss in losses] == ["language unknown"]


def test_what_others_have_besides_the_spans_is_told() -> None:
    from spacy.tokens import Span as Stretch

    doc = spacy.blank("en")("Rebels shelled Taiz on Monday.")
    doc.ents = [Stretch(doc, 0, 1, "actor"), Stretch(doc, 2, 3, "place")]
    doc.spans["sc"] = [Stretch(doc, 1, 2, "event"), Stretch(doc, 2, 3, "place", kb_id="Q1")]
    doc.spans["other"] = [Stretch(doc, 4, 5, "date")]
    doc[0].lemma_ = "rebel"
    doc.cats["war"] = 1.0
    data = spacy.tokens.DocBin(docs=[doc], attrs=["ORTH", "LEMMA", "ENT_IOB", "ENT_TYPE"]).to_bytes()
    (item,) = read(io.BufferedReader(io.BytesIO(data)), SOURCE)
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    assert [(span.label, dict(span.attributes)) for span in item.record.layer.spans] == [
        ("event", {}),
        ("place", {"kb_id": "Q1"}),
    ]
    assert item.record.meta == {"cats": {"war": 1.0}}
    assert {loss.why for loss in item.losses} == {
        "span group 'other'", "entity that is not in the span group", "LEMMA of tokens"
    }  # fmt: skip
