"""brat: every sample, every kind of line, offsets in other units, keys and annotators from folders, and back again."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from formats_support import golden, incoming_of, shared
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import extents, layers, texts
from support import schema

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import FRAGMENT_LINK, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.brat import FORMAT, claims
from annotator.formats.brat_lines import BREAKS, decoded
from annotator.formats.brat_write import BratWriter
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper

TEXT = "Rebels shelled New Aleppo-West, killing 6."


def ann(folder: Path, lines: str, text: str | bytes = TEXT, *, name: str = "a", who: str = "ana") -> Path:
    (folder / who).mkdir(exist_ok=True)
    (folder / who / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / who / f"{name}.ann").write_bytes(lines.encode())
    return folder


def one(folder: Path, **options: Any) -> Incoming:
    (item,) = incoming_of(FORMAT, folder, ReadOptions(**options))
    assert isinstance(item, Incoming)
    Gate(None).admit(item)
    return item


def spans(item: Incoming) -> list[Span]:
    assert item.record.layer is not None
    return list(item.record.layer.spans)


@pytest.mark.parametrize(
    "name",
    ["formats/brat/bio-tutorial", "formats/brat/news-tutorial", "formats/brat/epi", "formats/brat", "iaa/bratiaa"],
)
def test_the_samples_load_in_full(name: str) -> None:
    folder = shared(name)
    lines = [line for path in sorted(folder.rglob("*.ann")) for line in path.read_text("utf-8").splitlines()]
    triggers = [
        (path, m[1])
        for path in folder.rglob("*.ann")
        for m in re.finditer(r"(?m)^E\d+\t\w+[^:]*:(T\d+)", path.read_text("utf-8"))
    ]
    items = incoming_of(FORMAT, folder)
    assert not [item for item in items if isinstance(item, Bad)]
    assert len(items) == len(list(folder.rglob("*.ann")))
    found = [span for item in items if isinstance(item, Incoming) for span in spans(item)]
    assert len(found) == sum(line.startswith("T") for line in lines) + len(triggers) - len(set(triggers))
    assert sum(span.source.startswith("brat E") for span in found) == sum(line.startswith("E") for line in lines)
    whats = {loss.what for item in items if isinstance(item, Incoming) for loss in item.losses}
    assert whats <= {"equivalence", "said of a relation", "further event on a trigger"}
    for item in items:
        assert isinstance(item, Incoming)
        Gate(None).admit(item)


def test_four_people_read_the_same_seven_articles() -> None:
    readers = defaultdict(dict)
    for item in incoming_of(FORMAT, shared("iaa/bratiaa")):
        assert isinstance(item, Incoming)
        assert item.record.layer is not None
        readers[item.record.key][item.record.layer.annotator] = item.record.text
    assert len(readers) == 7
    for texts_of in readers.values():
        assert list(texts_of) == ["Lisa", "Maria", "Max", "Peter"]
        assert len(set(texts_of.values())) == 1


def test_folders_with_other_texts_of_the_same_name_are_parts_of_a_corpus() -> None:
    keys = Counter(
        item.record.key for item in incoming_of(FORMAT, shared("formats/brat")) if isinstance(item, Incoming)
    )
    assert max(keys.values()) == 1
    assert "bio-tutorial/040-text_span_annotation" in keys
    assert "000-introduction" in keys


def test_every_kind_of_line_of_the_introduction() -> None:
    folder = shared("formats/brat/news-tutorial")
    (item,) = [i for i in incoming_of(FORMAT, folder) if isinstance(i, Incoming) and i.record.key == "000-introduction"]
    by_id = {span.id: span for span in spans(item)}
    assert by_id["T3"] == Span(
        "T3", 443, 449, "Transfer-money",
        {"Giver-Arg": "T1", "Money-Arg": "T2", "Beneficiary-Arg": "T4", "Recipient-Arg": "T6", "Confidence": "High"},
        source="brat E1:T3",
    )  # fmt: skip
    assert by_id["T4"].attributes == {"Family": "T5", "Mention": "Name", "Individual": True}
    assert by_id["T5"].attributes["Reference"] == "Wikipedia:64488"
    assert by_id["T5"].attributes["Reference_text"] == "Carlos Salinas de Gortari"
    assert by_id["T2"].note == "100000000 USD"


def test_n_ary_events_equivalences_and_two_events_on_a_trigger(tmp_path: Path) -> None:
    lines = (
        "T1\tP 0 6\tRebels\nT2\tBind 7 14\tshelled\nT3\tP 15 18\tNew\nE1\tBind:T2 Theme1:T1 Theme2:T3 Cause:E2\n"
        "E2\tBind:T2 Theme:T3\n*\tEquiv T1 T3 T2\nM1\tNegation E1\n#1\tNormalization T1 \tkept\n"
    )
    item = one(ann(tmp_path, lines))
    by_id = {span.id: span for span in spans(item)}
    assert by_id["T2"].attributes == {"Theme": ["T1", "T3"], "Cause": "E2", "Negation": True}
    assert by_id["E2"] == Span("E2", 7, 14, "Bind", {"Theme": "T3"}, source="brat E2:T2")
    assert by_id["T1"].attributes == {"Equiv": ["T3", "T2"]}
    assert [loss.what for loss in item.losses] == ["broken line", "further event on a trigger"]
    assert item.losses[0].why.startswith("line 8: ")


def test_an_equivalence_of_which_something_is_said_stays_a_relation(tmp_path: Path) -> None:
    bounds = "T1\tP 0 6\tRebels\nT2\tP 7 14\tshelled\n"
    item = one(ann(tmp_path, f"{bounds}R1\tEquiv Arg1:T1 Arg2:T2\nA1\tSure R1 high\n"))
    writer = BratWriter(tmp_path / "out", WriteOptions())
    (tmp_path / "out").mkdir()
    assert not any(loss.what.startswith("note") for loss in writer.write(item.record))
    (path,) = (tmp_path / "out").rglob("*.ann")
    assert path.read_text().splitlines()[2:] == ["R1\tEquiv Arg1:T1 Arg2:T2", "A1\tSure R1 high"]


def test_equivalences_are_written_as_such_and_others_of_their_kind_are_told(tmp_path: Path) -> None:
    bounds = "T1\tP 0 6\tRebels\nT2\tP 7 14\tshelled\nT3\tP 15 18\tNew\n"
    item = one(ann(tmp_path, f"{bounds}*\tEquiv T1 T3 T2\n*\tAlias T2 T3\n"))
    assert [(loss.what, loss.why) for loss in item.losses] == [
        ("equivalence", "line 5: Alias of 2 spans became links from T2")
    ]
    writer = BratWriter(tmp_path / "out", WriteOptions())
    (tmp_path / "out").mkdir()
    writer.write(item.record)
    (path,) = (tmp_path / "out").rglob("*.ann")
    assert path.read_text().splitlines()[3:] == ["*\tEquiv T1 T3 T2", "R1\tAlias Arg1:T2 Arg2:T3"]


def test_pieces_are_linked_or_covered_and_named_either_way(tmp_path: Path) -> None:
    folder = ann(tmp_path, "T1\tplace 15 18;24 30\tNew o-West\nR1\tby Arg1:T2 Arg2:T1\nT2\tactor 0 6\tRebels\n")
    item = one(folder)
    assert spans(item) == [
        Span("T1", 15, 18, "place"),
        Span("T1.2", 24, 30, "place", {FRAGMENT_LINK: "T1"}),
        Span("T2", 0, 6, "actor", {"by": "T1"}),
    ]
    assert [loss.what for loss in item.losses] == ["discontinuous span"]
    covered = one(folder, fragments="cover")
    assert spans(covered)[0] == Span("T1", 15, 30, "place")
    assert [loss.what for loss in covered.losses] == ["discontinuous span"]


def test_pieces_at_line_breaks_are_one_span(tmp_path: Path) -> None:
    item = one(ann(tmp_path, "T1\tx 0 3;5 8\tone two\n", "one\r\ntwo\n"))
    assert spans(item) == [Span("T1", 0, 8, "x")]
    assert not item.losses


@pytest.mark.parametrize(
    ("text", "extent", "note"),
    [
        (b"a\r\nb\r\nTwo men", (4, 7), "characters with CRLF as one"),
        (b"a\r\nb\r\nTwo men", (6, 9), ""),
        ("👩👩Two men".encode(), (4, 7), "UTF-16 units"),
        ("👩👩Two men".encode(), (2, 5), ""),
        (b"\xef\xbb\xbfTwo men", (1, 4), "the byte order mark as a character"),
        (b"\xef\xbb\xbfTwo men", (0, 3), ""),
    ],
)
def test_the_unit_of_the_offsets_is_told_by_the_words(
    tmp_path: Path, text: bytes, extent: tuple[int, int], note: str
) -> None:
    item = one(ann(tmp_path, f"T1\tx {extent[0]} {extent[1]}\tTwo\n", text))
    assert [span.surface(item.record.text) for span in spans(item)] == ["Two"]
    assert item.record.text == text.decode("utf-8-sig")
    assert [note in words for words in item.notes] == ([True] if note else [])


def test_what_does_not_fit_is_listed_by_line_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = (
        "T1\tactor 0 6\tRebels\nT2\tactor 0 6\tRebel\nT3\tactor 40 99\tx\nT4\tactor 5 5\t\nnonsense\nT1\tactor 0 6\tRebels\n"
        "T5\tx 0 6;3 9\tRebels\nR1\tby Arg1:T1 Arg2:T9\nA1\tn T9\nE1\tx:T9\nX1\tx\nT6\tactor 99999999999999999999 4\tx\n"
        "#1\tAnnotatorNotes T9\tx\nT7\tactor 7 14\n\nR2\tby From:T1 To:T7\n"
    )
    item = one(ann(tmp_path, lines))
    assert [(span.id, span.start) for span in spans(item)] == [("T1", 0), ("T7", 7)]
    told = [re.match(r"line (\d+)", loss.why) for loss in item.losses]
    assert sorted(int(found[1]) for found in told if found) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16]
    assert sum(loss.gone for loss in item.losses) == 6
    assert spans(item)[0].attributes == {"by": "T7"}


def test_a_file_of_another_text_is_refused(tmp_path: Path) -> None:
    (bad,) = incoming_of(FORMAT, ann(tmp_path, "T1\tx 0 3\tTwo\nT2\tx 4 7\tmen\n"))
    assert isinstance(bad, Bad)
    assert "none of its 2 spans" in bad.message


def test_without_its_text_a_file_is_refused(tmp_path: Path) -> None:
    (ann(tmp_path, "") / "ana" / "a.txt").unlink()
    (bad,) = incoming_of(FORMAT, tmp_path)
    assert isinstance(bad, Bad)
    assert bad.message == "there is no text beside it: a.txt"


def test_the_text_beside_is_no_article_of_its_own(tmp_path: Path) -> None:
    ann(tmp_path, "")
    (tmp_path / "ana" / "b.txt").write_text("alone")
    assert [claims(tmp_path / "ana" / name) for name in ("a.txt", "b.txt", "a.ann")] == [True, False, False]


@pytest.mark.parametrize(
    "lines",
    [
        "\x00",
        "T1\tx 0 6\n" * 3,
        "A1\tx T1 " + "[" * 5000,
        "T1\t" + "9" * 5000,
        "R1\ta b:c",
        "\udc80".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_hostile_lines_never_raise(tmp_path: Path, lines: str) -> None:
    assert len(incoming_of(FORMAT, ann(tmp_path, lines))) == 1


def written(folder: Path, *records: Record, **options: Any) -> list[Loss]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    writer = BratWriter(folder, WriteOptions(**options))
    losses = [loss for record in records for loss in writer.write(record)]
    writer.close()
    return losses


def record(*found: Span, text: str = TEXT, key: str = "k", **more: Any) -> Record:
    return Record("", key, title_of(text), text, {}, LayerRecord("ana", spans=found, **more))


def test_the_bytes_are_golden(tmp_path: Path) -> None:
    cases = [
        record(
            Span("T7", 0, 6, "actor", {"type": "rebels", "role": ["perpetrator", "target"], "armed": True}, "one\ntwo"),
            Span("s2", 15, 18, "location", {"lat": 36.2}),
            Span("s3", 24, 30, "location", {FRAGMENT_LINK: "s2"}),
            Span("s4", 32, 39, "casualty", {"by": "T7", "links": ["s2", "T7"]}, source="brat E3:T9"),
            Span("s5", 32, 41, "casualty", {"count": {"best": 6, "unit": "person"}, "by": "T7"}),
            Span("s6", 32, 39, "casualty", source="brat E4:T9"),
        ),
        record(Span("s1", 2, 9, "actor", {"ref": "db:1", "ref_text": "the words"}), text="a\nb\r\n\nc — 👩‍👩‍👧‍👦", key="../x/\u0634"),
    ]  # fmt: skip
    assert not [
        loss for loss in written(tmp_path / "out", *cases, schema=schema()) if loss.what != "line break at the edge"
    ]
    files = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    found = b"".join(
        f"=== {path.relative_to(tmp_path / 'out').as_posix()}\n".encode() + path.read_bytes() for path in files
    )
    assert found == golden("brat.txt", found)


def test_events_and_pieces_come_back_as_they_were(tmp_path: Path) -> None:
    lines = (
        "T1\tBind 0 6\tRebels\nT2\tP 15 18;24 30\tNew o-West\n"
        "E1\tBind:T1 Theme:T2 Theme2:T3 Cause:E2\nT3\tP 7 14\tshelled\nA1\tNegation E1\nE2\tBind:T1 Theme:T2\n"
    )
    item = one(ann(tmp_path, lines))
    assert not written(tmp_path / "out", item.record)
    assert sorted((tmp_path / "out" / "ana" / "a.ann").read_text().splitlines()) == sorted(lines.splitlines())


def test_what_is_said_of_a_relation_comes_back_as_it_was(tmp_path: Path) -> None:
    lines = (
        "T1\tP 0 6\tRebels\nT2\tP 15 18\tNew\nT3\tBind 7 14\tshelled\nE1\tBind:T3\n"
        "R2\tPart-of Arg1:T2 Arg2:T1\n#1\tAnnotatorNotes R2\twhy: not = this\n#2\tAnnotatorNotes R2\ttwo\n"
        "A1\tNegation R2\nA2\tLevel R2 3\nR1\tPart-of Arg1:T1 Arg2:E1\n#3\tAnnotatorNotes R1\t\n"
    )
    item = one(ann(tmp_path, lines))
    assert item.record.layer is not None
    assert sorted(item.record.layer.note.split("\n")) == [
        "Part-of T1 E1: ",
        "Part-of T2 T1 · Level = 3",
        "Part-of T2 T1 · Negation",
        "Part-of T2 T1: two",
        "Part-of T2 T1: why: not = this",
    ]
    assert [loss.what for loss in item.losses] == ["said of a relation"] * 5
    assert not written(tmp_path / "out", item.record)
    path = tmp_path / "out" / "ana" / "a.ann"
    said = [line.split("\t", 1)[1] for line in lines.splitlines()]
    assert sorted(line.split("\t", 1)[1] for line in path.read_text().splitlines()) == sorted(said)
    again = one(path)
    assert again.record.layer is not None
    assert sorted(again.record.layer.note.split("\n")) == sorted(item.record.layer.note.split("\n"))


@pytest.mark.parametrize(
    "note", ["Part-of T2 T9: gone", "Other T2 T1: no such relation", "free words", "Part-of T2 T1: a\u2028b"]
)
def test_a_note_about_no_relation_that_is_written_is_lost(tmp_path: Path, note: str) -> None:
    case = record(Span("T1", 0, 6, "P"), Span("T2", 15, 18, "P", {"Part-of": "T1"}), note=f"Part-of T2 T1: one\n{note}")
    assert [loss.what for loss in written(tmp_path / "out", case)] == ["note of the article"]
    assert "AnnotatorNotes R1\tone" in (tmp_path / "out" / "ana" / "k.ann").read_text()


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        "/etc/passwd",
        ".",
        "..",
        "CON",
        "nul.txt",
        "a/b",
        "a b",
        "x" * 400,
        "النازحون " * 30,
        "é",
        "_u0041_",
        "a:b*?",
        "aux",
    ],
)
def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    named = [record(key=key), record(key=key.upper() + "!", text="other")]
    losses = written(tmp_path / "out", *named)
    assert {loss.what for loss in losses} == ({"name of the article"} if len(key) > 100 else set())
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.ann")]
    assert len(files) == 2
    for path in files:
        assert path.parts[:-1] == ("out", "ana")
        assert not re.match(r"(?i)(con|aux|nul)(\.|$)", path.name)
    if len(key) < 100:
        assert {item.record.key for item in incoming_of(FORMAT, tmp_path / "out") if isinstance(item, Incoming)} == {
            key,
            key.upper() + "!",
        }


def test_names_that_differ_in_case_only_get_files_of_their_own(tmp_path: Path) -> None:
    (loss,) = written(tmp_path / "out", record(key="a"), record(key="A"))
    assert (loss.article, loss.what) == ("A", "name of the article") and "'A-2'" in loss.why
    assert sorted(path.name for path in tmp_path.rglob("*.ann")) == ["A-2.ann", "a.ann"]


def test_a_second_layer_of_the_same_person_is_a_loss(tmp_path: Path) -> None:
    losses = written(tmp_path / "out", record(), record(Span("s1", 0, 6, "actor")))
    assert [(loss.what, loss.gone) for loss in losses] == [("written already", True)]


def test_what_has_no_place_is_listed(tmp_path: Path) -> None:
    layer = LayerRecord(
        "ana",
        "gold",
        "done",
        "s@1",
        {"seen": True},
        "note",
        (Span("s1", 0, 6, "actor", {"by": "s9"}, source="memory"),),
    )
    losses = written(tmp_path / "out", Record("", "k", "Other", TEXT, {"date": 1}, layer))
    assert [loss.what for loss in losses] == [
        "title",
        "meta",
        "kind",
        "status",
        "schema",
        "attribute of the article",
        "note of the article",
        "source",
    ]


def shape(record: Record, losses: list[Loss]) -> tuple[Any, ...]:
    """Return a record without ids: links as the places that they lead to; and as the losses say that it must be."""
    layer = record.layer
    assert layer is not None
    lost = {(loss.span, loss.what) for loss in losses}
    kept = [span for span in layer.spans if (span.id, "only line breaks") not in lost]
    ids = {span.id: span for span in kept}

    def place(span: Span) -> tuple[Any, ...]:
        words = span.surface(record.text)
        left, right = len(words) - len(words.lstrip(BREAKS)), len(words) - len(words.rstrip(BREAKS))
        return (
            (span.start + left, span.end - right, span.label)
            if (span.id, "line break at the edge") in lost
            else (span.start, span.end, span.label)
        )

    def value(key: str, found: Any) -> Any:
        if isinstance(found, str) and found in ids and key == FRAGMENT_LINK:
            return place(ids[found])
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], str):
            return found[0]
        return "false" if found is False else found

    shaped = []
    for span in kept:
        note = span.note
        if (span.id, "line breaks in the note") in lost:
            note = re.sub(f"[{BREAKS}]", lambda m: m[0] if m[0] == "\n" else " ", note)
        values = sorted((key, repr(value(key, found))) for key, found in span.attributes.items())
        shaped.append((*place(span), values, note))
    return record.key, layer.annotator, record.text, sorted(shaped, key=repr)


@st.composite
def records(draw: st.DrawFn) -> Record:
    text = draw(texts())
    found = list(draw(layers(length=len(text))).spans)
    pieces = draw(st.lists(extents(length=len(text)), max_size=4))
    for number, (start, end) in enumerate(pieces):
        linked = {FRAGMENT_LINK: f"p{number - 1}"} if number else {}
        found.append(Span(f"p{number}", start, end, "actor", linked))
    # One-element lists and false come back as the schema says; here there is none.
    key = draw(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip))
    return Record(
        "", key, title_of(text), text, {}, LayerRecord(draw(st.sampled_from(["ana", "بن", "a/b"])), spans=tuple(found))
    )


@settings(max_examples=30, deadline=None)
@given(case=records())
def test_reading_gives_back_what_was_written_but_for_the_losses(
    tmp_path_factory: pytest.TempPathFactory, case: Record
) -> None:
    folder = tmp_path_factory.getbasetemp() / "brat"
    losses = written(folder / "out", case)
    (item,) = incoming_of(FORMAT, folder / "out")
    assert isinstance(item, Incoming)
    assert item.notes == ()
    assert shape(item.record, []) == shape(case, losses)
    assert {loss.what for loss in item.losses} <= {"discontinuous span"}


def test_values_get_their_kinds_from_the_schema(tmp_path: Path) -> None:
    found = (
        Span("T1", 0, 6, "actor", {"type": "army", "role": ["target"], "name": "12", "armed": False}),
        Span("T2", 15, 18, "location", {"lat": 36.0}),
        Span("T3", 32, 41, "casualty", {"count": {"min": 6, "qualifier": "at least"}, "by": "T1", "links": ["T2"]}),
    )
    written(tmp_path / "out", record(*found), schema=schema())
    item = Mapper(schema()).admit(one(tmp_path / "out"))
    assert tuple(spans(item)) == found


def test_the_configuration_declares_every_label() -> None:
    assert FORMAT.config is not None
    name, text = FORMAT.config(schema())
    assert name == "annotation.conf"
    sections = dict(re.findall(r"(?ms)^\[(\w+)\]\n\n(.*?)(?=^\[|\Z)", text))
    assert sections["entities"].split() == list(schema().labels)
    assert "by\tArg1:casualty, Arg2:actor\n" in sections["relations"]
    assert "type\tArg:actor, Value:army|rebels\n" in sections["attributes"]
    assert "armed\tArg:actor\n" in sections["attributes"]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ("007", "007"),
        ("1e3", "1e3"),
        ("1e999", "1e999"),
        ("-1e999", "-1e999"),
        ("[1", "[1"),
    ],
)
def test_a_value_is_the_number_that_is_written_just_so_else_words(words: str, value: Any) -> None:
    assert decoded(words) == value


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("T1\tactor 0 x\tRebels\nT2 actor\n", "none of its 2 spans can be read; line 1: is not a line of brat"),
        ("T1\tactor 0 900\n", "none of its 1 spans can be read; line 1: actor 0–900 is no stretch of the text"),
    ],
)
def test_a_file_of_which_no_span_can_be_read_is_refused(tmp_path: Path, lines: str, why: str) -> None:
    (bad,) = incoming_of(FORMAT, ann(tmp_path, lines), ReadOptions())
    assert isinstance(bad, Bad) and bad.message.startswith(why)
    assert spans(one(ann(tmp_path, lines + "T9\tactor 0 6\tRebels\n"))) == [Span("T9", 0, 6, "actor")]
    assert spans(one(ann(tmp_path, "#1\tAnnotatorNotes T1\tabout nothing\n"))) == []
