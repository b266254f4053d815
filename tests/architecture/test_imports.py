"""Who may import whom, and what only the shared parts may do."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
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


@cache
def parsed(file: Path) -> tuple[ast.AST, ...]:
    """Everything in a file."""
    return tuple(ast.walk(ast.parse(file.read_text())))


def uses(tree: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """The dotted names of everything that is used, by what was imported, with their lines."""
    nodes = list(tree)
    known = dict(chain.from_iterable(imported(node) for node in nodes))
    for node in nodes:
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = dotted(node).partition(".")
            yield known.get(first, first) + dot + rest, node.lineno


def imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What an import calls things, and their whole names."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            if alias.asname or module:
                yield alias.asname or alias.name, module + alias.name


def dotted(node: ast.AST) -> str:
    """A name as it is written; `…` for what is reckoned: `open(file).read` is `….read`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "…"


def imports(file: Path) -> set[str]:
    """The modules that a file imports, or imports from."""
    names = {
        alias.name for node in parsed(file) if isinstance(node, ast.Import) for alias in node.names
    }
    return names | {n.module or "" for n in parsed(file) if isinstance(n, ast.ImportFrom)}


# Hints to other replicas through Redis: whatever may be lost. Facts go by the outbox.
HINTS = (ROOT / "services/ingest/chat/wire.py",)
CLOCKS = (
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
    "datetime.date.today", "time.time", "time.time_ns", "time.localtime", "time.gmtime",
    "time.clock_gettime", "time.clock_gettime_ns",
)  # fmt: skip


def forbidden(tree: Iterable[ast.AST], *, hints: bool = False) -> list[tuple[str, int]]:
    """What a service must leave to shared, with the lines. hints: it may publish hints."""
    return [
        (name, line)
        for name, line in uses(tree)
        if not name.startswith("services.")
        if name in CLOCKS
        or name.endswith((".commit", ".rollback"))
        or name.rpartition(".")[2] in ("AIOKafkaProducer", "KafkaBroker", "create_async_engine")
        or (name.endswith((".publish", ".send_batch", ".send_and_wait")) and not hints)
    ]


def test_a_service_neither_commits_nor_publishes_nor_reads_the_clock() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line} uses {name}"
        for file in SERVICES
        for name, line in forbidden(parsed(file), hints=file in HINTS)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "import datetime as dt; dt.datetime.now()",
        "from datetime import date as D; D.today()",
        "from datetime import datetime; now = datetime.now",
        "from time import time; time()",
        "import time as _t; _t.time()",
        "keep = session.commit; keep()",
    ],
)
def test_another_name_hides_nothing_from_these_tests(code: str) -> None:
    assert forbidden(ast.walk(ast.parse(code)))


def test_a_service_imports_no_kafka_client_and_no_driver() -> None:
    assert importing(SERVICES, "aiokafka", "faststream", "asyncpg") == []


def test_sql_stands_in_repositories_and_tables_only() -> None:
    allowed = {"repository", "repository.py", "tables", "tables.py", "migrations"}
    rest = [f for f in SERVICES if not allowed & set(f.relative_to(ROOT / "services").parts)]
    assert importing(rest, "sqlalchemy") == []


def importing(files: Iterable[Path], *packages: str) -> list[str]:
    """The files that import something of these packages."""
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imports(file)
        if name.split(".")[0] in packages
    ]


def test_no_file_is_named_for_nothing() -> None:
    names = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
    assert [file for file in SHIPPED if file.stem in names] == []
