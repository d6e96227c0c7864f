"""Settings of a person on a machine, in one TOML file.

Invariant: a setting that is not known is refused with the ones that are, so a typing error is never silent.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from annotator.errors import InputError

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
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        known = ", ".join(SettingsModel.model_fields)
        raise InputError(f"{path}: {where}: {first['msg']}", hint=f"known settings: {known}") from error


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
