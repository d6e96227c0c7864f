"""Folders that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from stat import S_IMODE

import pytest

from annotator.errors import InputError
from annotator.formats import atomic
from annotator.formats.atomic import OutputFolder


def fill(folder: Path) -> None:
    """Put files into a folder and into folders in it."""
    for name in ("one", "two/three", "two/four/five", "six/seven"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


@pytest.mark.skipif(os.name != "posix", reason="numbers of files and rights are those of posix")
@pytest.mark.parametrize("at_once", [1, 2, 1000])
@pytest.mark.parametrize("private", [False, True])
def test_each_file_and_folder_is_on_the_disk_before_it_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, private: bool
) -> None:
    forced: set[int] = set()
    fsync = os.fsync

    def noted(handle: int) -> None:
        fsync(handle)
        forced.add(os.fstat(handle).st_ino)

    monkeypatch.setattr(atomic, "_WAITING", at_once)
    monkeypatch.setattr(os, "fsync", noted)
    with OutputFolder(tmp_path / "out", private=private) as out:
        fill(out.folder)
        out.finish()
        there = [out.folder, *out.folder.rglob("*")]
        assert len(there) == 8
        assert {place.stat().st_ino for place in there} == forced
        assert not private or {S_IMODE(place.stat().st_mode) & 0o077 for place in there} == {0}
        out.publish()
    assert (tmp_path / "out" / "two" / "four" / "five").read_bytes() == b"x"


def test_a_file_that_cannot_be_forced_to_the_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, calls = os.fsync, list[int]()

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(InputError, match="out could not be written: No space left on device"),
        OutputFolder(tmp_path / "out") as out,
    ):
        fill(out.folder)
        out.finish()
    assert [*tmp_path.iterdir()] == []
