"""Backups on a schedule, as the screens see them: begun when the first screen is painted, told in its status line.

Invariant: no key waits for a backup, and what is said of one never takes the place of another message.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp


def keep_backups(app: AnnotatorApp) -> None:
    """Make a backup in the background if the settings ask for one and it is time."""
    settings = app.settings
    if settings.backup_every:
        from annotator.store.schedule import Plan

        plan = Plan(settings.backup_every, settings.backup_folder, settings.backup_keep, settings.private)
        app.project.keep_backups(plan, told=partial(_tell, app))


def _tell(app: AnnotatorApp, said: str) -> None:
    """Have the app's own thread show what was made or what went wrong."""
    loop = app.tasks
    if loop is not None:
        with suppress(RuntimeError):  # the app has ended
            loop.call_soon_threadsafe(app.call_later, partial(_show, app, said))


def _show(app: AnnotatorApp, said: str) -> None:
    hear = getattr(app.screen, "hear", None)
    if hear is not None:
        hear(said)
