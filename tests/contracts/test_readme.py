"""What the README shows is what happens."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

CONTRACTS = Path(__file__).parents[2] / "shared/contracts"
README = (CONTRACTS / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_its_validator_session_prints_what_it_shows() -> None:
    session = re.search(r"\$ (echo .*? validate -)\n(.*?)```", README, re.DOTALL)
    assert session
    command, shown = session.groups()
    done = subprocess.run(
        ["sh", "-c", command.replace("python", shlex.quote(sys.executable))],
        cwd=CONTRACTS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (shown, "")


def test_its_first_example_builds_a_record() -> None:
    publish, *_ = blocks("python")
    built = publish[: publish.index("await producer")]
    names: dict[str, object] = {}
    exec(compile(built, "README.md", "exec"), names)
    assert type(names["event"]).__name__ == "Event"


def test_its_examples_are_python() -> None:
    for block in blocks("python"):
        compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_it_shows_the_whole_adapters_verbatim() -> None:
    for language, file in (("python", "chat_adapter.py"), ("js", "webhook_adapter.mjs")):
        whole = (CONTRACTS / "examples_adapters" / file).read_text()
        assert whole in blocks(language), file
