"""`python -m services.router consume|relay|api|tick|migrate|all|parked …`"""

from services.router.app import build
from shared.service import run

if __name__ == "__main__":
    run.main(build)
