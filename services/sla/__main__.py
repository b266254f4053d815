"""`python -m services.sla <role>`, and `calendar`, which needs no service."""

from services.sla.app import build
from services.sla.cases import CALENDAR
from shared.service import run

if __name__ == "__main__":
    run.main(build, [CALENDAR])
