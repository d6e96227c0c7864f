"""Names and their secrets: each reaches its own name only, and none is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.errors import InputError, UsageError
from annotator.serving.people import People, names_in


def test_a_secret_reaches_its_own_name_and_no_other() -> None:
    people = People(["Ana", "Ben"])
    ana, ben = people.guests
    assert len({ana.token, ana.cookie, ben.token, ben.cookie}) == 4
    assert min(map(len, (ana.token, ana.cookie))) >= 43  # 32 bytes in base 64
    assert people.by_token(ana.token) is ana and people.by_token(ben.token) is ben
    assert people.by_cookie(ana.cookie) is ana
    for wrong in ("", ana.token[:-1], ana.token + "A", ana.cookie, "\ud800", "é"):
        assert people.by_token(wrong) is None
    assert people.by_cookie(ana.token) is None


def test_secrets_are_new_each_time_and_never_shown() -> None:
    first, second = People(["Ana"]), People(["Ana"])
    guest = first.guests[0]
    assert guest.token != second.guests[0].token
    assert guest.token not in repr(guest) and guest.cookie not in repr(guest)
    assert first.without_secrets(f"GET /?token={guest.token} {guest.cookie}") == "GET /?token=[secret] [secret]"


@pytest.mark.parametrize("names", [[], ["Ana", "Ana"], [""], [" Ana"], ["A\nna"], ["A\x1b[2J"], ["a" * 201]], ids=repr)
def test_what_is_no_name(names: list[str]) -> None:
    with pytest.raises(UsageError):
        People(names)


def test_a_file_of_names(tmp_path: Path) -> None:
    path = tmp_path / "people.txt"
    path.write_bytes("\ufeff# who\r\nAna Ruiz\r\n\r\n  Бен  \n".encode())
    assert names_in(path) == ["Ana Ruiz", "Бен"]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is not UTF-8"):
        names_in(path)
    with pytest.raises(InputError):
        names_in(tmp_path / "missing")
