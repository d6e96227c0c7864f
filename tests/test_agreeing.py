"""Whose layers are compared, and what the measures say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studies import SHARED
from support import clock, load, reading_of, record, schema

from annotator.agreeing import Choice, as_data, measured, study_of
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import AnnotatorError, InputError, UsageError
from annotator.intake import load as load_files
from annotator.project import Project

A, B, C = Span("s1", 4, 12, "actor"), Span("s2", 30, 39, "location"), Span("s3", 18, 24, "casualty")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "p.db", schema(), clock=clock) as project:
        load(
            project,
            record("k1", layer=reading_of("ana", A, B, status="done")),
            record("k1", layer=reading_of("ben", A, C)),
            record("k1", layer=reading_of("chief", A, B, C, kind="gold", status="done")),
            record("k1", layer=reading_of("net", A, kind="model")),
            record("k2", layer=reading_of("ana", status="done")),
            record("k2", layer=reading_of("ben", status="done")),
            record("k3", layer=reading_of("ana", A)),
        )
        yield project


def test_people_are_compared_and_nobody_else(project: Project) -> None:
    study = study_of(project.store, project.schema)
    assert study.annotators == ("ana", "ben")
    assert study.articles == ("k1", "k2", "k3")
    agreement = measured(study, names=["exact-f1"], by=("label", "article"), samples=20, seed=3)
    (whole,) = agreement.overall()
    assert whole.value == pytest.approx(0.5)
    assert {v.label: v.value for v in agreement.of("exact-f1") if v.label} == {
        "actor": 1.0,
        "casualty": 0.0,
        "location": 0.0,
    }
    assert {v.article: v.value for v in agreement.of("exact-f1") if v.article} == {"k1": 0.5, "k2": 1.0}
    assert agreement.shared() == 2


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("gold", "model:net"), 0.5),
        (("chief", "net"), 0.5),
        (("gold", "human:ana"), 0.8),
        (("ben", "ana"), 0.5),
    ],
    ids=str,
)
def test_any_two_layers_are_compared(project: Project, names: tuple[str, str], value: float) -> None:
    study = study_of(project.store, project.schema, Choice(names))
    assert measured(study, names=["exact-f1"]).overall()[0].value == pytest.approx(value)


def test_a_status_is_asked_of_people_and_not_of_models(project: Project) -> None:
    study = study_of(project.store, project.schema, Choice(("gold", "net"), ("done",)))
    assert study.annotators == ("chief", "net")
    assert study_of(project.store, project.schema, Choice(statuses=("done",))).articles == ("k1", "k2")


def test_a_sample_is_of_what_two_have_read_and_the_same_for_a_seed(project: Project) -> None:
    assert study_of(project.store, project.schema, Choice(sample=99)).articles == ("k1", "k2")
    drawn = {study_of(project.store, project.schema, Choice(sample=1, seed=seed)).articles for seed in range(20)}
    assert drawn == {("k1",), ("k2",)}
    once = study_of(project.store, project.schema, Choice(("gold", "net"), ("done",), sample=1, seed=3))
    assert once.articles == study_of(project.store, project.schema, Choice(("gold", "net"), ("done",), 1, 3)).articles
    assert len(once.articles) == 1
    with pytest.raises(InputError, match="no two annotators have an article with status flagged"):
        study_of(project.store, project.schema, Choice(statuses=("flagged",), sample=3))


@pytest.mark.parametrize(
    ("choice", "error", "says"),
    [
        (Choice(("ana", "zoe")), UsageError, "there is no layer 'zoe' (known: ana (human), ben (human)"),
        (Choice(("ana", "human:ana")), UsageError, "'ana' was named twice"),
        (Choice(("gold", "chief")), UsageError, "'chief' was named twice"),
        (Choice(statuses=("flagged",)), InputError, "no two annotators have an article with status flagged"),
    ],
    ids=["unknown", "twice", "gold-twice", "status"],
)
def test_a_choice_that_cannot_be_compared_is_refused(
    project: Project, choice: Choice, error: type[AnnotatorError], says: str
) -> None:
    with pytest.raises(error) as raised:
        study_of(project.store, project.schema, choice)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_one_annotator_alone_gets_one_clear_line(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p.db", schema(), clock=clock) as project:
        with pytest.raises(InputError, match=r"nobody has layers here .load the layers of a second annotator"):
            study_of(project.store, project.schema)
        load(project, record("k1", layer=reading_of("ana", A)))
        with pytest.raises(InputError, match=r"two annotators, and only ana has layers here .load the layers"):
            study_of(project.store, project.schema)
        load(project, record("k1", layer=reading_of("net", A, kind="model")))
        with pytest.raises(InputError, match="compare with another layer: --annotators A,B, of ana, model:net"):
            study_of(project.store, project.schema)
        load(project, record("k2", layer=reading_of("ben", A)))
        with pytest.raises(InputError, match="no article was read by two of ana, ben"):
            study_of(project.store, project.schema)


def test_json_has_null_where_nothing_applies(project: Project) -> None:
    study = study_of(project.store, project.schema)
    data = as_data(measured(study, names=["exact-f1", "attributes"], by=("pair",), samples=0, seed=5))
    assert list(data) == ["study", "measures"]
    assert data["study"]["annotators"][0] == {"annotator": "ana", "articles": 3, "spans": 3}
    assert data["study"]["seed"] == 5
    fields = ["name", "value", "low", "high", "n", "pair", "label", "article", "undefined"]
    assert all(list(one) == fields for one in data["measures"])
    assert data["measures"][0] == dict(
        zip(fields, ["exact-f1", 0.5, None, None, 2, None, None, None, None], strict=True)
    )
    assert data["measures"][1]["pair"] == ["ana", "ben"]


def test_undefined_says_why_and_is_no_number(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p.db", schema(), clock=clock) as project:
        load(project, record("k1", layer=reading_of("ana")), record("k1", layer=reading_of("ben")))
        data = as_data(measured(study_of(project.store, project.schema), names=["exact-f1", "cohen-kappa"]))
    f1, *kappa = data["measures"]
    assert f1["value"] == 1.0
    assert {one["name"] for one in kappa} == {"cohen-kappa-tokens", "cohen-kappa-characters"}
    assert all(one["value"] is None and "chance alone" in one["undefined"] for one in kappa)
    json.dumps(data, allow_nan=False)


def test_all_measures_are_asked_once_and_a_broken_one_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotator import plugins

    real, told = plugins.load, []

    def broken(group: plugins.Group, name: str) -> Any:
        if name == "fleiss-kappa":
            raise AnnotatorError("broken", hint="install it again")
        return real(group, name)

    monkeypatch.setattr(plugins, "load", broken)
    study = study_of(project.store, project.schema)
    agreement = measured(study, names=["all", "exact-f1"], samples=0, told=lambda name, error: told.append(name))
    assert told == ["fleiss-kappa"]
    assert len([value for value in agreement.overall() if value.name == "exact-f1"]) == 1
    assert set(agreement.titles) == set(plugins.names("measures")) - {"fleiss-kappa"}


@pytest.mark.parametrize(
    ("names", "figures"),
    [
        (["cohen-kappa-tokens"], ["cohen-kappa-tokens"]),
        (["overlap-f1-characters", "exact-f1"], ["overlap-f1-characters", "exact-f1"]),
        (["cohen-kappa-tokens", "cohen-kappa"], ["cohen-kappa-tokens", "cohen-kappa-characters"]),
    ],
)
def test_a_figure_is_asked_for_by_the_name_that_it_is_shown_with(
    project: Project, names: list[str], figures: list[str]
) -> None:
    agreement = measured(study_of(project.store, project.schema), names=names, samples=0)
    assert [value.name for value in agreement.overall()] == figures


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cohen-kappa-words", "no figure 'cohen-kappa-words'.*cohen-kappa-tokens, cohen-kappa-characters"),
        ("kappa", "no agreement measure 'kappa'|no measure 'kappa'"),
    ],
)
def test_no_such_figure(project: Project, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        measured(study_of(project.store, project.schema), names=[name], samples=0)


def labelled(*names: str) -> Schema:
    return Schema.validated({"name": "t", "version": "1", "labels": {name: {} for name in names}})


@pytest.mark.skipif(not (SHARED / "iaa" / "bratiaa").is_dir(), reason="the shared brat project is not there")
def test_bratiaa_through_load_and_agree(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p.db", labelled("LOC", "MISC", "ORG", "PER")) as project:
        report = load_files(project, [str(SHARED / "iaa" / "bratiaa")])
        assert not report.bad
        study = study_of(project.store, project.schema)
    assert study.annotators == ("Lisa", "Maria", "Max", "Peter")
    assert round(measured(study, names=["exact-f1"], samples=0).overall()[0].value or 0, 3) == 0.890


@pytest.mark.skipif(not (SHARED / "iaa" / "medtator_iaa.spans.jsonl").is_file(), reason="the shared file is not there")
def test_medtator_through_load_and_agree(tmp_path: Path) -> None:
    native, labels = [], set()
    for line in (SHARED / "iaa" / "medtator_iaa.spans.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        spans = [
            {"id": f"s{n}", "text": row["text"][s["start"] : s["end"]], **{k: s[k] for k in ("start", "end", "label")}}
            for n, s in enumerate(row["spans"])
        ]
        labels |= {span["label"] for span in spans}
        native.append({"id": row["doc_id"], "text": row["text"], "annotator": row["annotator"], "spans": spans})
    (tmp_path / "m.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in native), encoding="utf-8")
    with Project.create(tmp_path / "p.db", labelled(*sorted(labels))) as project:
        report = load_files(project, [str(tmp_path / "m.jsonl")])
        assert not report.bad
        study = study_of(project.store, project.schema)
    assert round(measured(study, names=["exact-f1"], samples=0).overall()[0].value or 0, 3) == 0.430
