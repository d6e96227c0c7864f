"""Names of a folder in order, also where they do not fit in one part."""

from __future__ import annotations

import os
import random
from itertools import islice
from pathlib import Path

import pytest

from annotator.formats import listing
from annotator.formats.listing import sorted_names


def fill(folder: Path, count: int) -> list[tuple[str, bool]]:
    draw = random.Random(1)
    names = {f"{draw.randrange(10**6)} é{chr(0x1F44D) * (number % 2)}" for number in range(count)}
    for number, name in enumerate(sorted(names, key=lambda _: draw.random())):
        (folder / name).mkdir() if number % 3 == 0 else (folder / name).touch()
    (folder / ".hidden").touch()
    return sorted((name, (folder / name).is_dir()) for name in names)


@pytest.mark.parametrize("part", [1, 7, 20, 59, 60, 61])
def test_names_come_in_order_whatever_the_size_of_a_part(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fill(tmp_path, 60)
    monkeypatch.setattr(listing, "PART", part)
    monkeypatch.setattr(listing, "_BLOCK", 11)  # less than most names take
    assert [*sorted_names(tmp_path)] == expected


def test_names_that_are_not_utf8_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for name in (b"a\xff", b"a\xfe", b"a"):
            (tmp_path / os.fsdecode(name)).touch()
    except OSError:
        pytest.skip("this file system takes no such names")
    monkeypatch.setattr(listing, "PART", 1)
    assert [os.fsencode(name) for name, _ in sorted_names(tmp_path)] == [b"a", b"a\xfe", b"a\xff"]


def test_an_empty_folder_has_no_names_and_none_is_an_error(tmp_path: Path) -> None:
    assert [*sorted_names(tmp_path)] == []
    with pytest.raises(FileNotFoundError):
        next(sorted_names(tmp_path / "none"))


def test_many_names_are_never_in_memory_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fill(tmp_path, 200)
    held: list[int] = []

    def counting(names: object) -> list[tuple[str, bool]]:
        assert not isinstance(names, list)
        found = sorted(names)  # type: ignore[call-overload]  # what is sorted is an iterator of names
        held.append(len(found))
        return found

    monkeypatch.setattr(listing, "PART", 50)
    monkeypatch.setattr(listing, "sorted", counting, raising=False)
    assert [*islice(sorted_names(tmp_path), 5)] == expected[:5]
    assert held == [50, 50, 50, 50, 0]
