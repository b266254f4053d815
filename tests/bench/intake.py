"""HTTP intake alone: mails accepted per second by 64 clients that wait for each answer."""

import time

from tests.bench import tenant as tenants
from tests.bench.figures import Figure, at_least, told
from tests.bench.http_load import post_all
from tests.bench.servers import Servers
from tests.bench.suite import mail, scaled

MAILS, CLIENTS = 12_000, 64
ACCEPTED_PER_SECOND = 1_500.0


async def run(servers: Servers) -> list[Figure]:
    """Figures: accepted/s, answers other than 202. The other services are stopped for it."""
    suite = servers.suite()
    tenant = f"bench-intake-{int(time.time())}"
    token = await tenants.make(suite, tenant)
    others = [process for name, process in suite.services.items() if name != "ingest"]
    for process in others:
        process.stop()
    url = f"{suite.addresses['ingest']}/v1/email/messages?channel=email"
    bodies = [mail(tenant, number) for number in range(MAILS)]
    begun = time.perf_counter()
    answers = await post_all(url, token, "message/rfc822", bodies, CLIENTS)
    seconds = time.perf_counter() - begun
    for process in others:
        process.start()
    suite.wait_ready()
    rate = answers.accepted / seconds
    return [
        at_least("intake: accepted/s, 64 clients", rate, "mails/s",
                 scaled(ACCEPTED_PER_SECOND, servers)),
        told("intake: not accepted", MAILS - answers.accepted, ""),
    ]  # fmt: skip
