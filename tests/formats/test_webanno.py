"""WebAnno TSV: units and sub-tokens, UTF-16, stacks, slots, relations, chains, escapes, paths, and back again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from formats_support import golden, incoming_of, read_bytes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import extents, layers, texts
from support import schema

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import FRAGMENT_LINK, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.gate import Gate
from annotator.formats.tokenizing import SOLID
from annotator.formats.webanno import FORMAT
from annotator.formats.webanno_cells import (
    escape_text,
    escape_value,
    number_of,
    numbered,
    split,
    unescape_text,
    unescape_value,
)
from annotator.formats.webanno_write import WebAnnoWriter

HEAD = "#FORMAT=WebAnno TSV 3.3\n"
TEXT = "Rebels shelled New Aleppo-West, killing 6.\n\n👩 The UN's staff fled."


def read(body: str, *, name: str = "d/x.tsv", **values: str) -> Incoming:
    (item,) = read_bytes(FORMAT, (HEAD + body).encode(), name=name, options=ReadOptions(values=values))
    assert isinstance(item, Incoming), item
    Gate(None).admit(item)
    return item


def spans(item: Incoming) -> list[Span]:
    assert item.record.layer is not None
    return list(item.record.layer.spans)


def test_units_sub_tokens_and_offsets_beyond_the_basic_plane() -> None:
    item = read(
        "#T_SP=custom.Span|value\n\n\n#Text=I 😊 it.\n1-1\t0-1\tI\t_\t\n1-2\t2-4\t😊\tA[1]|B\\|c[2]\t\n1-3\t5-7\tit\tA[1]\t\n"
        "1-3.1\t5-6\ti\tB\\|c[2]\t\n1-3.2\t6-7\tt\tsmall\t\n1-4\t7-8\t.\t*\t\n\n#Text=Two\n#Text=lines\n2-1\t9-12\tTwo\t_\t\n2-2\t13-18\tlines\t_\t\n"
    )
    assert item.record.text == "I 😊 it.\nTwo\nlines"
    found = [(span.surface(item.record.text), span.label) for span in spans(item)]
    assert found == [("😊 it", "A"), ("😊 i", "B|c"), ("t", "small"), (".", "Span")]
    assert not item.losses
    assert not item.notes


def test_features_slots_relations_and_layers_left_out() -> None:
    item = read(
        "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue\n"
        "#T_SP=custom.Frame|FE|ROLE_custom.Frame:Roles_custom.Link|custom.Lu\n#T_SP=custom.Lu|\n"
        "#T_RL=custom.Rel|kind|more|BT_custom.Lu\n\n\n"
        "#Text=Bob sold the clock\n"
        "1-1\t0-3\tBob\tNN\t_\t_\t_\t*\t_\t_\t_\t\n"
        "1-2\t4-8\tsold\tVB\ttrade\tseller;goods;*\t1-1;1-3[4];1-1\t_\t_\t_\t_\t\n"
        "1-3\t9-12\tthe\tDT\t_\t_\t_\t*[4]\town|*\tx|*\t1-1[0_4]|1-1[0_4]\t\n"
        "1-4\t13-18\tclock\tNN\t_\t_\t_\t*[4]\t_\t_\t_\t\n"
    )
    trade, bob, clock = spans(item)
    assert (trade.label, trade.attributes) == (
        "Frame",
        {"FE": "trade", "seller": bob.id, "goods": clock.id, "Roles": bob.id},
    )
    assert bob.attributes == {"own": clock.id, "Rel": clock.id}
    assert (clock.surface(item.record.text), clock.label) == ("the clock", "Lu")
    assert [loss.what for loss in item.losses] == ["layer left out", "features of a relation"]


def test_layers_can_be_chosen() -> None:
    body = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue\n\n\n#Text=a\n1-1\t0-1\ta\tNN\t\n"
    assert not spans(read(body))
    assert spans(read(body, layers="POS")) == [Span("s1", 0, 1, "POS", {"PosValue": "NN"})]


def test_chains_become_links_in_order() -> None:
    item = read(
        "#T_CH=custom.Coref|referenceType|referenceRelation\n\n\n#Text=He shot himself a lot\n1-1\t0-2\tHe\tpr[1]\tcoref->1-1\t\n"
        "1-2\t3-7\tshot\t_\t_\t\n1-3\t8-15\thimself\tpr[1]\t*->1-2\t\n1-4\t16-17\ta\t*[1]\t*->1-3\t\n1-5\t18-21\tlot\t*[1]\t*->1-3\t\n"
    )
    assert spans(item) == [
        Span("s1", 0, 2, "Coref", {"referenceType": "pr", "coref": "s2"}),
        Span("s2", 8, 15, "Coref", {"referenceType": "pr", "Coref": "s3"}),
        Span("s3", 16, 21, "Coref"),
    ]


def test_annotations_without_extent_are_listed_and_their_links() -> None:
    item = read(
        "#T_SP=c.S|value\n#T_RL=c.R|value|BT_c.S\n\n\n#Text=ab\n1-1\t0-2\tab\tx[1]\t_\t_\t\n1-1.1\t1-1\t\ty[2]\tto\t1-1[1_2]\t\n"
    )
    assert spans(item) == [Span("s1", 0, 2, "x")]
    assert [(loss.what, loss.gone) for loss in item.losses] == [("link left out", False), ("empty annotation", True)]


def test_offsets_in_code_points_are_told_by_the_tokens() -> None:
    item = read("#T_SP=c.S|value\n\n\n#Text=😊 it.\n1-1\t0-1\t😊\t_\t\n1-2\t2-4\tit\tx\t\n")
    assert [span.surface(item.record.text) for span in spans(item)] == ["it"]
    assert item.notes == ("the offsets count code points, as its tokens show",)


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("\n\n#Text=ab\n1-1\t0-3\tab\t\n", 5, "the text at 0–3"),
        ("\n\n#Text=ab\n1-1\t0-2\tax\t\n", 5, "the text at 0–2 is 'ab', not 'ax'"),
        ("#T_SP=a|b\n\n\n#Text=ab\n1-1\t0-2\tab\n", 6, "has 0 of 1 columns"),
        ("#T_SP=a|b\n\n\n#Text=ab\n1-1\t0-2\tab\tx\t\n#T_SP=c|d\n", 7, "names a layer below the first token"),
        ("\n\nnonsense\n", 4, "is no token"),
        ("\n\n#Text=ab\n1-1\t0-2\tab\n\n#Text=c\n2-1\t1-2\tc\n", 8, "the sentence begins at 1"),
        ("\n\n#Text=c\n1-1\t999999999999-2\tc\n", 5, "far from"),
        ("\n\n1-1\t0-2\tab\n", 4, "in a sentence"),
    ],
)
def test_what_does_not_fit_is_refused_by_line(body: str, line: int, message: str) -> None:
    (bad,) = read_bytes(FORMAT, (HEAD + body).encode(), name="x.tsv")
    assert isinstance(bad, Bad)
    assert bad.where == f"x.tsv:{line}"
    assert message in bad.message


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"id\ttext\n1\ta\n", b"#FORMAT=WebAnno TSV 2\n"], ids=["empty", "bytes", "table", "old"]
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    (bad,) = read_bytes(FORMAT, data, name="x.tsv")
    assert isinstance(bad, Bad)


@pytest.mark.parametrize(
    ("path", "key", "annotator", "kind"),
    [
        ("p/annotation/taiz.txt/ana.tsv", "p/taiz", "ana", "human"),
        ("curation/taiz.html/CURATION_USER.tsv", "taiz", "CURATION_USER", "gold"),
        ("annotation/taiz/ana.tsv", "taiz", "ana", "human"),
        ("annotation/taiz.txt/INITIAL_CAS.tsv", "taiz", "", "human"),
        ("other/taiz.tsv", "other/taiz", "", "human"),
    ],
)
def test_key_and_annotator_are_in_the_path(tmp_path: Path, path: str, key: str, annotator: str, kind: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(HEAD + "\n\n#Text=a\n1-1\t0-1\ta\n")
    (item,) = incoming_of(FORMAT, tmp_path)
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    assert (item.record.key, item.record.layer.annotator, item.record.layer.kind) == (key, annotator, kind)


@given(words=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_escapes_undo_each_other(words: str) -> None:
    assert unescape_value(escape_value(words)) == words
    assert unescape_text(escape_text(words)) == words
    assert "\n" not in escape_text(words) + escape_value(words)
    if words:
        assert split(escape_value(words), "|") == [escape_value(words)]


def parts(cell: str, separator: str) -> list[str]:
    """Return what `split` gives, character by character."""
    found, escaped = [""], False
    for c in cell:
        if c == separator and not escaped:
            found.append("")
        else:
            found[-1] += c
        escaped = c == "\\" and not escaped
    return [] if cell == "_" else found


@given(cell=st.text("ab_|;\\[]19*\n", max_size=12))
def test_cells_without_escapes_are_read_as_those_with_some(cell: str) -> None:
    assert split(cell, "|") == parts(cell, "|")
    found = re.fullmatch(r"((?:\\.|[^\\])*?)\[([0-9]{1,9})\]", cell, re.DOTALL)
    value, number = (found[1], int(found[2])) if found is not None else (cell, 0)
    assert number_of(cell) == number
    assert numbered(cell) == (None if value == "*" else unescape_value(value), number)


@pytest.mark.parametrize(
    "token",
    ["1-2\t😊", "2-3\t😊", "1-4\t😊", "1-3\t😊b", "3-9\tb", "2-4\tb"],
    ids=["half", "other half", "too long", "too short", "past the end", "from within"],
)
def test_a_token_must_be_where_it_says_in_utf_16_units(token: str) -> None:
    body = f"#Text=a😊b.\n1-1\t{token}\t\n1-2\t4-5\t.\t\n"  # the full stop is at 4 in UTF-16 alone
    (bad,) = read_bytes(FORMAT, (HEAD + body).encode(), name="x.tsv")
    assert isinstance(bad, Bad)
    assert bad.where == "x.tsv:3"


def test_lines_may_end_as_on_windows() -> None:
    body = "#T_SP=c.S|value\n\n\n#Text=ab c\n1-1\t0-2\tab\tx\t\n1-2\t3-4\tc\t_\t\n"
    assert spans(read(body.replace("\n", "\r\n"))) == spans(read(body)) == [Span("s1", 0, 2, "x")]


def written(folder: Path, *records: Record, **options: Any) -> list[Loss]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    writer = WebAnnoWriter(folder, WriteOptions(**{"values": {"tokenizer": "plain"}, **options}))
    losses = [loss for record in records for loss in writer.write(record)]
    writer.close()
    return losses


def record(*found: Span, text: str = TEXT, key: str = "k", **more: Any) -> Record:
    return Record("", key, title_of(text), text, {}, LayerRecord("ana", spans=found, **more))


def test_the_bytes_are_golden(tmp_path: Path) -> None:
    case = record(
        Span("s1", 0, 6, "actor", {"type": "rebels", "role": ["a", "b"], "armed": True, "value": "*"}, "one\ntwo [x]"),
        Span("s2", 15, 21, "location", {"lat": 36.2}),
        Span("s3", 44, 49, "actor_1"),
        Span("s4", 32, 39, "casualty", {"by": "s1", "links": ["s2", "s1"]}),
        Span("s5", 3, 39, "casualty", {"count": {"best": 6}, "by": "s3"}),
        key="a/b",
    )
    assert not written(tmp_path / "out", case, schema=schema())
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.relative_to(tmp_path / "out").as_posix() == "annotation/a_u002F_b.txt/ana.tsv"
    assert file.read_bytes() == golden("webanno.tsv", file.read_bytes())


def test_what_has_no_place_is_listed(tmp_path: Path) -> None:
    found = (Span("s1", 6, 14, "x", source="memory"), Span("s2", 42, 44, "x"))
    layer = LayerRecord("ana", "gold", "done", "s@1", {"seen": True}, "note", found)
    losses = written(
        tmp_path / "out", Record("", "k", "Other", TEXT, {"date": 1}, layer), record(), record(text=" \n", key="e")
    )
    assert [loss.what for loss in losses] == [
        "title", "meta", "kind", "status", "schema", "attribute of the article", "note of the article",
        "blank at the edge", "only blanks", "source", "written already", "no token",
    ]  # fmt: skip
    assert written(tmp_path / "out", record(text="\t a"))[0].what == "text before the first token"


def test_what_is_remembered_of_the_last_article_is_of_no_other(tmp_path: Path) -> None:
    def of(key: str, text: str, who: str, language: str) -> Record:
        layer = LayerRecord(who, spans=(Span("s1", 0, 3, "actor"), Span("s2", 1, len(text), "actor")))
        return Record("", key, title_of(text), text, {"language": language}, layer)

    texts = ("U.N. can't leave.\nIt’s 3,000.", "😊 " + TEXT, TEXT)
    cases = [of(f"k{at}{way}", text, who, way) for at, text in enumerate(texts) for way in ("en", "ar") for who in "ab"]
    values = {"tokenizer": "auto"}
    losses = written(tmp_path / "all", *cases, values=values)
    alone = [written(tmp_path / f"{at}", case, values=values) for at, case in enumerate(cases)]
    assert losses == [loss for found in alone for loss in found]
    for at in range(len(cases)):
        for file in (tmp_path / f"{at}").rglob("*.tsv"):
            assert (tmp_path / "all" / file.relative_to(tmp_path / f"{at}")).read_bytes() == file.read_bytes()


def shape(record: Record, losses: list[Loss]) -> list[Any]:
    """Return the spans without ids, as the losses say that they must be."""
    assert record.layer is not None
    lost = {(loss.span, loss.what) for loss in losses}
    kept = [span for span in record.layer.spans if (span.id, "only blanks") not in lost]

    def place(span: Span) -> tuple[int, int, str]:
        solid = [match.span() for match in SOLID.finditer(record.text, span.start, span.end)]
        if (span.id, "blank at the edge") in lost:
            return solid[0][0], solid[-1][1], span.label
        return span.start, span.end, span.label

    places = {span.id: place(span) for span in kept}
    shaped = []
    for span in kept:
        values = {
            name: repr(places[value]) if name == FRAGMENT_LINK and value in places else repr(value)
            for name, value in span.attributes.items()
            if not (name == FRAGMENT_LINK and value not in places and (span.id, "link left out") in lost)
        }
        shaped.append((*places[span.id], sorted(values.items()), span.note))
    return sorted(shaped)


@st.composite
def records(draw: st.DrawFn) -> Record:
    text = draw(texts())
    found = list(draw(layers(length=len(text))).spans)
    for number, (start, end) in enumerate(draw(st.lists(extents(length=len(text)), max_size=3))):
        linked = {FRAGMENT_LINK: draw(st.sampled_from([f"p{number - 1}", f"p{number}"]))} if number else {}
        found.append(Span(f"p{number}", start, end, "actor [1]|_*", linked))
    return Record("", "k", title_of(text), text, {}, LayerRecord("ana", spans=tuple(found)))


@settings(max_examples=40, deadline=None)
@given(case=records())
def test_reading_gives_back_what_was_written_but_for_the_losses(
    tmp_path_factory: pytest.TempPathFactory, case: Record
) -> None:
    folder = tmp_path_factory.getbasetemp() / "webanno"
    losses = written(folder / "out", case)
    if any(loss.what == "no token" for loss in losses):
        assert not re.search(SOLID, case.text)
        return
    (item,) = incoming_of(FORMAT, folder / "out")
    assert isinstance(item, Incoming)
    assert not item.losses
    if any(loss.what == "text before the first token" for loss in losses):
        assert len(item.record.text) == len(case.text)
    else:
        assert item.record.text == case.text
    assert shape(item.record, []) == shape(case, losses)
