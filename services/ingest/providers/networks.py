"""The API of each network that answers are sent by."""

from collections.abc import Mapping
from typing import Final

from services.ingest.domain.accounts import Kind
from services.ingest.providers.generic import GENERIC
from services.ingest.providers.line import LINE
from services.ingest.providers.meta import INSTAGRAM, MESSENGER
from services.ingest.providers.sending import Network
from services.ingest.providers.telegram import TELEGRAM
from services.ingest.providers.twilio import SMS, WHATSAPP_BY_TWILIO
from services.ingest.providers.whatsapp import WHATSAPP
from services.ingest.providers.x import X

NETWORKS: Final[Mapping[Kind, Network]] = {
    "whatsapp": WHATSAPP,
    "messenger": MESSENGER,
    "instagram": INSTAGRAM,
    "telegram": TELEGRAM,
    "line": LINE,
    "x": X,
    "twilio-sms": SMS,
    "twilio-whatsapp": WHATSAPP_BY_TWILIO,
    "webhook": GENERIC,
}
