"""CoNLL: schemes, articles and sentences, texts given or made, tokens of texts, and back again; spaCy as the oracle."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from typing import Any

import pytest
from formats_support import golden, incoming_of, read_bytes, shared
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import layers, texts

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Incoming, Loss, Misaligned, ReadOptions, WriteOptions
from annotator.formats.conll import FORMAT
from annotator.formats.conll_tags import SCHEMES, Scheme, TokenSpan, decode, detect, encode
from annotator.formats.conll_text import Part, Sentence, aligned
from annotator.formats.conll_write import ConllWriter
from annotator.formats.gate import Gate
from annotator.formats.tokenizing import SOLID, Tokenizer, plain_tokens

TEXT = "Rebels shelled New Aleppo-West, killing 6.\nThe UN's staff fled."


def read(data: str, **values: str) -> list[Incoming | Bad]:
    return read_bytes(FORMAT, data.encode(), name="x.conll", options=ReadOptions(values=values))


def one(data: str, **values: str) -> Incoming:
    (item,) = read(data, **values)
    assert isinstance(item, Incoming)
    Gate(None).admit(item)
    return item


def spans(item: Incoming | Bad) -> list[tuple[str, str]]:
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    return [(span.surface(item.record.text), span.label) for span in item.record.layer.spans]


def record(*found: Span, text: str = TEXT, key: str = "k", **meta: Any) -> Record:
    return Record("", key, title_of(text), text, meta, LayerRecord("ana", spans=found))


def written(*records: Record, misaligned: Misaligned = "expand", **values: str) -> tuple[bytes, list[Loss]]:
    file = io.BytesIO()
    writer = ConllWriter(file, WriteOptions(misaligned=misaligned, values={"tokenizer": "plain", **values}))
    losses = [loss for case in records for loss in writer.write(case)]
    writer.close()
    return file.getvalue(), losses


def test_the_emerging_entities_load_in_full() -> None:
    path = shared("formats/conll/emerging.dev.conll")
    text = path.read_text("utf-8")
    items = incoming_of(FORMAT, path)
    assert len(items) == 1009 == len(re.findall(r"\n\t?\n", text))
    assert sum(len(spans(item)) for item in items) == len(re.findall(r"\tB-", text)) == 836
    for item in items:
        assert isinstance(item, Incoming)
        assert not item.losses
        assert item.record.meta == {"detokenised": True}
        Gate(None).admit(item)


def test_the_samples_of_doccano_load_and_the_broken_one_is_refused_by_line() -> None:
    items = incoming_of(FORMAT, shared("formats/doccano/example.conll"))
    assert [spans(item) for item in items] == [[("JAPAN", "LOC")], [("Nadim Ladki", "PER")]]
    (item,) = incoming_of(FORMAT, shared("formats/doccano/labeling.trailing.conll"))
    assert spans(item) == [("JAPAN", "LOC"), ("CHINA", "PER")]
    bad, good, last = incoming_of(FORMAT, shared("formats/doccano/labeling.invalid.conll"))
    assert isinstance(bad, Bad)
    assert (bad.where.rsplit(":", 1)[1], bad.message) == ("1", "'SOCCERO' is no tag")
    assert spans(good) == [("Nadim Ladki", "PER")]
    assert spans(last) == [("AL-AIN", "LOC"), ("United Arab Emirates", "LOC")]


DOCUMENTS = """-DOCSTART- -X- -X- O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
German JJ I-NP I-MISC
British JJ I-NP B-MISC
lamb NN I-NP I-MISC
. . O O

( ( O O
Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER
) ) O O

-DOCSTART- -X- -X- O

