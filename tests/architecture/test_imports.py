"""Who may import whom, and what only the shared parts may do."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    file
    for folder in ("services", "shared")
    for file in (ROOT / folder).rglob("*.py")
    if "testing" not in file.parts
)
SERVICES = [file for file in SHIPPED if "services" in file.relative_to(ROOT).parts[:1]]


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_services_is_a_namespace_so_that_import_path_and_file_path_are_equal() -> None:
    assert not (ROOT / "services" / "__init__.py").exists()


def calls(file: Path) -> Iterator[tuple[str, int]]:
    """The dotted names of all calls in a file, with their lines."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


# Hints to other replicas through Redis: whatever may be lost. Facts go by the outbox.
HINTS = (ROOT / "services/ingest/chat/wire.py",)
CLOCKS = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
    "datetime.datetime.now", "time.time_ns",
)  # fmt: skip


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_service_neither_commits_nor_publishes_nor_reads_the_clock(file: Path) -> None:
    forbidden = [
        f"{file.relative_to(ROOT)}:{line} calls {name}"
        for name, line in calls(file)
        if name in CLOCKS
        or name.endswith((".commit", ".rollback"))
        or name.rpartition(".")[2] in ("AIOKafkaProducer", "KafkaBroker", "create_async_engine")
        or (name.endswith((".publish", ".send_batch", ".send_and_wait")) and file not in HINTS)
    ]
    assert forbidden == []


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_service_imports_no_kafka_client_and_no_driver(file: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(file.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not {
        name for name in imported if name.split(".")[0] in ("aiokafka", "faststream", "asyncpg")
    }


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: str(file.relative_to(ROOT)))
def test_sql_stands_in_repositories_and_tables_only(file: Path) -> None:
    parts = file.relative_to(ROOT / "services").parts
    if {"repository", "repository.py", "tables", "tables.py", "migrations"} & set(parts):
        return
    tree = ast.parse(file.read_text())
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert not {name for name in modules if name.split(".")[0] == "sqlalchemy"}


def test_no_file_is_named_for_nothing() -> None:
    names = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
    assert [file for file in SHIPPED if file.stem in names] == []
