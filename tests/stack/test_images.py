"""What the Dockerfile and compose.yaml rest on; building needs an engine and is not tried here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose.package_names import SERVICES, packages
from deploy.compose.select_lock import select
from deploy.local.ports import DOCUMENTED
from deploy.local.processes import CHECKOUT
from deploy.local.suite import MEMORY

# Refuses to import what the image of a service does not hold.
GUARDED_IMPORT = """
import importlib, importlib.metadata, json, re, sys

service, held = sys.argv[1], set(json.loads(sys.argv[2]))
homes = importlib.metadata.packages_distributions()

class Missing:
    def find_spec(self, name, path=None, target=None):
        owners = homes.get(name.partition(".")[0], [])
        names = {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
        if names and not names & held or name.startswith(("shared.testing", "deploy")):
            raise ModuleNotFoundError(f"{name} is not in the image")

sys.meta_path.insert(0, Missing())
importlib.import_module(f"services.{service}.__main__")
"""


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHECKOUT / "deploy" / "compose.yaml").read_text())
    return found


def test_the_lists_of_packages_are_up_to_date() -> None:
    written = json.loads((CHECKOUT / "deploy" / "compose" / "packages.json").read_text())
    assert written == packages(), "run `python -m deploy.compose.package_names`"


@pytest.mark.parametrize("service", SERVICES)
def test_the_lock_of_a_service_pins_each_of_its_packages_by_hash(service: str) -> None:
    lock = select((CHECKOUT / "requirements.lock").read_text(), set(packages()[service]))
    lines = lock.splitlines()
    pins = [number for number, line in enumerate(lines) if "==" in line.partition(" ;")[0]]
    assert len(pins) == len(packages()[service])
    assert all(lines[number + 1].strip().startswith("--hash=sha256:") for number in pins)


def test_a_package_that_the_lock_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not in .*: unheard-of"):
        select("known==1 \\\n    --hash=sha256:00\n", {"known", "unheard-of"})


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_the_packages_of_its_image_alone(service: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARDED_IMPORT, service, json.dumps(packages()[service])],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_compose_runs_the_five_services_at_their_documented_ports() -> None:
    services = _compose()["services"]
    for name in SERVICES:
        assert services[name]["ports"] == [f"127.0.0.1:{DOCUMENTED[name]}:8000"]
        assert services[name]["environment"]["DATABASE_URL"].endswith(f"@postgres/{name}")


def test_compose_waits_for_health_before_it_starts_a_service() -> None:
    services = _compose()["services"]
    for name in SERVICES:
        for other, wanted in services[name]["depends_on"].items():
            assert other in services
            assert wanted["condition"] != "service_healthy" or "healthcheck" in services[other]
        assert f"{name}-tables" in services[name]["depends_on"]


def test_compose_mounts_files_that_are_there() -> None:
    services = _compose()["services"].values()
    mounts = [mount for service in services for mount in service.get("volumes", [])]
    sources = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    assert sources
    assert all(Path(CHECKOUT, "deploy", source).exists() for source in sources)


def test_the_image_and_the_local_stack_give_memory_back_in_the_same_way() -> None:
    image = (CHECKOUT / "deploy/Dockerfile").read_text()
    assert all(f"{name}={value}" in image for name, value in MEMORY.items())
