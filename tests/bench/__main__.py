"""`make bench`: measures, prints the table, writes .run/bench.json; non-zero when a goal fails.

`make bench ONLY=engine` runs one part.
"""

import asyncio
import importlib
import sys

from tests.bench import figures, servers

PARTS = (
    "normalize",
    "engine",
    "sla",
    "timers",
    "compliance",
    "preview",
    "intake",
    "smtp",
    "imap",
    "memory",
    "latency",
    "chat",
    "suite",
)


async def measure(parts: tuple[str, ...]) -> list[figures.Figure]:
    """The figures of `parts`, one after another on one stack."""
    with servers.started() as stack:
        for part in parts:
            module = importlib.import_module(f"tests.bench.{part}")
            stack.found += await module.run(stack)
            print(figures.table(stack.found), flush=True)
        return stack.found


def main(arguments: list[str]) -> int:
    """Exit code 0 when every goal holds, 1 when one fails, 2 for an unknown part."""
    unknown = [part for part in arguments if part not in PARTS]
    if unknown:
        print(f"no part {unknown[0]!r}: choose from {', '.join(PARTS)}", file=sys.stderr)
        return 2
    found = asyncio.run(measure(tuple(arguments) or PARTS))
    figures.write(found)
    print("\n" + figures.table(found))
    return 0 if all(figure.holds for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
