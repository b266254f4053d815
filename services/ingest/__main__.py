"""`python -m services.ingest <role>`."""

from services.ingest.app import build
from shared.service import run

if __name__ == "__main__":
    run.main(build)
