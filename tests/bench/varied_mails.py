"""Small mails of many kinds: texts and markup, languages, character sets, files, answers, noise."""

import random
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

_TEXTS = {
    "utf-8": "Guten Tag, die Rechnung für März fehlt noch immer. Können Sie das bitte prüfen? ",
    "iso-8859-1": "Bonjour, la facture du mois passé n'est toujours pas arrivée chez nous. ",
    "iso-2022-jp": "先月の請求書がまだ届いていません。ご確認をお願いします。",
    "koi8-r": "Здравствуйте, счёт за прошлый месяц так и не пришёл. Проверьте, пожалуйста. ",
    "us-ascii": "Hello, the invoice of last month has not come. Would you have a look, please? ",
}
_CHARSETS = tuple(_TEXTS)


def varied(tenant: str, number: int) -> bytes:
    """The `number`-th mail, of 1 to 30 KB; every third answers the one before it."""
    chance = random.Random(f"{tenant}/{number}")
    charset = _CHARSETS[number % len(_CHARSETS)]
    mail = _head(tenant, number, chance)
    text = "\n\n".join(_TEXTS[charset] * chance.randint(1, 4) for _ in range(chance.randint(1, 8)))
    if number % 3 == 2:
        text += "\n\nOn Mon, 2 Mar 2026 at 09:30, Support wrote:\n> " + text.replace("\n", "\n> ")
    encodings = ("quoted-printable", "base64")
    mail.set_content(text + "\n", charset=charset, cte=encodings[number % 2])
    if number % 4 == 1:
        paragraphs = "".join(f"<p>{_TEXTS['utf-8']}{chance.random()}</p>" for _ in range(20))
        mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    if number % 7 == 3:
        name = f"file-{number}.pdf"
        mail.add_attachment(
            chance.randbytes(chance.randint(500, 15_000)),
            maintype="application", subtype="pdf", filename=name,
        )  # fmt: skip
    raw = mail.as_bytes()
    # One in eleven is cut off somewhere, as mails that come from elsewhere are.
    return raw[: chance.randint(len(raw) // 2, len(raw))] if number % 11 == 10 else raw


def _head(tenant: str, number: int, chance: random.Random) -> EmailMessage:
    mail = EmailMessage()
    writer = f"customer{number - number % 3}"
    mail["From"] = f"Customer Ünïque {number} <{writer}@{tenant}.example>"
    mail["To"] = f"help@{tenant}.example"
    mail["Subject"] = f"{'Re: ' if number % 3 == 2 else ''}Question {number - number % 3}"
    mail["Message-ID"] = f"<{number}@{tenant}.example>"
    mail["Date"] = format_datetime(datetime.now(UTC))
    if number % 3 == 2:
        mail["In-Reply-To"] = f"<{number - 1}@{tenant}.example>"
    if number % 13 == 5:
        mail["Auto-Submitted"] = "auto-replied"
    for hop in range(chance.randint(0, 6)):
        mail["X-Hop"] = f"relay{hop}-{chance.getrandbits(64):x}.example"
    return mail
