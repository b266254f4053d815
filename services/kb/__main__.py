"""`python -m services.kb consume|relay|api|tick|migrate|all`."""

from services.kb.app import build
from shared.service import run

if __name__ == "__main__":
    run.main(build)
