"""`python -m services.sla consume|relay|api|tick|migrate|all`."""

from services.sla.app import build
from shared.service import run

if __name__ == "__main__":
    run.main(build)
