import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/*/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert broken == []


def test_every_prompt_that_the_code_names_is_there() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("bot/*.py"))
    named = set(re.findall(r"\brender\(\s*\"([a-z_]+)\"", code))
    found = {path.stem for path in (ROOT / "prompts" / "templates" / "en").glob("*.jinja2")}
    assert named <= found
    assert found - named <= {"ask", "chat"}, "a template that nothing uses (these two are named by the action)"


def test_the_changelog_speaks_of_this_version() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
