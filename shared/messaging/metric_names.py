"""The engine's Prometheus metrics: each with what it means and its unit."""

from prometheus_client import Counter, Gauge, Histogram

APPLIED = Counter("support_records_applied_total", "Records whose effects are stored", ["consumer"])
DUPLICATES = Counter(
    "support_records_duplicate_total", "Records that the inbox had seen before", ["consumer"]
)
PARKED = Counter(
    "support_records_parked_total", "Records set aside for an operator", ["consumer", "reason"]
)
RETRIES = Counter(
    "support_batch_retries_total", "Batches put back after a passing failure", ["consumer"]
)
BATCH_SECONDS = Histogram(
    "support_batch_seconds", "Time from a batch's first record to its commit, seconds", ["consumer"]
)
LAG_RECORDS = Gauge(
    "support_consumer_lag_records", "Records not applied yet", ["consumer", "topic", "partition"]
)
STOPPED = Gauge(
    "support_partition_stopped", "1 while the breaker or an alarm has stopped the partition",
    ["consumer", "topic", "partition"],
)  # fmt: skip
PUBLISHED = Counter(
    "support_outbox_published_total", "Outbox rows acknowledged by Kafka", ["topic"]
)
OUTBOX_ROWS = Gauge("support_outbox_rows", "Outbox rows waiting to be published (estimate)")
OUTBOX_AGE_SECONDS = Gauge("support_outbox_age_seconds", "Age of the oldest outbox row, seconds")
REFUSED = Gauge("support_outbox_refused_rows", "Outbox rows that Kafka refuses for good")
RELAY_SHARDS = Gauge("support_relay_shards", "Outbox shards that this process publishes")
TIMERS_FIRED = Counter("support_timers_fired_total", "Timer rows that came due", ["timer"])
INTAKE_GROUP = Histogram(
    "support_intake_group_requests", "Requests committed by one transaction",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
)  # fmt: skip
INBOX_DAYS_AHEAD = Gauge("support_inbox_days_ahead", "Days for which the inbox has partitions")
