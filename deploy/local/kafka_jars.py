"""Apache Kafka's jars, fetched once by Maven, and whether this machine can run them."""

import fcntl
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from deploy.local.processes import CHECKOUT, Program
from deploy.local.stack import Stack

RECIPES = Path(__file__).parent / "kafka"
LIBS = CHECKOUT / ".run" / "kafka" / "libs"


@cache
def missing() -> str | None:
    """What keeps this machine from running Apache Kafka, in words, or None when nothing does."""
    if os.environ.get("STACK_KAFKA") == "tansu":
        return "STACK_KAFKA=tansu asks for the Tansu broker"
    java = _java_version()
    if java is None or java < 17:
        return f"Java 17 or newer is missing (found {java or 'none'})"
    if not LIBS.exists() and shutil.which("mvn") is None:
        return "Maven (mvn) is missing"
    return None


def _java_version() -> int | None:
    if shutil.which("java") is None:
        return None
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else None


def fetch(stack: Stack) -> None:
    """Have Maven copy the jars (43 MB) into LIBS, unless they are there."""
    if LIBS.exists():
        return
    LIBS.parent.mkdir(parents=True, exist_ok=True)
    with (LIBS.parent / "lock").open("w") as lock:
        # Several sessions may want them at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not LIBS.exists():
            _copy_jars(stack, LIBS)


def _copy_jars(stack: Stack, libs: Path) -> None:
    draft = libs.with_name("draft")
    shutil.rmtree(draft, ignore_errors=True)
    command = (
        *("mvn", "--quiet", "--batch-mode", "--file", str(RECIPES / "pom.xml")),
        *("dependency:copy-dependencies", "-DincludeScope=runtime"),
        f"-DoutputDirectory={draft}",
    )
    stack.complete(Program(name="maven", command=command))
    draft.rename(libs)
