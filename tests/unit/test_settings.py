from pathlib import Path

import palate.bot.settings
import pytest
from palate.bot.settings import Settings, load_settings
from palate.retrieval.errors import DataError


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PALATE_{name.upper()}", raising=False)


def test_the_defaults_need_nothing_set() -> None:
    found = load_settings()
    assert (found.model, found.encoder, found.catalog, found.chat_model, found.threads) == (
        "embedded", "embedded", None, "", 0,
    )  # fmt: skip
    assert found.home != found.cache
    assert found.home.is_absolute()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("home", "/srv/palate", Path("/srv/palate")),
        ("cache", "/srv/cache", Path("/srv/cache")),
        ("catalog", "/srv/films.csv", Path("/srv/films.csv")),
        ("model", "org/model", "org/model"),
        ("encoder", "org/encoder", "org/encoder"),
        ("chat_model", "openai:gpt", "openai:gpt"),
        ("threads", "2", 2),
    ],
)
def test_every_setting_is_read_from_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, found: object
) -> None:
    monkeypatch.setenv(f"PALATE_{name.upper()}", value)
    assert getattr(load_settings(), name) == found


def test_every_setting_is_in_the_test_above() -> None:
    assert set(Settings.model_fields) == {"home", "cache", "catalog", "model", "encoder", "chat_model", "threads"}


def test_an_option_wins_over_the_variable_unless_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_MODEL", "from-the-environment")
    assert load_settings(model="from-the-option").model == "from-the-option"
    assert load_settings(model=None).model == "from-the-environment"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    unset = load_settings()
    monkeypatch.setenv(f"PALATE_{name.upper()}", "")
    assert load_settings() == unset


@pytest.mark.parametrize("value", ["many", "-1", "257", "1.5"])
def test_a_bad_value_is_named_with_its_variable_and_a_remedy(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PALATE_THREADS", value)
    with pytest.raises(DataError, match=f"^PALATE_THREADS='{value}' is not usable: .*; correct or unset it$"):
        load_settings()


@pytest.mark.parametrize("threads", [0, 256])
def test_threads_reach_from_nought_to_256(threads: int) -> None:
    assert load_settings(threads=threads).threads == threads


def test_folders_are_made_absolute_and_a_tilde_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = load_settings(home="~/palate", catalog=Path("films.csv"))
    assert (found.home, found.catalog) == (tmp_path / "palate", tmp_path / "films.csv")


def test_the_home_of_nobody_is_a_data_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALATE_HOME", "~nobody-of-that-name/palate")
    with pytest.raises(DataError, match=r"^PALATE_HOME=.*nobody has that home folder; correct or unset it$"):
        load_settings()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().threads = 3  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_documents(name: str) -> None:
    root = Path(palate.bot.settings.__file__).parents[1]
    documents = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    assert any(f"PALATE_{name.upper()}" in path.read_text(encoding="utf-8") for path in documents)
