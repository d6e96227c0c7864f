"""Backups on a schedule: one when the tool is opened and the last is old enough, on a thread of its own.

Invariant: nobody waits for it.  Old backups are deleted only after a new one is whole, only files whose names this
module has given for the same database, and never the newest ones.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from annotator.errors import AnnotatorError
from annotator.fresh import is_private, make_folders
from annotator.store.backup import Stopped, back_up, free_name

_STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Plan:
    """When to make backups, and where.

    Args:
        every: Hours from one to the next; 0 for none at all.
        folder: Where they are; `backups` beside the database if empty.
        keep: How many of one database stay, at least one.
        private: Whether only their owner may read them; else they are as private as the database is.
    """

    every: float
    folder: str = ""
    keep: int = 7
    private: bool = False

    def folder_of(self, path: Path) -> Path:
        """Return the folder for the backups of a database."""
        return Path(self.folder).expanduser() if self.folder else path.resolve().parent / "backups"

    def prefix_of(self, path: Path) -> str:
        """Return what the names of a database's backups begin with, and those of no other in the same folder.

        In a folder from the settings are the backups of all of a person's databases, and most of those have one name.
        """
        name = path.stem if path.suffix == ".db" else path.name
        if not self.folder:
            return f"{name}-"
        return f"{name}-{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]}-"


def backups_of(path: Path, plan: Plan) -> list[tuple[datetime, Path]]:
    """Return the backups of a database by the time in their names, the newest last."""
    pattern = re.compile(re.escape(plan.prefix_of(path)) + r"(\d{8}T\d{6}Z)(?:-\d+)?\.db")
    found = []
    with suppress(OSError):  # no such folder
        for file in plan.folder_of(path).iterdir():
            match = pattern.fullmatch(file.name)
            if match:
                with suppress(ValueError):  # the 31st of February
                    found.append((datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC), file))
    return sorted(found)


def is_due(path: Path, plan: Plan, *, now: datetime) -> bool:
    """Say whether it is time for a backup; a last one from the future says nothing, for the clock was wrong then."""
    if not plan.every:
        return False
    past = [time for time, _ in backups_of(path, plan) if time <= now]
    return not past or now - past[-1] >= timedelta(hours=plan.every)


def keep_one(
    path: Path, plan: Plan, *, now: datetime, tell: Callable[[int, int], bool] = lambda done, of: True
) -> Path | None:
    """Make a backup if it is time for one, then delete those beyond the number to keep.

    Returns:
        The backup; None if it was not time.

    Raises:
        AnnotatorError: If it cannot be made; nothing is deleted then.
        Stopped: If `tell` said so.
    """
    if not is_due(path, plan, now=now):
        return None
    folder = plan.folder_of(path)
    with suppress(OSError):  # who writes the backup is told
        make_folders(folder, private=plan.private or is_private(path))
    target = free_name(folder / f"{plan.prefix_of(path)}{now.strftime(_STAMP)}.db")
    made = back_up(path, target, private=plan.private, tell=tell).path
    others = [file for _, file in backups_of(path, plan) if file != made]
    for file in others[: max(0, len(others) - plan.keep + 1)]:
        with suppress(OSError):
            file.unlink()
    return made


class Keeper:
    """A thread that makes one backup if it is time for one.

    Args:
        path: The database.
        plan: When and where.
        told: Told on that thread what was made or what went wrong, in one line.
        now: The time.
    """

    def __init__(self, path: Path, plan: Plan, *, told: Callable[[str], None], now: datetime) -> None:
        self._path = path
        self._plan = plan
        self._told = told
        self._now = now
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="annotator-backup", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; a backup that is not whole by now leaves nothing behind."""
        self._stopped.set()
        self._thread.join()

    def join(self) -> None:
        """Wait until it has made its backup."""
        self._thread.join()

    def _run(self) -> None:
        try:
            made = keep_one(self._path, self._plan, now=self._now, tell=lambda done, of: not self._stopped.is_set())
        except Stopped:
            return
        except AnnotatorError as error:
            self._told(f"no backup: {error}")
        except OSError as error:  # such as a name that is too long, or a folder that may not be looked into
            self._told(f"no backup: {error.strerror or error}")
        else:
            if made is not None:
                self._told(f"backup made: {made}")
