"""What each network sends when somebody writes; made up after the networks' documentation."""

from typing import Any

TEXTS: dict[str, str] = {
    "whatsapp": "Where is parcel 17?",
    "messenger": "Do you ship to Oslo?",
    "instagram": "Is the blue one back?",
    "telegram": "Как вернуть заказ?",
    "line": "注文をキャンセルしたいです",
    "x": "@larkspur_help my invoice is wrong again",
    "twilio-sms": "Stop sending me the wrong size",
    "twilio-whatsapp": "Hola, ¿dónde está mi pedido?",
    "webhook": "Zalo nói xin chào",
}


def whatsapp(*messages: Any, statuses: Any = (), name: str = "Ada") -> dict[str, Any]:
    """A webhook of the number 5550001."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "5550001"},
        "contacts": [{"profile": {"name": name}, "wa_id": "4712345678"}],
        "messages": list(messages), "statuses": list(statuses),
    }  # fmt: skip
    change = {"field": "messages", "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def whatsapp_message(id: str = "wamid.A1", **what: Any) -> dict[str, Any]:
    """One message of Ada's."""
    text = {"type": "text", "text": {"body": TEXTS["whatsapp"]}}
    return {"from": "4712345678", "id": id, "timestamp": "1772443800", **(what or text)}


def messenger(*events: Any, object: str = "page") -> dict[str, Any]:
    """A webhook of page 900."""
    return {"object": object, "entry": [{"id": "900", "time": 1, "messaging": list(events)}]}


def messaging(**what: Any) -> dict[str, Any]:
    """Something that the person 8001 did."""
    return {
        "sender": {"id": "8001"}, "recipient": {"id": "900"}, "timestamp": 1772443800123, **what
    }  # fmt: skip


def telegram(**message: Any) -> dict[str, Any]:
    """An update with a message of Oleg's."""
    given = {
        "message_id": 41, "date": 1772443800,
        "chat": {"id": 3003, "type": "private", "first_name": "Oleg"},
        "from": {"id": 3003, "is_bot": False, "first_name": "Oleg", "last_name": "B"},
    }  # fmt: skip
    return {"update_id": 7, "message": given | message}


def line(*events: Any) -> dict[str, Any]:
    """A webhook of a LINE channel."""
    return {"destination": "U0", "events": list(events)}


def line_event(**message: Any) -> dict[str, Any]:
    """A message of the user U77."""
    return {
        "type": "message", "mode": "active", "timestamp": 1772443800123,
        "source": {"type": "user", "userId": "U77"}, "webhookEventId": "01H", "replyToken": "r",
        "deliveryContext": {"isRedelivery": False}, "message": message,
    }  # fmt: skip


def x_post(text: str = TEXTS["x"], **what: Any) -> dict[str, Any]:
    """A webhook with a mention of the account 100."""
    post = {
        "id_str": "5001", "text": text, "timestamp_ms": "1772443800123", "lang": "en",
        "user": {"id_str": "200", "name": "Pat", "screen_name": "pat", "followers_count": 1200},
    }  # fmt: skip
    return {"for_user_id": "100", "tweet_create_events": [post | what]}


BODIES: dict[str, Any] = {
    "whatsapp": whatsapp(whatsapp_message()),
    "messenger": messenger(messaging(message={"mid": "m_1", "text": TEXTS["messenger"]})),
    "instagram": messenger(
        messaging(message={"mid": "ig_1", "text": TEXTS["instagram"]}), object="instagram"
    ),
    "telegram": telegram(text=TEXTS["telegram"]),
    "line": line(line_event(id="L1", type="text", text=TEXTS["line"])),
    "x": x_post(),
    "twilio-sms": {
        "MessageSid": "SM1", "From": "+4712345678", "To": "+15550001111", "NumMedia": "0",
        "Body": TEXTS["twilio-sms"], "SmsStatus": "received",
    },
    "twilio-whatsapp": {
        "MessageSid": "SM2", "From": "whatsapp:+34600000000", "To": "whatsapp:+15550001111",
        "Body": TEXTS["twilio-whatsapp"], "ProfileName": "Lola",
    },
    "webhook": {
        "messages": [
            {"id": "z1", "thread": "t9", "author": {"id": "u5", "name": "An"},
             "text": TEXTS["webhook"], "sent_at": "2026-03-02T09:30:00Z"}
        ]
    },
}  # fmt: skip
"""One person's message on each network."""
