"""Restating: figures are announced again where Kafka holds older ones, or after a restore."""

from collections.abc import Sequence

from services.metrics.domain.figures import Key, Slice, Window
from services.metrics.repository.announcements import Announcements
from services.metrics.usecases.announcing import announce
from shared.contracts.metrics import MetricUpdated
from shared.messaging import Outbox, Received, restated
from shared.messaging.resync import PAGE
from shared.storage import Session


async def restore_figures(
    session: Session, outbox: Outbox, received: Sequence[Received[MetricUpdated]]
) -> None:
    """Announce a figure again whose old value was written behind its new one.

    A relay that dies and is replaced may send old rows once more. Readers keep the highest
    sequence, but compaction keeps the last record: so the present value must come last.
    """
    highest: dict[Key, int] = {}
    for event in received:
        key = _key(event.data)
        highest[key] = max(highest.get(key, 0), event.sequence)
    announcements = Announcements(session)
    read_before = await announcements.read_back(highest)
    windows = sorted({key.window for key in read_before})
    last = await announcements.last(windows) if windows else {}
    for event in received:
        key = _key(event.data)
        if key not in read_before:
            continue
        if event.sequence < read_before[key]:
            announce(outbox, key, last[key], event.cause)
        read_before[key] = max(read_before[key], event.sequence)


async def restate_figures(session: Session, outbox: Outbox, after: str | None) -> str | None:
    """Announce figures anew for `resync`, a page at a time."""
    page = await Announcements(session).page(after, PAGE)
    for key, published in page.figures:
        announce(outbox, key, published, restated(outbox, str(key)))
    return page.next


def _key(updated: MetricUpdated) -> Key:
    limits = list(updated.dimensions.items())
    window = Window(updated.tenant, updated.metric, updated.window, updated.window_start)  # type: ignore[arg-type]
    return Key(window, Slice(*limits[0]) if limits else Slice(None, ""))  # type: ignore[arg-type]
