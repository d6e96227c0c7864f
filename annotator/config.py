"""Settings of a person on a machine, in one TOML file.

Invariant: a setting that is not known is refused with the ones that are, so a typing error is never silent.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from annotator.errors import InputError


def _key_lists(table: Any, prefix: str = "") -> Any:
    """Read a single key as a list of one, and `tag.delete` without quotes, which TOML reads as tables in tables."""
    if not isinstance(table, dict):
        return table
    flat: dict[str, Any] = {}
    for name, value in table.items():
        inner = _key_lists(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
        flat.update({id: [keys] if isinstance(keys, str) else keys for id, keys in inner.items()})
    return flat


class Settings(BaseModel):
    """What a person can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    annotator: str = Field("", description="Your name in the corpus; the name you log in with if left out.")
    density: Literal["off", "overlaps", "all"] = Field("overlaps", description="When spans get a line of their own.")
    panel: bool = Field(True, description="Whether the span panel shows on wide terminals.")
    suggestions: bool = Field(True, description="Whether the suggestions of models show beside the spans.")
    theme: Literal["dark", "light", "contrast", "ansi", "mono"] = Field("dark", description="The colours.")
    wrap: int = Field(0, ge=0, le=10_000, description="Most cells of text in a row; 0: as many as there are.")
    idle: int = Field(
        60, ge=1, le=86_400, description="Seconds without a key or the mouse after which you count as away."
    )
    keys: Annotated[dict[str, list[str]], BeforeValidator(_key_lists)] = Field(
        default_factory=dict, description="Keys of actions, by the action's id, in place of its own."
    )


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


def in_force(settings: Settings, *, colour: bool) -> Settings:
    """Return the settings as a terminal allows them: without colour every span has a lane, unless lanes were chosen.

    Args:
        settings: What the person set.
        colour: Whether there may be any; not if the environment has NO_COLOR.
    """
    theme = settings.theme if colour else "mono"
    if theme == "mono" and "density" not in settings.model_fields_set:
        return settings.model_copy(update={"theme": theme, "density": "all"})
    return settings.model_copy(update={"theme": theme})


def person_name(settings: Settings) -> str:
    """Return the annotator's name: from the settings, else the login name, else "annotator"."""
    if settings.annotator:
        return settings.annotator
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in the password file, or no password file
        return "annotator"
