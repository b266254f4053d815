"""The delivery engine: Kafka batches to database transactions and back, nothing lost or doubled.

A service declares a Consumer (name, topics, types, use case) and gets inbox, outbox, parking,
offsets and watchdog. The rules are DESIGN §4; README.md beside this file says how they are kept.
"""

from shared.messaging.compacted import Compacted, compacted_consumer
from shared.messaging.consume import Consumption
from shared.messaging.consumer import Consumer, Handler, Prepare
from shared.messaging.events import Cause, Received, command_cause, timer_cause
from shared.messaging.ids import derived_id, new_id, sequence
from shared.messaging.intake import Intake
from shared.messaging.outbox import Outbox
from shared.messaging.outbox_rows import OutboxConnection
from shared.messaging.relay import Relay
from shared.messaging.resync import Restate, restated, resync
from shared.messaging.settings import KafkaSettings
from shared.messaging.timers import Timer, run_timer
from shared.messaging.unit import UnitOfWork

__all__ = [
    "Cause", "Compacted", "Consumer", "Consumption", "Handler", "Intake", "KafkaSettings",
    "Outbox", "OutboxConnection", "Prepare", "Received", "Relay", "Restate", "Timer", "UnitOfWork",
    "command_cause", "compacted_consumer", "derived_id", "new_id", "restated", "resync",
    "run_timer", "sequence",
    "timer_cause",
]  # fmt: skip
