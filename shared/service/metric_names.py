"""The Prometheus metrics of the HTTP edge: each with what it means and its unit.

The delivery engine's are in `shared/messaging/metric_names.py`; a service adds its own in a module
of the same name.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUESTS: Final = Counter(
    "support_http_requests_total",
    "Answered HTTP requests, by route template and status",
    ["method", "route", "status"],
)
REQUEST_SECONDS: Final = Histogram(
    "support_http_request_seconds",
    "Time from the request's headers to the end of the answer, seconds",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REPLAYED: Final = Counter(
    "support_http_replayed_total", "Commands answered from their Idempotency-Key, not done again"
)
REFUSED_TOKENS: Final = Counter(
    "support_http_refused_tokens_total",
    "Requests without a good token (401) or without a scope (403)",
    ["status"],
)
READY: Final = Gauge("support_ready", "1 while /ready would answer 200, by its last evaluation")
