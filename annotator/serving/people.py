"""Who may come in: names, the links that stand for them, and the cookies that stand for the links.

Invariant: a name is reached by its own secrets alone; comparing takes as long for a near miss as for any other, and
neither a secret nor a part of one is in a message or in what `repr` shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from annotator.errors import InputError, UsageError

_BYTES: Final = 32  # of chance in a secret: 256 bits
_LONGEST: Final = 200  # characters of a name
_FILE_LIMIT: Final = 1 << 20  # bytes of a file of names


@dataclass(frozen=True, slots=True)
class Guest:
    """One annotator.

    Args:
        name: As in the database.
        token: The secret in the link.
        cookie: The secret that the browser keeps in its place.
    """

    name: str
    token: str = field(repr=False)
    cookie: str = field(repr=False)


class People:
    """The annotators of one server; the secrets are new each time.

    Args:
        names: Their names.

    Raises:
        UsageError: If there is none, one comes twice, or one is no name.
    """

    def __init__(self, names: Sequence[str]) -> None:
        if not names:
            raise UsageError("nobody to serve", hint="name people with --annotator NAME or --people FILE")
        for name in names:
            _check(name)
        if twice := {name for name in names if names.count(name) > 1}:
            raise UsageError(f"named twice: {', '.join(sorted(twice))}", hint="name each person once")
        self.guests: Final = tuple(
            Guest(name, secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES)) for name in names
        )

    def by_token(self, token: str) -> Guest | None:
        """Return whose link has this secret."""
        return _find(token, ((guest.token, guest) for guest in self.guests))

    def by_cookie(self, cookie: str) -> Guest | None:
        """Return whose browser was given this secret."""
        return _find(cookie, ((guest.cookie, guest) for guest in self.guests))

    def without_secrets(self, text: str) -> str:
        """Return a text with every secret taken out."""
        for guest in self.guests:
            text = text.replace(guest.token, "[secret]").replace(guest.cookie, "[secret]")
        return text


def names_in(path: Path) -> list[str]:
    """Read a file of names: one a line; empty lines and those that begin with "#" are passed over.

    Raises:
        InputError: If it cannot be read or is no such file.
    """
    hint = "write one name a line, in UTF-8"
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8", hint=hint) from error
    if len(data) > _FILE_LIMIT:
        raise InputError(f"{path}: is larger than {_FILE_LIMIT >> 20} MB", hint=hint)
    lines = (line.strip() for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _check(name: str) -> None:
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > _LONGEST:
        hint = f"1 to {_LONGEST} printable characters, no blank at either end"
        raise UsageError(f"{name[:60]!r} is no name of an annotator", hint=hint)


def _find(given: str, known: Iterable[tuple[str, Guest]]) -> Guest | None:
    found = None
    for secret, guest in known:  # all of them, so that the time does not tell which was found
        if secrets.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            found = guest
    return found
