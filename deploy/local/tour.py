"""The tour of README.md: what `make run` prints, and what a test walks through."""

import re
from collections.abc import Iterator, Mapping

from deploy.local.ports import DOCUMENTED
from deploy.local.processes import CHECKOUT

README = CHECKOUT / "README.md"


def steps(ports: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """Each step: its title, and the blocks of shell commands in it, for a suite on these ports."""
    tour = README.read_text().partition("## A tour of five minutes\n")[2].partition("\n## ")[0]
    for step in re.split(r"^(?=\*\*\d+\. )", tour, flags=re.MULTILINE)[1:]:
        title = " ".join(step.split("**")[1].split())
        blocks = re.findall(r"^```sh\n(.*?)^```$", step, re.MULTILINE | re.DOTALL)
        yield title, [_on(block, ports) for block in blocks]


def script(ports: Mapping[str, int]) -> str:
    """All of it as one text that can be copied into a shell piece by piece."""
    return "\n".join(
        "\n".join([f"# {title.rstrip('.,:')}", *(block.rstrip() for block in blocks), ""])
        for title, blocks in steps(ports)
    )


def _on(block: str, ports: Mapping[str, int]) -> str:
    for name, port in DOCUMENTED.items():
        block = block.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ports[name]}")
    return block
