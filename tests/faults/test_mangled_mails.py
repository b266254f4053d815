"""20,000 mails that were mangled or never were any: no crash, no hang over 2 s, no loss."""

from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.domain.languages import language_of
from tests.faults.lab import SEED
from tests.ingest.mangling import examined, mangled

pytestmark = [pytest.mark.faults, pytest.mark.faults_long]

RUNS = 19_000
BYTES = 1_000
SHARES = 20

HEADERS = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=x\n", b"Content-Type: text/html\n", b"\n\n",
        b"Content-Transfer-Encoding: base64\n", b"Subject: =?utf-8?b?", b"--x\n", b"--x--\n",
        b"Content-Type: message/rfc822\n\n", b"From: ", b"Content-Type: application/ms-tnef\n\n",
        b"\x78\x9f\x3e\x22\x01\x00\x02\x02\x90\x06\x00", b"begin 644 x\n",
    ]
)  # fmt: skip


def share(number: int) -> list[str]:
    """What went wrong in one share of the mangled mails."""
    language_of("The model is loaded once, before anybody's time is taken.")
    seed, wrong = SEED * SHARES + number, []
    for at, raw in enumerate(mangled(RUNS // SHARES, seed)):
        try:
            examined(raw)
        except Exception as error:
            wrong.append(f"seed {seed}, mail {at}: {error!r}: {raw[:200]!r}")
    return wrong


def test_mangled_mails_are_read_in_time_and_say_what_is_left_of_them() -> None:
    with ProcessPoolExecutor(2) as pool:
        wrong = [one for found in pool.map(share, range(SHARES)) for one in found]
    assert not wrong, "\n".join(wrong[:5])


@settings(max_examples=BYTES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=300) | HEADERS, max_size=30).map(b"".join))
def test_bytes_that_never_were_a_mail_are_read_as_one(raw: bytes) -> None:
    examined(raw)
