"""Settings of a person on a machine, in one TOML file.

Invariant: a setting that is not known is refused with the ones that are, so a typing error is never silent.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotator.errors import InputError


class Settings(BaseModel):
    """What a person can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    annotator: str = Field("", description="Your name in the corpus; the name you log in with if left out.")
    density: Literal["off", "overlaps", "all"] = Field("overlaps", description="When spans get a line of their own.")
    panel: bool = Field(True, description="Whether the span panel shows on wide terminals.")


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
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Settings.model_fields)
        raise InputError(f"{path}: {field}: {first['msg']}", hint=f"known settings: {known}") from error


def person_name(settings: Settings) -> str:
    """Return the annotator's name: from the settings, else the login name, else "annotator"."""
    if settings.annotator:
        return settings.annotator
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in the password file, or no password file
        return "annotator"
