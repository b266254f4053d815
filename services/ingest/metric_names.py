"""ingest's Prometheus metrics: each with what it means and its unit."""

from typing import Final

from prometheus_client import Counter, Gauge

MAILS_ACCEPTED: Final = Counter(
    "support_ingest_mails_accepted_total", "Raw mails taken over HTTP, repeats included"
)
MAILS_REFUSED: Final = Counter(
    "support_ingest_mails_refused_total", "Raw mails put off with a 503, by what was short", ["why"]
)
MAILS_TAKEN: Final = Counter(
    "support_ingest_mails_taken_total", "Raw mails taken by other ways than HTTP", ["way"]
)
MAILS_PUT_OFF: Final = Counter(
    "support_ingest_mails_put_off_total", "Mails told to come again, by way in", ["way"]
)
DELIVERIES: Final = Counter(
    "support_ingest_deliveries_total", "Attempts to deliver, by the state after them", ["state"]
)
SENDING: Final = Gauge("support_ingest_sending", "Deliveries that this process is sending now")
POSTS: Final = Counter(
    "support_ingest_posts_total", "Posts that webhooks brought, repeats included", ["network"]
)
STATUSES: Final = Counter(
    "support_ingest_delivery_statuses_total",
    "What providers said of messages of ours, and whether its delivery was found",
    ["status", "outcome"],
)
WEBHOOK_IGNORED: Final = Counter(
    "support_ingest_webhook_ignored_total",
    "What webhooks brought and nobody needs, by the network's own word for it",
    ["network", "name"],
)
WEBHOOKS_REFUSED: Final = Counter(
    "support_ingest_webhooks_refused_total",
    "Webhooks refused, by network and why",
    ["network", "why"],
)
MEDIA: Final = Counter(
    "support_ingest_media_total", "Files of posts, by what came of fetching them", ["outcome"]
)
ACCOUNT_BLOCKED: Final = Gauge(
    "support_ingest_account_blocked",
    "1 while an account's relay or provider turns the account itself away (see the log for why)",
    ["tenant", "account"],
)
QUEUED: Final = Gauge(
    "support_ingest_deliveries_queued", "Deliveries that wait, by account", ["tenant", "account"]
)
QUEUED_SECONDS: Final = Gauge(
    "support_ingest_deliveries_oldest_seconds",
    "Seconds that the oldest waiting delivery of an account has waited",
    ["tenant", "account"],
)
CHAT_SOCKETS: Final = Gauge("support_ingest_chat_sockets", "Visitors' sockets of this process")
CHAT_WIRE: Final = Gauge("support_ingest_chat_wire", "1 while Redis brings other replicas' hints")
CHAT_REFUSED: Final = Counter(
    "support_ingest_chat_refused_total", "Sockets refused or closed by us, by the reason", ["why"]
)
FILES: Final = Counter(
    "support_ingest_files_total",
    "Files sent over HTTP: kept, or refused for type or virus",
    ["end"],
)
CALL_STEPS: Final = Counter(
    "support_ingest_call_steps_total", "Steps of calls that webhooks brought, repeats included"
)
FORMS: Final = Counter(
    "support_ingest_forms_total", "Forms sent off: taken, faulty, by bots, too many", ["end"]
)
OWN_MAILS: Final = Counter(
    "support_ingest_own_mails_total", "Mails of ours that came back, stored and not announced"
)
MAILS_HELD: Final = Counter(
    "support_ingest_mails_held_total", "Mails that are held in quarantine as spam"
)
ERASED: Final = Counter(
    "support_ingest_customers_erased_total", "Customers of whom nothing is left"
)
FORGOTTEN: Final = Counter(
    "support_ingest_forgotten_total",
    "Messages handed in again that their senders wrote before they were erased; not stored",
)
BLOBS_REMOVED: Final = Counter(
    "support_ingest_blobs_removed_total", "Blobs removed, since no row names them any more"
)
MAILS_EXPIRED: Final = Counter(
    "support_ingest_mails_expired_total", "Raw mails whose bytes were removed when retention ended"
)
