"""`python -m services.sla <role>`, and `calendar`, which needs no service."""

from services.sla.cases import CALENDAR
from shared import tools

if __name__ == "__main__":
    tools.main([CALENDAR])
    # The whole service takes a second to import, which its tools do without.
    from services.sla.app import build
    from shared.service import run

    run.main(build, [CALENDAR])
