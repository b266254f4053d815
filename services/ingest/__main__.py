"""`python -m services.ingest <role>`, and the commands of commands.py."""

from services.ingest.app import build
from services.ingest.commands import COMMANDS
from shared.service import run

if __name__ == "__main__":
    run.main(build, COMMANDS)
