"""`python -m services.ingest <role>`, and the commands of commands.py."""

from services.ingest.commands import COMMANDS
from shared import tools

if __name__ == "__main__":
    tools.main(COMMANDS)
    # The whole service takes a second to import, which its tools do without.
    from services.ingest.app import build
    from shared.service import run

    run.main(build, COMMANDS)