"There" EX I-NP O
"""


def test_articles_begin_at_docstart_and_iob1_is_found() -> None:
    first, second = read(DOCUMENTS)
    assert spans(first) == [("EU", "ORG"), ("German", "MISC"), ("British lamb", "MISC"), ("Peter Blackburn", "PER")]
    assert isinstance(first, Incoming)
    assert first.record.text == "EU rejects German British lamb.\n(Peter Blackburn)"
    assert first.record.key == "x:1"
    assert first.notes == ("2 of 4 columns were left out",)
    assert not first.losses
    assert isinstance(second, Incoming)
    assert second.record.where == "x.conll:15"


def test_another_column_another_reading() -> None:
    first, _ = read(DOCUMENTS.replace(" . O O", " . O O"), column="3", articles="documents")
    assert spans(first)[0] == ("EU", "NP")
    (bad,) = read(DOCUMENTS, column="x")
    assert isinstance(bad, Bad)
    assert all(isinstance(item, Bad) for item in read(DOCUMENTS, column="9"))


def test_sentences_may_be_articles_or_all_of_them_one() -> None:
    data = "a\tO\n\nb\tB-x\n"
    assert len(read(data)) == 2
    assert one(data, articles="documents").record.text == "a\nb"
    assert len(read(DOCUMENTS, articles="sentences")) == 3


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ('He said " do n\'t go " , twice .', 'He said "don\'t go", twice.'),
        ("the UN 's $ 5 ( five )", "the UN's $5 (five)"),
        ("« oui » ; non", "«oui»; non"),
        ("النازحون ، 12 %", "النازحون ، 12%"),
    ],
)
def test_the_rule_by_which_a_text_is_made(words: str, text: str) -> None:
    item = one("".join(f"{word}\tO\n" for word in words.split()))
    assert item.record.text == text
    assert item.record.meta == {"detokenised": True}


def test_comments_give_key_annotator_text_and_meta() -> None:
    item = one("# id = taiz\n# annotator = ana\n# text = A  b,c .\n# date = 2020\nA\tB-x\nb\tI-x\n,\tO\nc\tO\n.\tO\n")
    assert (item.record.key, item.record.text, item.record.meta) == ("taiz", "A  b,c .", {"date": "2020"})
    assert item.record.layer == LayerRecord("ana", spans=(Span("s1", 0, 4, "x"),))


def test_universal_dependencies_style_sentences_make_one_article() -> None:
    data = "# newdoc id = d1\n# sent_id = 1\n# text = One two.\nOne O\ntwo B-n\n. O\n\n# sent_id = 2\n# text = 3\n3 B-n\n\n# newdoc id = d2\nx O\n"
    first, second = read(data)
    assert isinstance(first, Incoming)
    assert (first.record.key, first.record.text) == ("d1", "One two.\n3")
    assert first.record.meta == {"sent_id": ["1", "2"]}
    assert spans(first) == [("two", "n"), ("3", "n")]
    assert isinstance(second, Incoming)
    assert second.record.key == "d2"


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ("a O\n# text = x y\nz O\n", "x.conll:3", "the token 'z' is not next"),
        ("# text = x y\nx O\n", "x.conll:1", "the text goes on"),
        ("# text_json = {\nx O\n", "x.conll:1", "the text is no JSON string"),
        ("a O\nb\n", "x.conll:2", "has 1 column"),
        ("a O\nb X-c\n", "x.conll:2", "'X-c' is no tag"),
        ("a\tO\n\tO\n", "x.conll:2", "has no token"),
        ("a O\nb B-\n", "x.conll:2", "'B-' is no tag"),
    ],
)
def test_a_line_that_is_no_token_is_refused_by_number(data: str, where: str, message: str) -> None:
    (bad,) = [item for item in read(data) if isinstance(item, Bad)]
    assert bad.where == where
    assert message in bad.message


HOSTILE = {
    "nul": b"\x00a O\n",
    "utf-32": b"\xff\xfe\xff O\n",
    "late": b"a O\n" * 20_000 + b"\xff O\n",
    "pdf": b"%PDF-",
    "empty": b"",
    "blank": b"\n\n\n",
    "hash": b"#",
    "tabs": b"\t\n \t\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_never_raise(data: bytes) -> None:
    for item in read_bytes(FORMAT, data, name="x.conll"):
        assert isinstance(item, Bad | Incoming)


def test_hashes_can_be_tokens() -> None:
    item = one("a O\n# O\n#x B-y\n")
    assert item.record.text == "a # #x"
    assert spans(one("#\tO\n#x\tB-y\n")) == [("#x", "y")]


@pytest.mark.parametrize(
    ("scheme", "tags", "found", "lines"),
    [
        ("bio", "O I-a I-a I-b B-b O", [(1, 3, "a"), (3, 4, "b"), (4, 5, "b")], [1, 3]),
        ("iob1", "B-a I-a B-a", [(0, 2, "a"), (2, 3, "a")], [0]),
        ("bioes", "B-a O E-b S-c I-d E-d", [(0, 1, "a"), (2, 3, "b"), (3, 4, "c"), (4, 6, "d")], [1, 2, 4]),
        ("bilou", "U-a B-b I-b L-b B-c", [(0, 1, "a"), (1, 4, "b"), (4, 5, "c")], [4]),
        ("bio", "I-a M-a W-a", [(0, 2, "a"), (2, 3, "a")], [0]),
    ],
)
def test_what_cannot_follow_is_listed_and_begins_a_span(
    scheme: Scheme, tags: str, found: list[tuple[int, int, str]], lines: list[int]
) -> None:
    got, odd = decode(tags.split(), scheme)
    assert got == found
    assert [item.at for item in odd] == lines


def test_odd_tags_are_told_by_line() -> None:
    item = one("a B-x\nb O\nc I-x\n")
    assert spans(item) == [("a", "x"), ("c", "x")]
    assert [loss.why for loss in item.losses] == ["line 3: I-x follows O; it was taken to begin a span"]


@st.composite
def token_spans(draw: st.DrawFn) -> tuple[int, list[TokenSpan]]:
    found, at = [], 0
    for _ in range(draw(st.integers(0, 5))):
        first = at + draw(st.integers(0, 2))
        at = first + draw(st.integers(1, 3))
        found.append(TokenSpan(first, at, draw(st.sampled_from(["a", "b", "B-a", "x y"]))))
    return at + draw(st.integers(0, 2)), found


@given(case=token_spans(), scheme=st.sampled_from(SCHEMES))
def test_decoding_undoes_encoding_in_every_scheme(case: tuple[int, list[TokenSpan]], scheme: Scheme) -> None:
    length, found = case
    tags = encode(found, length, scheme)
    assert decode(tags, scheme) == (found, [])
    assert decode(tags, detect([tags]))[0] == found


@settings(deadline=None)
@given(case=token_spans())
def test_the_tags_are_those_of_spacy(case: tuple[int, list[TokenSpan]]) -> None:
    iob_utils = pytest.importorskip("spacy.training.iob_utils")
    length, found = case
    bilou = encode(found, length, "bilou")
    assert iob_utils.iob_to_biluo(encode(found, length, "bio")) == bilou
    assert iob_utils.biluo_to_iob(bilou) == encode(found, length, "bio")
    assert sorted(iob_utils.tags_to_entities(bilou)) == sorted(
        (span.label, span.first, span.last - 1) for span in found
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_bytes_are_golden(scheme: str) -> None:
    cases = [
        record(Span("s1", 0, 6, "actor"), Span("s2", 15, 30, "location"), Span("s3", 40, 41, "casualty"), Span("s4", 43, 49, "state forces"), language="en"),
        record(text="No line\tbreak — 👩‍👩‍👧‍👦 e\u0301 النازحون", key="b/c"),
    ]  # fmt: skip
    data, losses = written(*cases, scheme=scheme)
    assert not losses
    assert data == golden(f"conll.{scheme}.conll", data)


def test_what_overlaps_is_flattened_and_named() -> None:
    case = record(Span("s1", 0, 6, "actor", {"role": "x"}), Span("s2", 0, 14, "event"), Span("s3", 7, 14, "verb"))
    data, losses = written(case)
    assert spans(one(data.decode())) == [("Rebels shelled", "event")]
    assert [(loss.span, loss.what, loss.gone) for loss in losses] == [("s1", "overlap", True), ("s3", "overlap", True)]
    data, losses = written(case, keep="first")
    assert spans(one(data.decode())) == [("Rebels shelled", "event")]
    case = record(Span("s1", 0, 6, "actor", {"role": "x"}), Span("s2", 3, 14, "event"))
    assert [loss.span for loss in written(case, keep="first")[1]] == ["s2", "s1", "s2"]


@pytest.mark.parametrize(
    ("misaligned", "found"), [("expand", [("Rebels shelled", "x")]), ("contract", [("shelled", "x")]), ("skip", [])]
)
def test_what_does_not_fit_tokens(misaligned: Misaligned, found: list[tuple[str, str]]) -> None:
    data, losses = written(record(Span("s1", 2, 14, "x")), misaligned=misaligned)
    assert spans(one(data.decode())) == found
    assert [(loss.what, loss.gone) for loss in losses] == [("misaligned", not found)]


@pytest.mark.parametrize("way", ["plain", "auto"])
def test_tokens_are_divided_where_that_is_asked_for(way: str) -> None:
    case = record(Span("s1", 2, 10, "x"), Span("s2", 10, 14, "y"))
    data, losses = written(case, misaligned="split", tokenizer=way)
    assert not losses
    assert spans(one(data.decode())) == [(TEXT[2:10], "x"), (TEXT[10:14], "y")]
    assert one(data.decode()).record.text == TEXT


def test_the_tokens_are_spacys_where_it_is_installed() -> None:
    spacy = pytest.importorskip("spacy")
    tokens, losses = Tokenizer("auto", "en").tokens(record())
    assert not losses
    assert [TEXT[start:end] for start, end in tokens] == [
        token.text for token in spacy.blank("en")(TEXT) if not token.is_space
    ]
    data, losses = written(record(Span("s1", 0, 6, "x")), tokenizer="spacy")
    assert not losses
    assert one(data.decode()).record.text == TEXT


def test_without_spacy_the_plain_rule_does(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "spacy", None)
    assert Tokenizer("auto", "").tokens(record())[0] == plain_tokens(TEXT)
    with pytest.raises(InputError, match="not installed"):
        Tokenizer("spacy", "")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Al-Fashir's camp, 10,000.", ["Al", "-", "Fashir", "'", "s", "camp", ",", "10", ",", "000", "."]),
        ("e\u0301te\u0301 👩‍👩‍👧 a--b -c-", ["e\u0301te\u0301", "👩‍👩‍👧", "a", "-", "-", "b", "-", "c", "-"]),
        ("a\x00b\u2028c", ["a", "b", "c"]),
        ("नमस्ते", ["नमस्ते"]),
    ],
)
def test_the_plain_rule(text: str, tokens: list[str]) -> None:
    assert [text[start:end] for start, end in plain_tokens(text)] == tokens


@given(text=texts(min_size=0))
def test_every_solid_character_is_in_one_token(text: str) -> None:
    tokens = plain_tokens(text)
    assert "".join(text[start:end] for start, end in tokens) == "".join(SOLID.findall(text))
    assert all(a[1] <= b[0] for a, b in pairwise(tokens))


@st.composite
def records(draw: st.DrawFn) -> Record:
    text = draw(texts())
    key = draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip))
    meta = draw(
        st.dictionaries(
            st.sampled_from(["date", "id", "a b", "source"]),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        )
    )
    return Record("", key, title_of(text), text, meta, LayerRecord("ana", spans=draw(layers(length=len(text))).spans))


def check_round_trip(cases: list[Record], scheme: str, misaligned: Misaligned, way: str) -> None:
    data, _ = written(*cases, scheme=scheme, misaligned=misaligned, tokenizer=way)
    items = read(data.decode(), scheme=scheme)
    assert len(items) == len(cases)
    for case, item in zip(cases, items, strict=True):
        losses = written(case, scheme=scheme, misaligned=misaligned, tokenizer=way)[1]
        assert isinstance(item, Incoming)
        assert not item.losses
        assert not item.notes
        assert (item.record.text, item.record.key) == (case.text, case.key)
        lost = {loss.why.split("'")[1] for loss in losses if loss.what == "meta"}
        assert item.record.meta == {name: value for name, value in case.meta.items() if name not in lost}
        assert item.record.layer is not None
        assert case.layer is not None
        assert item.record.layer.annotator == "ana"
        gone = {loss.span for loss in losses if loss.gone}
        moved = {loss.span for loss in losses if loss.what == "misaligned"}
        found = [(span.start, span.end, span.label) for span in item.record.layer.spans]
        assert len(found) == len(case.layer.spans) - len(gone)
        for span in case.layer.spans:
            if span.id not in gone | moved:
                assert (span.start, span.end, span.label) in found


MISALIGNED: list[Misaligned] = ["expand", "contract", "skip"]


@settings(max_examples=30, deadline=None)
@given(
    cases=st.lists(records(), min_size=1, max_size=2),
    scheme=st.sampled_from(SCHEMES),
    misaligned=st.sampled_from(MISALIGNED),
)
def test_reading_gives_back_what_was_written_but_for_the_losses(
    cases: list[Record], scheme: str, misaligned: Misaligned
) -> None:
    check_round_trip(cases, scheme, misaligned, "plain")


@settings(max_examples=4, deadline=None)
@given(case=records(), misaligned=st.sampled_from(MISALIGNED))
def test_so_it_does_with_the_tokens_of_spacy(case: Record, misaligned: Misaligned) -> None:
    pytest.importorskip("spacy")
    check_round_trip([case], "bio", misaligned, "spacy")


def test_that_a_text_was_made_is_not_forgotten() -> None:
    item = one("a O\nb B-x\n")
    again = one(written(item.record)[0].decode())
    assert again.record.meta == {"detokenised": True}
    assert again.record.layer == item.record.layer


def test_a_text_with_the_mark_of_an_article_in_it_comes_back() -> None:
    case = record(text="-DOCSTART- a\n-DOCSTART- O\n# id = x", key="k")
    for way in ("plain", "auto"):
        data, _ = written(case, case, tokenizer=way)
        assert [item.record.text for item in read(data.decode()) if isinstance(item, Incoming)] == [case.text] * 2


def places_one_by_one(text: str, words: list[str]) -> list[tuple[int, int]] | None:
    """Return where tokens are, each looked for after the one before; None if they are not all of the text."""
    places, at = [], 0
    for word in words:
        solid = SOLID.search(text, at)
        if solid is None or not text.startswith(word, solid.start()):
            return None
        at = solid.start() + len(word)
        places.append((solid.start(), at))
    return None if SOLID.search(text, at) else places


@given(data=st.data(), text=st.text("ab \n\t\x00", max_size=12))
def test_tokens_are_where_a_search_for_each_finds_them(data: st.DataObject, text: str) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=5)) | {0, len(text)})
    words = [word for start, end in pairwise(cuts) if (word := text[start:end].strip(" \n\t"))]
    if words and data.draw(st.booleans()):
        words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.sampled_from(["a", "b a", "\x00", "aa"]))
    half = len(words) // 2
    sentences = [Sentence([0] * len(some), some, ["O"] * len(some)) for some in (words[:half], words[half:]) if some]
    _, places, wrong = aligned(Part(1, text, sentences))
    assert (places if wrong is None else None) == places_one_by_one(text, words)


def test_a_given_text_has_room_for_as_many_sentences_as_it_has_tokens_for() -> None:
    lines = "# text = a b. c\na\tO\n\nb\tB-x\n.\tO\n\nc\tO\n\nd\tB-y\n\ne\tO\n# text = f\nf\tB-z\n"
    item = one(f"-DOCSTART-\tO\n\n{lines}")
    assert item.record.text == "a b. c\nd\ne\nf"
    assert spans(item) == [("b", "x"), ("d", "y"), ("f", "z")]


def test_articles_cut_once_and_again_have_the_same_tokens() -> None:
    tokenizer = Tokenizer("auto", "")
    cases = [(text, language) for text in ("U.S. can't.\n", TEXT) for language in ("en", "en", "ar", "xx")]
    for text, language in [*cases, *reversed(cases)]:
        record = Record("", "k", "", text, {"language": language})
        assert tokenizer.tokens(record) == Tokenizer("auto", "").tokens(record)
    assert tokenizer.tokens(record)[0] is tokenizer.tokens(record)[0]
