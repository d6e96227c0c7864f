"""Settings of a person on a machine, in one TOML file.

Invariant: a setting that is not known is refused with the ones that are, so a typing error is never silent.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from annotator.errors import InputError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Density = Literal["off", "overlaps", "all"]
ThemeName = Literal["dark", "light", "contrast", "ansi", "mono"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person can set; `settings_model` says what each is for and may be."""

    annotator: str = ""
    density: Density = "overlaps"
    panel: bool = True
    suggestions: bool = True
    theme: ThemeName = "dark"
    wrap: int = 0
    private: bool = False
    idle: int = 60
    backup_every: float = 0
    backup_folder: str = ""
    backup_keep: int = 7
    keys: dict[str, list[str]] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()
    """The names of those that the person has set."""


def settings_path() -> Path:
    """Return where the settings are: $ANNOTATOR_SETTINGS, else the folder that the system has for such files."""
    named = os.environ.get("ANNOTATOR_SETTINGS")
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("conflict-annotator") / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; without a file all have their defaults.

    Raises:
        InputError: If the file is not TOML or sets something that cannot be set.
    """
    path = path or settings_path()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no TOML, or thousands of digits
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: {why}", hint="mend the settings file, or delete it to start anew") from error
    from pydantic import ValidationError

    from annotator.settings_model import SettingsModel

    try:
        return SettingsModel.model_validate(data).settings()
    except ValidationError as error:
        raise _refused(path, error.errors(include_url=False), [*SettingsModel.model_fields]) from error


def _refused(path: Path, errors: list[ErrorDetails], known: list[str]) -> InputError:
    """Return the error of a file with settings that cannot be: the first fault, and how many others there are."""
    from difflib import get_close_matches

    from annotator.schema_faults import said_of

    first, *others = errors
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = get_close_matches(where, known, n=1)
        message, hint = "no such setting", f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    else:
        message, hint = said_of(first)
    more = f"; {len(others)} more" if others else ""
    return InputError(f"{path}: {where}: {message}{more}", hint=hint or "mend it, or delete the line")


def in_force(settings: Settings, *, colour: bool) -> Settings:
    """Return the settings as a terminal allows them: without colour every span has a lane, unless lanes were chosen.

    Args:
        settings: What the person set.
        colour: Whether there may be any; not if the environment has NO_COLOR.
    """
    theme = settings.theme if colour else "mono"
    if theme == "mono" and settings.density == Settings.density and "density" not in settings.chosen:
        return replace(settings, theme=theme, density="all")
    return replace(settings, theme=theme)


def person_name(settings: Settings) -> str:
    """Return the annotator's name: from the settings, else the login name, else "annotator"."""
    if settings.annotator:
        return settings.annotator
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in the password file, or no password file
        return "annotator"
