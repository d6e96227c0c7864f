"""What a settings file may hold: the model that it is checked against.

Invariant: it has the fields of `config.Settings`, but for `chosen`.  It is apart because pydantic takes long to
import, and where there is no settings file nothing has to be checked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from annotator.config import Density, Settings, ThemeName


def _key_lists(table: Any, prefix: str = "") -> Any:
    """Read a single key as a list of one, and `tag.delete` without quotes, which TOML reads as tables in tables."""
    if not isinstance(table, dict):
        return table
    flat: dict[str, Any] = {}
    for name, value in table.items():
        inner = _key_lists(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
        flat.update({id: [keys] if isinstance(keys, str) else keys for id, keys in inner.items()})
    return flat


def _folder(name: str) -> str:
    """Refuse what no folder can be called, and the home of somebody who has none here."""
    if "\0" in name:
        raise ValueError("a folder cannot be called so")
    try:
        Path(name).expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such home folder") from error
    return name


class SettingsModel(BaseModel):
    """What a person can set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    annotator: str = Field("", description="Your name in the corpus; the name you log in with if left out.")
    density: Density = Field("overlaps", description="When spans get a line of their own.")
    panel: bool = Field(True, description="Whether the span panel shows on wide terminals.")
    suggestions: bool = Field(True, description="Whether the suggestions of models show beside the spans.")
    theme: ThemeName = Field("dark", description="The colours.")
    wrap: int = Field(0, ge=0, le=10_000, description="Most cells of text in a row; 0: as many as there are.")
    private: bool = Field(False, description="Whether only you may read databases, copies and exports that you make.")
    idle: int = Field(
        60, ge=1, le=86_400, description="Seconds without a key or the mouse after which you count as away."
    )
    backup_every: float = Field(
        0, ge=0, le=87_600, allow_inf_nan=False, description="Hours between backups, made when you open it; 0: none."
    )
    backup_folder: Annotated[str, AfterValidator(_folder)] = Field(
        "", description="Where backups are; if left out, `backups` beside the database."
    )
    backup_keep: int = Field(7, ge=1, le=10_000, description="How many backups of a database stay.")
    keys: Annotated[dict[str, list[str]], BeforeValidator(_key_lists)] = Field(
        default_factory=dict, description="Keys of actions, by the action's id, in place of its own."
    )

    def settings(self) -> Settings:
        """Return the settings, with the names of those that were given."""
        return Settings(**self.model_dump(), chosen=frozenset(self.model_fields_set))
