"""`python -m tests.shared.service.notes <role>`."""

from shared.service import run
from tests.shared.service.notes.service import GREET, build

if __name__ == "__main__":
    run.main(build, [GREET])
