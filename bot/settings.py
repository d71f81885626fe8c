"""Every setting, from the environment (``PALATE_…``); the only place that reads it."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ..retrieval.errors import DataError

EMBEDDED = "embedded"
NO_CHAT_MODEL = "none"


class Settings(BaseSettings):
    """What can be set. A command-line option of the same name wins over the environment."""

    model_config = SettingsConfigDict(env_prefix="PALATE_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("palate"),
        description="Folder for everything Palate writes: database, adapters, index, item states.",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("palate"),
        description="Folder for the converted language model, which every home shares.",
    )
    model: str = Field(default=EMBEDDED, description="Language model: `embedded`, a folder, or a hub id.")
    encoder: str = Field(default=EMBEDDED, description="Sentence encoder: `embedded`, a folder, or a hub id.")
    catalog: Path | None = Field(
        default=None, description="Built catalogue (a folder) or CSV; the embedded one where unset."
    )
    chat_model: str = Field(
        default="",
        description="Who words the reasons: `provider:model` of LangChain, or `none` (templates only).",
    )
    threads: int = Field(
        default=0, ge=0, le=256, description="CPU threads for the model; 0 leaves the choice to torch."
    )

    @field_validator("home", "cache", "catalog")
    @classmethod
    def _expanded(cls, value: Path | None) -> Path | None:
        try:
            return value.expanduser().absolute() if value else None
        except RuntimeError as error:
            raise ValueError("nobody has that home folder") from error


def load_settings(**options: object) -> Settings:
    """Return the settings; options that are None leave the environment's value.

    Raises:
        DataError: A value cannot be used; names the variable.
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        first = error.errors()[0]
        name = f"PALATE_{str(first['loc'][0]).upper()}"
        raise DataError(f"{name}={first['input']!r} is not usable: {first['msg']}; correct or unset it") from error


def settings_table() -> str:
    """Return every setting as a Markdown table, for the README."""
    lines = ["| variable | meaning |", "| --- | --- |"]
    lines += [f"| `PALATE_{name.upper()}` | {field.description} |" for name, field in Settings.model_fields.items()]
    return "\n".join(lines)
