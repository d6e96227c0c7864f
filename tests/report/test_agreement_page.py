"""The page of agreement: whole, self-contained, escaped, and the same figures as the command prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support import clock, load, reading_of, record

from annotator.agreeing import measured, study_of
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.plugins import names
from annotator.project import Project
from annotator.report.meanings import MEANINGS, meaning_of
from annotator.report.page import page_of, write_page

jinja2 = pytest.importorskip("jinja2")

EVIL = "<script>alert(1)</script>\"'&{{ 7*7 }}"
TEXT = f"Shells hit Taiz {EVIL} and \x1b[31m four fled.\n\n" + "Then nothing. " * 60 + "At least 12 died in Aden."


class Tags(HTMLParser):
    """Collects the tags, what they name, and checks that they are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("meta", "line", "circle", "rect", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    return tags


def span(words: str, label: str, number: int) -> Span:
    return Span(f"s{number}", TEXT.index(words), TEXT.index(words) + len(words), label)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    odd = Schema.validated({"name": "t", "version": "1", "labels": {"place": {}, "killed": {"title": EVIL}}})
    with Project.create(tmp_path / "p.db", odd, clock=clock) as project:
        both = [span("Taiz", "place", 1), span("At least 12", "killed", 2)]
        other = [span("Taiz", "killed", 1), span("12", "killed", 2), span("Aden", "place", 3)]
        load(
            project,
            record("k1", TEXT, title=EVIL, layer=reading_of(f"ana {EVIL}", *both)),
            record("k1", TEXT, title=EVIL, layer=reading_of("ben", *other)),
            record(f"k2 {EVIL}", "Nothing.", title="", layer=reading_of(f"ana {EVIL}")),
            record(f"k2 {EVIL}", "Nothing.", title="", layer=reading_of("ben")),
        )
        yield project


def page(project: Project, *measures: str) -> str:
    agreement = measured(
        study_of(project.store, project.schema), names=measures or ["all"], by=("pair", "label"), samples=20
    )
    return page_of(agreement, project)


def test_nothing_of_the_corpus_becomes_markup(project: Project) -> None:
    text = page(project)
    tags = read(text)
    assert "script" not in tags.seen
    assert "<script>" not in text
    assert EVIL in tags.words
    assert "\x1b" not in text
    assert tags.links == []
    assert "default-src 'none'" in text


def test_the_figures_are_those_of_the_measures(project: Project) -> None:
    words = " ".join(read(page(project, "exact-f1", "cohen-kappa", "disagreement")).words.split())
    assert "exact-f1" in words
    assert "0.000" in words
    assert re.search(r"exact F1 0\.000\s*0 alike\s*label 1\s*boundary 1\s*missing 1", words)
    assert "1 is without any difference" in words


def test_undefined_is_said_and_not_drawn(project: Project) -> None:
    with Project.create(project.path.with_name("e.db"), project.schema, clock=clock) as empty:
        load(empty, record("k", layer=reading_of("ana")), record("k", layer=reading_of("ben")))
        words = " ".join(read(page(empty)).words.split())
    assert "undefined" in words
    assert "chance alone gives full agreement" in words
    assert "nan" not in words.lower().split()
    assert "Worst articles" not in words


def test_both_readings_show_the_passages_that_differ_and_no_others(project: Project) -> None:
    text = page(project, "exact-f1")
    shown = re.findall(r'<section class="reading">(.*?)</section>', text, re.DOTALL)
    assert len(shown) == 2
    words = [read(f"<div>{one}</div>").words for one in shown]
    assert all("Taiz" in one and "At least 12" in one and "Aden" in one for one in words)
    assert all(len(one) < len(TEXT) and "…" in one for one in words)
    assert words[0].split("\n", 2)[2].split() == words[1].split("\n", 2)[2].split()
    assert [one.count('class="s d"') for one in shown] == [2, 3]


def test_a_page_is_written_whole_or_not_at_all(project: Project, tmp_path: Path) -> None:
    agreement = measured(study_of(project.store, project.schema), names=["exact-f1"], by=("label",), samples=0)
    out = tmp_path / "out" / "page.html"
    write_page(out, agreement, project)
    before = out.read_bytes()
    assert before.rstrip().endswith(b"</html>")
    write_page(out, agreement, project)
    assert out.read_bytes() == before
    with pytest.raises(InputError):
        write_page(tmp_path / "out" / "page.html" / "x.html", agreement, project)
    assert [file.name for file in out.parent.iterdir()] == ["page.html"]


def test_without_jinja_one_line_says_what_to_install(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(InputError, match="Jinja2, which is not installed"):
        page(project, "exact-f1")


def test_every_figure_of_every_measure_is_explained(project: Project) -> None:
    agreement = measured(study_of(project.store, project.schema), names=["all"], by=("label",), samples=0)
    assert set(agreement.titles) == set(names("measures"))
    for name in agreement.measures:
        meaning = meaning_of(name)
        assert meaning.says.endswith("."), name
        assert meaning.beware.endswith("."), name
        assert meaning.title != name


def test_meanings_are_found_by_name_and_grain() -> None:
    assert meaning_of("cohen-kappa-tokens").title == "Cohen's κ, tokens"
    assert meaning_of("overlap-f1-characters").title == MEANINGS["overlap-f1-characters"].title
    assert meaning_of("attribute-alpha:role").title == "α of an attribute: role"
    assert meaning_of("nervaluate-strict").title == "SemEval-2013 F1: strict"
    unknown = meaning_of("own-thing", measure="what mine measures")
    assert (unknown.title, unknown.says, unknown.beware) == ("own-thing", "What mine measures.", "")
