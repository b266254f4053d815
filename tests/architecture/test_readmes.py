"""The README of every service says what its code says."""

import importlib
import re
from pathlib import Path

import pytest

from shared.contracts.topics import SERVICES
from shared.service.settings import ServiceSettings, describe

ROOT = Path(__file__).parents[2]
SECTIONS = (
    "Owns", "Listens", "Speaks", "Stores", "Fails how", "Settings", "Run", "Decisions",
)  # fmt: skip


def readme(name: str) -> str:
    return (ROOT / "services" / name / "README.md").read_text()


def settings_class(name: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"services.{name}.settings")
    found: type[ServiceSettings] = getattr(module, f"{name.capitalize()}Settings")
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_readme_has_the_sections_of_a_service(name: str) -> None:
    found = re.findall(r"^## (.+)$", readme(name), re.MULTILINE)
    assert [section for section in found if section in SECTIONS] == list(SECTIONS)


@pytest.mark.parametrize("name", SERVICES)
def test_the_settings_table_is_that_of_the_settings_class(name: str) -> None:
    table = readme(name).partition("## Settings")[2].partition("\n## ")[0]
    rows = [
        tuple(cell.strip().strip("`") for cell in line.strip("|").split("|"))
        for line in table.splitlines()
        if line.startswith("| `")
    ]
    told = [
        (row.name, str(row.default).strip("`"), row.meaning)
        for row in describe(settings_class(name))
    ]
    assert rows == told
