"""Releases of the stable types, under `released/<version>/`, and the gate that holds to them."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from .catalog import TYPES, stability
from .compat import Change, Schema, changes
from .schemas import ENVELOPE, all_schemas

HERE = Path(__file__).parent
RELEASED = HERE / "released"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


class ReleaseRefused(Exception):
    """The release cannot be made; the message says why."""


def release(version: str, folder: Path = RELEASED) -> Path:
    """Keep the stable schemas and their examples for ever, as `<folder>/<version>/`.

    With them goes what the latest release holds, also where the catalog calls it a draft today.
    Raises ReleaseRefused if the version is not the highest, or breaks an earlier release.
    """
    if not _VERSION.fullmatch(version):
        raise ReleaseRefused(f"{version} is no version such as 1.2.0")
    newest = max(versions(folder), key=_numbers, default=None)
    if newest is not None and _numbers(version) <= _numbers(newest):
        raise ReleaseRefused(f"{version} is not above {newest}, the latest release")
    refused = [change for _, change in gate(folder) if not change.allowed]
    if refused:
        raise ReleaseRefused("\n".join(map(str, refused)))
    target = folder / version
    for name in {*stable(), *_held(folder, newest)}:
        _keep(name, target)
    return target


def _held(folder: Path, version: str | None) -> list[str]:
    """The names of the schemas in a release."""
    schemas = folder / version / "schemas" if version else folder
    return sorted(path.stem for path in schemas.glob("*.json"))


def _keep(name: str, target: Path) -> None:
    path = target / "schemas" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(all_schemas()[name]), encoding="utf-8")
    if name in TYPES:
        shutil.copytree(HERE / "examples" / name, target / "examples" / name)


def as_json(document: object) -> str:
    """JSON as it is committed: indented, in the catalog's order, every script readable."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def stable() -> list[str]:
    """The names of all schemas that are stable now: the envelope and the stable types."""
    return [ENVELOPE, *(name for name in sorted(TYPES) if stability(name) == "stable")]


def versions(folder: Path = RELEASED) -> list[str]:
    """The releases made so far, oldest first."""
    found = [path.name for path in folder.glob("*") if _VERSION.fullmatch(path.name)]
    return sorted(found, key=_numbers)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def gate(
    folder: Path = RELEASED, schemas: Mapping[str, Schema] | None = None
) -> Iterator[tuple[str, Change]]:
    """Every change since the latest release, with the name of its schema.

    What is in a release stays stable for good, whatever the catalog says of it today.
    """
    now = all_schemas() if schemas is None else schemas
    for version in versions(folder)[-1:]:
        for path in sorted((folder / version / "schemas").glob("*.json")):
            old = json.loads(path.read_text(encoding="utf-8"))
            if path.stem not in now:
                yield path.stem, Change("", "the type was removed", "consumers first")
                continue
            for change in changes(old, now[path.stem]):
                yield path.stem, change
