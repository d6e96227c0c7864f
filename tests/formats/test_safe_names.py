"""Safe names: back again to the code point, one file name each, and none that leads anywhere."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.safe_names import FileNames, plain, safe

_RESERVED = r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *([.:].*)?"  # by Windows
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(name=NAMES)
def test_a_safe_name_leads_back(name: str) -> None:
    assert plain(safe(name)) == name
    assert plain(safe(safe(name))) == safe(name)
    assert not set(safe(name)) & set(" /\\:|,.;\t\n")


@given(names=st.lists(NAMES, max_size=8))
def test_every_name_has_a_file_name_of_its_own_and_always_the_same(names: list[str]) -> None:
    files = FileNames()
    given_names = [files.of(name) for name in names]
    assert given_names == [files.of(name) for name in names]
    assert len({name.casefold() for name in given_names}) == len(set(names))
    assert all(
        name and not name.startswith(".") and not name.endswith(".") and len(name.encode()) <= 210
        for name in given_names
    )


@pytest.mark.parametrize("name", ["_u0041é", "_u0041 x", "_u0041_", "_u005F_u0041_", "a_u0041", "_u00410é", "__u0041é"])
def test_what_looks_like_an_escape_beside_one_leads_back(name: str) -> None:
    assert plain(safe(name)) == name


def test_what_no_file_may_be_called() -> None:
    files = FileNames()
    assert [files.of(name) for name in ("..", ".", "end.", "con", "NUL.x", "a", "A", "")] == [
        "_u002E__u002E_", "_u002E_", "end_u002E_", "_u0063_on", "_u004E_UL.x", "a", "A-2", "-e3b0c44298fc1c14"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["../x", "..\\x", "/etc/x", "C:\\x", "C:x", "\\\\host\\x", "a:stream", "CON", "con.txt", "COM\u00b9", "LPT9.x", "CONIN$", "nul ",
     "nul .x", "a\x00b", "a\nb", " ", "a.", "a. .", "~", "-", "*?<>|\"", "\u202egpj", "x" * 5000, "é" * 200, "\ud800"],
    ids=ascii,
)  # fmt: skip
def test_a_file_of_any_name_is_one_plain_file_in_the_folder(name: str, tmp_path: Path) -> None:
    file = tmp_path / "in" / FileNames().of(name)
    file.parent.mkdir()
    file.write_text("x")
    assert {*tmp_path.rglob("*")} == {tmp_path / "in", file}
    inside = PureWindowsPath("C:\\in") / file.name
    assert inside.parent == PureWindowsPath("C:\\in")
    assert not re.fullmatch(_RESERVED, file.name)
    assert not set(file.name) & set('<>:"/\\|?*') and not file.name.endswith((".", " ")) and file.name.isprintable()
