"""What annotators may be called, and who is meant by a former name in another file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import load, reading_of, record, schema
from test_timeline import Clock

from annotator import team
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.merging import merge, split
from annotator.project import Project
from annotator.settlement import gold_name
from annotator.store.layers import Kind
from annotator.store.names import refuse_name
from annotator.team import Request
from annotator.timeline import restore


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "t.db", schema(), clock=Clock()) as project:
        load(project, record("a"), record("b"))
        for name in ("ana", "ben"):
            team.add(project, name, by="x")
        yield project


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ana,ben", "',' in it, which separates names"),
        ("a~2", "'~' in it, which marks what a merge"),
        ("x/y", "'/' in it"),
        ("x\\y", "in it, which separates folders"),
        ("-x", "begins with '-'"),
        ("@x", "begins with '@'"),
        ("n" * 65, "has 65 characters, and 64 are the most"),
        ("gold", "is the name of the layers that hold what is settled"),
        (" x", "is no name"),
        ("", "is no name"),
        ("Ben", "differs from 'ben' in letter case alone"),
        ("ben", "there is an annotator 'ben' already"),
    ],
    ids=["comma", "tilde", "slash", "backslash", "minus", "at", "long", "gold", "blank", "empty", "case", "taken"],
)
def test_what_nobody_is_called(project: Project, name: str, why: str) -> None:
    for call in (lambda: team.add(project, name, by="x"), lambda: team.rename(project, "ana", name, by="x")):
        with pytest.raises(InputError) as error:
            call()
        assert why in str(error.value)
    assert [name for name, _ in project.store.annotators()] == ["ana", "ben"]


@pytest.mark.parametrize("name", ["Ben O'Hara", "b.en@home", "b_2", "n" * 64, "آنا"])
def test_what_people_are_called(project: Project, name: str) -> None:
    team.add(project, name, by="x")
    assert (name, "human") in project.store.annotators()


@pytest.mark.parametrize("kind", ["model", "human"])
def test_gold_is_for_what_is_settled(kind: Kind) -> None:
    refuse_name("gold", "gold")
    with pytest.raises(InputError, match="what is settled"):
        refuse_name("gold", kind)


def test_a_file_may_have_brought_somebody_called_gold(project: Project) -> None:
    assert gold_name(project) == "gold"
    load(project, record("a", layer=reading_of("gold", Span("s1", 4, 12, "actor"))))
    assert gold_name(project) == "gold-2"


def test_what_was_restored_is_not_what_is_settled_from_here_on(project: Project) -> None:
    load(project, record("a", layer=reading_of("gold", Span("s1", 4, 12, "actor"), kind="gold")))
    restore(project, annotator="gold", to="before-monday", before=100)
    assert gold_name(project) == "gold"


def test_ones_own_name_in_other_letters(project: Project) -> None:
    team.rename(project, "ben", "Ben", by="x")
    team.rename(project, "Ben", "ben", by="x")
    assert [name for name, _ in project.store.annotators()] == ["ana", "ben"]


def tagged(project: Project, article: int, start: int, name: str) -> None:
    session = project.session(article, name)
    session.do([Add(Span(f"s{start}", start, start + 2, "actor"))])
    session.close()


def test_who_was_renamed_here_is_the_same_when_a_file_comes_back(project: Project, tmp_path: Path) -> None:
    tagged(project, 1, 0, "ben")
    out = tmp_path / "ben.db"
    split(project, out, annotator="ben", articles=[1, 2])
    team.rename(project, "ben", "benny", by="x")
    with pytest.raises(InputError, match="'ben' is what 'benny' was called before"):
        team.add(project, "ben", by="x")
    with Project.open(out, clock=Clock()) as away:
        tagged(away, 1, 4, "ben")
        tagged(away, 2, 0, "ben")
    dry = merge(project, out, dry_run=True)
    report = merge(project, out)
    for one in (dry, report):
        assert one.called == {"ben": "benny"} and one.layers == {"forward": 1, "new": 1}
    assert [name for name, _ in project.store.annotators()] == ["ana", "benny"]
    layer = project.store.layer(1, "benny")
    assert layer is not None and [span.id for span in layer.spans] == ["s0", "s4"]
    assert merge(project, out).layers == {"same": 2}


def test_who_was_renamed_there_is_the_same_here(project: Project, tmp_path: Path) -> None:
    tagged(project, 1, 0, "ben")
    out = tmp_path / "ben.db"
    split(project, out, annotator="ben", articles=[1, 2])
    with Project.open(out, clock=Clock()) as away:
        team.rename(away, "ben", "benny", by="x")
        tagged(away, 1, 4, "benny")
    assert merge(project, out).layers == {"forward": 1}
    assert [name for name, _ in project.store.annotators()] == ["ana", "ben"]


def test_a_name_that_comes_back_is_a_former_one_no_more(project: Project) -> None:
    team.rename(project, "ben", "benny", by="x")
    team.rename(project, "benny", "ben", by="x")
    team.rename(project, "ana", "anna", by="x")
    with project.store.snapshot() as conn:
        assert set(conn.execute("SELECT name, annotator FROM alias")) == {("benny", 2), ("ana", 1)}
        with pytest.raises(sqlite3.OperationalError):
            conn.execute("SELECT names FROM alias")


def names(project: Project) -> list[str]:
    return [name for name, _ in project.store.annotators()]


def test_second_names_go_with_the_name(project: Project, tmp_path: Path) -> None:
    tagged(project, 1, 0, "ben")
    out = tmp_path / "ben.db"
    split(project, out, annotator="ben", articles=[1, 2])
    tagged(project, 1, 4, "ben")
    with Project.open(out, clock=Clock()) as away:
        tagged(away, 1, 6, "ben")
    merge(project, out)
    restore(project, annotator="ben~2", to="ben~2@before-4", before=4)
    load(project, record("a", layer=reading_of("ben~x")), record("a", layer=reading_of("benno~2")))
    team.rename(project, "ben", "benny", by="x")
    assert sorted(names(project)) == ["ana", "benno~2", "benny", "benny~2", "benny~2@before-4", "ben~x"]
    assert team.assign(project, Request(), by="x", dry_run=True).names == ("ana", "benno~2", "benny", "ben~x")
    for _ in range(2):  # what was taken in is here already
        report = merge(project, out)
        assert [(one.name, one.batches) for one in report.conflicts] == [("benny~2", 0)]
    assert len(names(project)) == 6


def test_second_names_there_are_those_of_who_was_renamed_here(project: Project, tmp_path: Path) -> None:
    tagged(project, 1, 0, "ben")
    out = tmp_path / "ben.db"
    split(project, out, annotator="ben", articles=[1, 2])
    team.rename(project, "ben", "benny", by="x")
    with Project.open(out, clock=Clock()) as away:
        load(away, record("b", layer=reading_of("ben~2", Span("s1", 0, 2, "actor"))))
    assert merge(project, out).called == {"ben": "benny", "ben~2": "benny~2"}
    assert names(project) == ["ana", "benny", "benny~2"]


def test_nobody_begins_anew_under_a_former_name(project: Project) -> None:
    tagged(project, 1, 0, "ben")
    team.rename(project, "ben", "benny", by="x")
    with pytest.raises(InputError, match="'ben' is what 'benny' was called before"):
        load(project, record("a", layer=reading_of("ben")))
    with pytest.raises(InputError, match="'ben' is what 'benny' was called before"):
        restore(project, annotator="benny", to="ben", before=2)
    session = project.session(1, "ana", author="ben")
    session.do([Add(Span("s9", 0, 2, "actor"))])
    with pytest.raises(InputError, match="'ben' is what 'benny' was called before"):
        session.flush()
    project.give_up(session)
    assert names(project) == ["ana", "benny"]


def test_one_who_has_come_to_be_two_elsewhere_is_one_here(project: Project, tmp_path: Path) -> None:
    tagged(project, 1, 0, "ben")
    out = tmp_path / "ben.db"
    split(project, out, annotator="ben", articles=[1, 2])
    team.rename(project, "ben", "benny", by="x")
    with Project.open(out, clock=Clock()) as away:
        tagged(away, 2, 4, "benny")
    assert merge(project, out).layers == {"same": 1, "new": 1}
    assert names(project) == ["ana", "benny"]


def test_a_second_name_that_was_given_another_is_found_again(project: Project, tmp_path: Path) -> None:
    outs = [tmp_path / "one.db", tmp_path / "two.db"]
    tagged(project, 1, 0, "ben")
    for number, out in enumerate(outs):
        split(project, out, annotator="ben", articles=[1, 2])
        with Project.open(out, clock=Clock()) as away:
            tagged(away, 1, 6 + number, "ben")
    tagged(project, 1, 4, "ben")
    merge(project, outs[0])
    team.rename(project, "ben~2", "carl", by="x")
    assert [(one.name, one.batches) for one in merge(project, outs[0]).conflicts] == [("carl", 0)]
    assert [(one.name, one.batches) for one in merge(project, outs[1]).conflicts] == [("ben~3", 2)]
    assert names(project) == ["ana", "ben", "ben~3", "carl"]
