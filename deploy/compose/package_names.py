"""Which packages each image holds: `python -m deploy.compose.package_names` writes packages.json.

Walks the extras of pyproject.toml through the metadata of what is installed; `select_lock.py` makes
an image's lock from the names. A test holds the file up to date.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

HERE = Path(__file__).parent
SERVICES = ("ingest", "router", "sla", "metrics", "kb")
REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;(.*))?", re.DOTALL)
EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def packages() -> dict[str, list[str]]:
    """The names of the packages that each service's image holds, sorted."""
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"] | {"": project["dependencies"]}
    return {name: sorted(_closure(_own(extras, ["", name]))) for name in SERVICES}


def _own(extras: dict[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    """The requirements of these extras, following those that name others of our own."""
    for line in (line for name in names for line in extras[name]):
        package, also, _ = _parse(line)
        if package == "deskstream":
            yield from _own(extras, also)
        else:
            yield line


def _closure(requirements: Iterable[str]) -> set[str]:
    found: set[tuple[str, str]] = set()
    waiting = list(requirements)
    while waiting:
        package, extras, _ = _parse(waiting.pop())
        for extra in ["", *extras]:
            if (package, extra) not in found:
                found.add((package, extra))
                waiting += _needs(package, extra)
    return {package for package, _ in found if _is_installed(package)}


def _needs(package: str, extra: str) -> list[str]:
    """What a package asks for; conditions other than extras are left to the lock's own markers."""
    if not _is_installed(package):
        return []
    lines = distribution(package).requires or []
    return [line for line in lines if _extra_of(line) == extra]


def _extra_of(line: str) -> str:
    found = EXTRA.search(_parse(line)[2])
    return found[1] if found else ""


def _parse(line: str) -> tuple[str, list[str], str]:
    found = REQUIREMENT.match(line)
    assert found, line
    extras = [extra.strip() for extra in (found[2] or "").split(",") if extra.strip()]
    return re.sub(r"[-_.]+", "-", found[1]).lower(), extras, found[3] or ""


def _is_installed(package: str) -> bool:
    try:
        return bool(distribution(package))
    except PackageNotFoundError:
        # For another system or Python: not in this environment, and not in the images.
        return False


if __name__ == "__main__":
    (HERE / "packages.json").write_text(json.dumps(packages(), indent=1) + "\n")
