"""The type system beside an XMI file: found among many articles, and what is remembered of it never out of date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.errors import InputError
from annotator.formats import cas_types
from annotator.formats.cas_model import Types
from annotator.formats.cas_types import TYPE_SYSTEM, types_beside
from annotator.formats.cas_xmi import type_system

LONG_AGO = 1_500_000_000_000_000_001  # nanoseconds


def described(name: str) -> bytes:
    return type_system(Types({name: "uima.tcas.Annotation"}, {name: {"label": "uima.cas.String"}}))


def found(path: Path) -> list[str]:
    return [*types_beside(path).supers]


def test_the_first_by_name_is_taken_and_the_usual_one_before_any(tmp_path: Path) -> None:
    article = tmp_path / "annotation" / "a.txt" / "ana.xmi"
    article.parent.mkdir(parents=True)
    assert found(article) == []
    for number, name in enumerate(["typesystem.XML", "TYPESYSTEM.XML", "full-typesystem.xml", TYPE_SYSTEM]):
        (tmp_path / name).write_bytes(described(f"t{number}"))
        assert found(article) == [f"t{number}"]
    (article.parent / "Typesystem.xml").write_bytes(described("closest"))
    assert found(article) == ["closest"]


def test_no_more_than_four_folders_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / TYPE_SYSTEM).write_bytes(described("t"))
    assert found(tmp_path / "1" / "2" / "3" / "a.xmi") == ["t"]
    assert found(tmp_path / "1" / "2" / "3" / "4" / "a.xmi") == []
    assert types_beside(Path("/a.xmi").absolute()).supers == {}


def test_what_is_remembered_of_a_folder_ends_when_something_comes_into_it(tmp_path: Path) -> None:
    for _ in range(2):
        os.utime(tmp_path, ns=(LONG_AGO, LONG_AGO))
        assert found(tmp_path / "a.xmi") == []
    (tmp_path / "TYPESYSTEM.XML").write_bytes(described("t"))
    assert found(tmp_path / "a.xmi") == ["t"]


@pytest.mark.parametrize("changed", [LONG_AGO - 1, None], ids=["in whole seconds", "just now"])
def test_a_folder_is_not_remembered_where_its_time_may_stay_the_same(tmp_path: Path, changed: int | None) -> None:
    if changed is not None:
        os.utime(tmp_path, ns=(changed, changed))
    before = tmp_path.stat().st_mtime_ns
    assert found(tmp_path / "a.xmi") == []
    (tmp_path / "TYPESYSTEM.XML").write_bytes(described("t"))
    os.utime(tmp_path, ns=(before, before))
    assert found(tmp_path / "a.xmi") == ["t"]


def test_another_type_system_under_the_same_name_is_read(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        (tmp_path / TYPE_SYSTEM).write_bytes(described(name))
        assert found(tmp_path / "a.xmi") == [name]


def test_what_is_remembered_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TYPE_SYSTEM).write_bytes(described("t"))
    found(tmp_path / "a.xmi")
    kept = cas_types._remembered.cache_info()
    assert kept.maxsize == 2
    (tmp_path / TYPE_SYSTEM).write_bytes(described("t") + b" " * 100)
    monkeypatch.setattr(cas_types, "_SHORT", 99)
    assert found(tmp_path / "a.xmi") == ["t"]
    assert cas_types._remembered.cache_info() == kept


def test_a_broken_type_system_is_named_each_time(tmp_path: Path) -> None:
    (tmp_path / TYPE_SYSTEM).write_bytes(b"<a>")
    for _ in range(2):
        with pytest.raises(InputError, match=r"its type system TypeSystem\.xml is not XML: no element found"):
            types_beside(tmp_path / "a.xmi")


def test_a_folder_of_articles_is_not_gone_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        (tmp_path / f"{number}.txt").mkdir()
    looked_at: list[str] = []

    class Scanned:
        def __init__(self, folder: Path) -> None:
            self._entries = scandir(folder)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return (looked_at.append(entry.name) or entry for entry in self._entries)  # type: ignore[func-returns-value]

        def __exit__(self, *_: object) -> None:
            self._entries.close()

    scandir = os.scandir
    monkeypatch.setattr(cas_types.os, "scandir", Scanned)
    monkeypatch.setattr(cas_types, "_LOOKED_AT", 3)
    monkeypatch.setattr(cas_types, "_LEVELS", 1)
    os.utime(tmp_path, ns=(LONG_AGO, LONG_AGO))
    for _ in range(2):
        assert found(tmp_path / "a.xmi") == []
    assert 3 <= len(looked_at) <= 4
