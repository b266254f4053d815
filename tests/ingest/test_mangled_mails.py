"""Real mails, mangled: none crashes its reader, holds it up, or is lost.

This is the short form; the long one is in tests/faults.
"""

import os

from services.ingest.domain.languages import language_of
from tests.ingest.mangling import examined, mangled

RUNS = 300
SEED = int(os.environ.get("SEED") or 1)


def test_mangled_mails_are_read_in_time_and_say_what_is_left_of_them() -> None:
    language_of("The model is loaded once, before anybody's time is taken.")
    for number, raw in enumerate(mangled(RUNS, SEED)):
        try:
            examined(raw)
        except Exception as error:
            raise AssertionError(f"SEED={SEED}, mail {number} of it: {raw[:300]!r}…") from error
