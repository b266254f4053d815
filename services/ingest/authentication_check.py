"""DKIM and DMARC looked up by DNS, for mails that no trusted relay has checked."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import authheaders

from services.ingest.domain.authentication import BY, read_results

NAME: Final = "deskstream"
"""What we call ourselves as the one who checked."""

DnsText = Callable[..., Any]
"""Finds the TXT record of a name, as dkimpy and authheaders call it."""

# Threads of their own: a resolver that hangs takes these, and none that other work waits for.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="dns")


async def check(
    mails: Sequence[tuple[bytes, str | None]], seconds: float, dns: DnsText | None = None
) -> list[dict[str, str]]:
    """The DKIM and DMARC results of each mail; `temperror` where the time was up first.

    mails: the bytes of each, and the address that it is taken to come from.

    SPF is left to relays: it needs the address that connected, which no event carries.
    """
    loop = asyncio.get_running_loop()
    tasks = [
        loop.run_in_executor(_THREADS, partial(_checked, raw, sender, dns)) for raw, sender in mails
    ]
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
    late = {BY: NAME, "dkim": "temperror", "dmarc": "temperror"}
    results = [task.result() if task.done() else late for task in tasks]
    for task in tasks:
        task.cancel()
    return results


def _checked(raw: bytes, sender: str | None, dns: DnsText | None) -> dict[str, str]:
    try:
        return read_results(_results(raw, dns), sender)
    except Exception:  # whatever the library makes of a broken mail, the mail itself goes on
        return {BY: NAME, "dkim": "permerror", "dmarc": "permerror"}


def _results(raw: bytes, dns: DnsText | None) -> str:
    written: str = authheaders.authenticate_message(
        raw, NAME, spf=False, dkim=True, dmarc=True, dnsfunc=dns
    )
    return written.partition(":")[2]
