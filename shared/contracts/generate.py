"""What is generated from the catalog and committed, and whether it is up to date."""

from pathlib import Path

from .asyncapi import document
from .manifests import all_manifests
from .released import as_json
from .schemas import all_schemas

ROOT = Path(__file__).parents[2]
SCHEMAS = Path("shared/contracts/schemas")
MANIFESTS = Path("deploy/topics")


def generated() -> dict[Path, str]:
    """The text of every generated file by its path below the root of the repository."""
    files = {SCHEMAS / f"{name}.json": as_json(schema) for name, schema in all_schemas().items()}
    files[Path("shared/contracts/asyncapi.json")] = as_json(document())
    return files | {MANIFESTS / name: text for name, text in all_manifests().items()}


def generate(root: Path = ROOT) -> list[Path]:
    """Write what is stale and remove what is no longer generated; returns those paths."""
    files = generated()
    changed = stale(root, files)
    for path in changed:
        if path not in files:
            (root / path).unlink()
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(files[path], encoding="utf-8")
    return changed


def stale(root: Path = ROOT, files: dict[Path, str] | None = None) -> list[Path]:
    """The paths that differ from what would be generated now, are missing, or are too many."""
    wanted = generated() if files is None else files
    found = {
        path.relative_to(root)
        for folder, kind in ((SCHEMAS, "*.json"), (MANIFESTS, "*.yaml"))
        for path in (root / folder).glob(kind)
    }
    return sorted(
        path
        for path in wanted.keys() | found
        if path not in wanted or _text(root / path) != wanted[path]
    )


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
