"""ingest's Prometheus metrics: each with what it means and its unit."""

from typing import Final

from prometheus_client import Counter, Gauge

MAILS_ACCEPTED: Final = Counter(
    "support_ingest_mails_accepted_total", "Raw mails taken over HTTP, repeats included"
)
MAILS_REFUSED: Final = Counter(
    "support_ingest_mails_refused_total", "Raw mails put off with a 503, by what was short", ["why"]
)
DELIVERIES: Final = Counter(
    "support_ingest_deliveries_total", "Attempts to deliver, by the state after them", ["state"]
)
SENDING: Final = Gauge("support_ingest_sending", "Deliveries that this process is sending now")
