"""Finding files: order, keys, gzip, and a word about every path that leads nowhere."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest

from annotator.core.record import Bad
from annotator.formats import sources
from annotator.formats.sources import Ignored, Source, find, split_name, total_size

SUFFIXES = {".txt", ".jsonl"}


def found(*paths: object) -> list[Source | Ignored | Bad]:
    return list(find(map(str, paths), suffixes=SUFFIXES))


def keys(*paths: object) -> list[str]:
    return [item.key for item in found(*paths) if isinstance(item, Source)]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.txt",
        "a.txt",
        "sub/c.TXT",
        "sub/deep/d.jsonl.gz",
        ".hidden/x.txt",
        ".e.txt",
        "f.png",
        "g.gz",
        "h.tar.gz",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"abc")
    return tmp_path


def test_a_folder_is_walked_in_order_and_keys_are_relative_to_it(tree: Path) -> None:
    assert keys(tree) == ["a", "b", "g", "sub/c", "sub/deep/d"]
    assert [Path(item.name).name for item in found(tree) if isinstance(item, Ignored)] == ["f.png", "h.tar.gz"]


def test_a_file_is_called_by_its_name(tree: Path) -> None:
    (item,) = found(tree / "sub" / "c.TXT")
    assert isinstance(item, Source)
    assert (item.key, item.suffix, item.size) == ("c", ".txt", 3)


def test_globs(tree: Path) -> None:
    assert keys(tree / "*.txt") == ["a", "b"]
    assert keys(tree / "s*") == ["c", "deep/d"]
    assert sorted(keys(tree / "sub" / "**")) == ["c", "deep/d"]


@pytest.mark.parametrize("name", ["absent.txt", "*.nothing"])
def test_a_path_to_nowhere_is_bad(tree: Path, name: str) -> None:
    (item,) = found(tree / name)
    assert isinstance(item, Bad)
    assert item.hint


def test_a_folder_without_anything_to_load_is_bad(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"")
    ignored, bad = found(tmp_path)
    assert isinstance(ignored, Ignored) and isinstance(bad, Bad)
    assert "no file that can be loaded" in bad.message


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything; Windows has other rights")
def test_a_folder_that_may_not_be_read_is_bad(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    try:
        (item,) = found(tmp_path)
    finally:
        tmp_path.chmod(0o700)
    assert isinstance(item, Bad)
    assert "cannot be read" in item.message


def test_gzip_is_known_by_content_and_bytes_are_counted_as_they_lie_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(gzip.compress(b"hello" * 1000, mtime=0))
    (source,) = found(path)
    assert isinstance(source, Source)
    counted: list[int] = []
    with source.open(progress=counted.append) as stream:
        assert stream.read() == b"hello" * 1000
    assert sum(counted) == path.stat().st_size == source.size


def test_a_slow_pipe_shows_enough_to_know_a_format_by() -> None:
    parts = [b"a", b"b", b"c"]

    class Slow(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            part = parts.pop(0) if parts else b""
            buffer[: len(part)] = part
            return len(part)

    (source,) = found("-")
    assert isinstance(source, Source)
    with source.open(stdin=Slow()) as stream:  # type: ignore[arg-type]
        assert stream.peek(1) == b"abc"


def test_total_size(tree: Path) -> None:
    assert total_size([str(tree)], suffixes=SUFFIXES) == 15
    assert total_size([str(tree), "-"], suffixes=SUFFIXES) == 0


@pytest.mark.parametrize(
    ("name", "parts"),
    [("a.txt", ("a", ".txt")), ("a.b.JSONL.gz", ("a.b", ".jsonl")), ("a", ("a", "")), (".x", (".x", ""))],
)
def test_split_name(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("most", "expected"),
    [(3, ["ana/1.ann", "ben/1.ann", "cleo/1.ann", "ana/2.ann", "ben/2.ann", "cleo/2.ann"]),
     (2, ["ana/1.ann", "ana/2.ann", "ben/1.ann", "ben/2.ann", "cleo/1.ann", "cleo/2.ann"])],
    ids=["few", "many"],
)  # fmt: skip
def test_folders_of_annotators_are_read_abreast_unless_there_are_too_many(
    most: int, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in expected:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(sources, "ABREAST", most)
    found = [item for item in find([str(tmp_path)], suffixes=(".ann",)) if isinstance(item, sources.Source)]
    assert [item.name.removeprefix(f"{tmp_path}/") for item in found] == expected
