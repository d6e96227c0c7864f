"""Settings: defaults, the file, and what is wrong with it in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotator.config import Settings, in_force, load_settings, person_name, settings_path
from annotator.errors import InputError
from annotator.settings_model import SettingsModel


def test_without_a_file_all_have_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml") == Settings()


def test_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('annotator = "ana"\ndensity = "all"\npanel = false\n', encoding="utf-8")
    settings = load_settings(tmp_path / "s.toml")
    assert (settings.annotator, settings.density, settings.panel) == ("ana", "all", False)
    assert person_name(settings) == "ana"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('anotator = "ana"', "anotator"),
        ('density = "some"', "density"),
        ("annotator = ", "s.toml"),
        ('theme = "pink"', "theme"),
        ("wrap = -1", "wrap"),
        pytest.param("idle = 1" + "0" * 400, "idle", id="an age"),
        ('keys = "x"', "keys"),
        ('[keys]\n"tag.delete" = 5', "tag.delete"),
        ('[keys]\n"tag.delete" = [["x"]]', "tag.delete"),
        ('backup_folder = "a\\u0000b"', "backup_folder"),
        ('backup_folder = "~nobody of that name/x"', "backup_folder"),
        (b"\xff\xfe\x00", "s.toml"),
        ("annotator = " + "[" * 3000 + "]" * 3000, "s.toml"),
        ("annotator = " + "9" * 5000, "s.toml"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, content: str | bytes, words: str) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        load_settings(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('themee = "dark"', "themee: no such setting (did you mean 'theme'?)"),
        ("theme = 'pink'", "theme: 'pink' is not allowed (one of 'dark', 'light', 'contrast', 'ansi' or 'mono')"),
        ("wrap = -1", "wrap: must be at least 0 (it is -1)"),
        ("idle = 90000", "idle: must be at most 86400 (it is 90000)"),
        ("wrap = 'a'", "wrap: must be a whole number (it is 'a')"),
        ("wrap = 1.5", "wrap: must be a whole number (it is 1.5)"),
        ("backup_every = '10 years'", "backup_every: must be a number (it is '10 years')"),
        ("panel = 'maybe'", "panel: must be true or false, without quotes (it is 'maybe')"),
        ('[keys]\n"tag.delete" = 5', "keys.tag.delete: must be a list in square brackets (it is 5)"),
        ("wrap = -1\nidle = 0\ncolour = 1", "wrap: must be at least 0; 2 more (it is -1)"),
    ],
)
def test_a_wrong_setting_is_told_in_plain_words(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "s.toml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_settings(tmp_path / "s.toml")
    assert str(refused.value) == f"{tmp_path / 's.toml'}: {said}"


@pytest.mark.parametrize("name", ['"tag.delete"', "tag.delete"])
@pytest.mark.parametrize(("keys", "read"), [('"x"', ["x"]), ('["x", "delete"]', ["x", "delete"]), ("[]", [])])
def test_keys_are_a_key_or_a_list_with_the_action_quoted_or_not(
    tmp_path: Path, name: str, keys: str, read: list[str]
) -> None:
    (tmp_path / "s.toml").write_text(f'[keys]\n{name} = {keys}\n"tag.all" = "F2"\n', encoding="utf-8")
    assert load_settings(tmp_path / "s.toml").keys == {"tag.delete": read, "tag.all": ["F2"]}


@pytest.mark.parametrize(
    ("given", "colour", "theme", "density"),
    [
        ({}, True, "dark", "overlaps"),
        ({}, False, "mono", "all"),
        ({"theme": "light"}, False, "mono", "all"),
        ({"theme": "mono"}, True, "mono", "all"),
        ({"density": "overlaps"}, False, "mono", "overlaps"),
        ({"theme": "ansi"}, True, "ansi", "overlaps"),
    ],
)
def test_without_colour_every_span_has_a_lane(given: dict[str, str], colour: bool, theme: str, density: str) -> None:
    settings = in_force(SettingsModel.model_validate(given).settings(), colour=colour)
    assert (settings.theme, settings.density) == (theme, density)


def test_where_the_file_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANNOTATOR_SETTINGS", str(tmp_path / "mine.toml"))
    assert settings_path() == tmp_path / "mine.toml"
    monkeypatch.delenv("ANNOTATOR_SETTINGS")
    assert settings_path().name == "settings.toml"


def test_a_person_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert person_name(Settings()) == "annotator"


def test_the_mark_that_windows_editors_put_first_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(b'\xef\xbb\xbfannotator = "ana"\n')
    assert load_settings(tmp_path / "s.toml").annotator == "ana"
