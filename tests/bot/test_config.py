"""Settings: defaults, overlays, and errors that name what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import DEFAULT, ConfigError, load_settings, secret

ROOT = Path(__file__).parents[2]


def _load(tmp_path: Path, text: str, **environment: str):
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment=environment)


def test_the_packaged_default_and_the_copy_to_edit_are_the_same() -> None:
    assert (ROOT / "config.toml").read_bytes() == DEFAULT.read_bytes()


def test_a_missing_key_takes_its_default(tmp_path: Path) -> None:
    settings = _load(tmp_path, "[answering]\nevidence = 3\n")
    assert settings.answering.evidence == 3
    assert settings.answering.max_tokens == load_settings(environment={}).answering.max_tokens


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[answering]\nevidnce = 3\n", "evidnce"),
        ("[anwsering]\nevidence = 3\n", "anwsering"),
        ("[anwsering]\n", "anwsering"),
        ("evidence = 3\n", "evidence"),
        ("[answering]\nevidence = 'three'\n", "whole number"),
        ("[answering]\nevidence = true\n", "whole number"),
        ("[answering]\nevidence = 0\n", "between 1 and 50"),
        ("[answering]\nbackend = 'magic'\n", "magic"),
        ("[answering.evidence]\na = 1\n", "evidence"),
        ("[telegram]\nallowed = ['me']\n", "whole numbers"),
        ("[telegram]\nallow_list = 1\n", "true or false"),
        ("[telegram\n", "can't be read"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "can't be read"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_place(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        _load(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        load_settings(environment={"TRIPLETALK_CONFIG": str(tmp_path / "none.toml")})


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    text = "[memory]\ndata_dir = '/one'\n"
    assert _load(tmp_path, text).memory.data_dir == Path("/one")
    assert _load(tmp_path, text, TRIPLETALK_DATA_DIR="/two").memory.data_dir == Path("/two")


def test_files_are_looked_for_in_order(tmp_path: Path) -> None:
    own = tmp_path / "tripletalk" / "config.toml"
    own.parent.mkdir()
    own.write_text("[memory]\nuser = 'own'\n")
    named = tmp_path / "named.toml"
    named.write_text("[memory]\nuser = 'named'\n")
    environment = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert load_settings(environment=environment).memory.user == "own"
    assert load_settings(environment=environment | {"TRIPLETALK_CONFIG": str(named)}).memory.user == "named"
    assert load_settings(own, environment={"TRIPLETALK_CONFIG": str(named)}).memory.user == "own"


def test_secrets_are_named_never_written(tmp_path: Path) -> None:
    settings = load_settings(environment={})
    assert secret(settings.telegram.token_env, environment={settings.telegram.token_env: " t \n"}) == "t"
    assert secret("NONE", environment={}) == ""
    assert secret("", environment={"": "x"}) == ""


def test_only_config_reads_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "kg", "nlu", "generation")
        for path in (ROOT / folder).rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "getenv(", "load_dotenv"))
    ]
    assert readers == ["bot/config.py"]
