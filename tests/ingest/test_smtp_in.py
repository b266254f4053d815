"""Mails by SMTP and LMTP: what is taken, what is refused, and what every answer means."""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from services.ingest import tables
from services.ingest.app import build
from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.listener import MailListener
from services.ingest.mail_in.room import NoRoom, Room
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.contracts.inbound import InboundEmailReceived
from shared.messaging import UnitOfWork
from shared.storage import BlobStore
from tests.ingest.certificates import Certificate
from tests.ingest.mailroom import Mailroom, letter

T = TypeVar("T")
HELP = "help@demo.example"


class Desk:
    """A listener at work on free ports, and its pressure to be set."""

    def __init__(self, listener: MailListener, pressure: Pressure) -> None:
        self.ports = listener.ports
        self.pressure = pressure

    async def smtp(self, talk: Callable[[smtplib.SMTP], T]) -> T:
        """Talks to the listener as a real client does, in a thread."""
        return await asyncio.to_thread(self._talk, smtplib.SMTP, self.ports.get("smtp"), talk)

    async def lmtp(self, talk: Callable[[smtplib.SMTP], T]) -> T:
        return await asyncio.to_thread(self._talk, smtplib.LMTP, self.ports.get("lmtp"), talk)

    def _talk(self, kind: Any, port: int, talk: Callable[[Any], T]) -> T:
        with kind("127.0.0.1", port) as client:
            if kind is smtplib.SMTP:
                client.ehlo("client.example")
            return talk(client)

    async def send(self, raw: bytes, to: str | Iterable[str] = HELP) -> dict[str, Any]:
        to = [to] if isinstance(to, str) else list(to)
        return await self.smtp(lambda client: client.sendmail("ana@example.com", to, raw))


@pytest.fixture
async def listening(
    unit: UnitOfWork, blobs: BlobStore, settings: IngestSettings, mailroom: Mailroom
) -> Any:
    @asynccontextmanager
    async def open_desk(**changed: Any) -> AsyncIterator[Desk]:
        ports = {"listen_smtp_port": 0, "listen_lmtp_port": 0}
        ours = settings.model_copy(update=ports | changed)
        pressure = Pressure(unit.database, ours)
        door = MailDoor(unit, blobs, pressure, memory=ours.mail_memory, longest=ours.mail_limit)
        listener, stop = MailListener(door, ours), asyncio.Event()
        serving = asyncio.create_task(listener.run(stop))
        await listener.listening.wait()
        try:
            yield Desk(listener, pressure)
        finally:
            stop.set()
            await serving

    return open_desk


async def test_a_mail_is_stored_byte_for_byte_before_the_250_with_its_envelope(
    listening: Any, mailroom: Mailroom
) -> None:
    raw = letter(text="..dots\r\n.\r\nbare \n and \r stay, \xe4\xff too, and so does the end")
    async with listening() as desk:
        code, text = await desk.smtp(lambda client: _deliver(client, raw))
    assert code == 250
    [row] = await mailroom.rows(tables.raw_mail)
    assert (row.body, row.tenant, row.account) == (raw, "demo", "mail")
    assert str(row.id) in text
    [event] = await mailroom.announced(InboundEmailReceived)
    assert (event.data.envelope_from, event.data.envelope_to) == ("ana@example.com", (HELP,))


async def test_plus_details_bounces_and_other_spellings_find_their_account(
    listening: Any, mailroom: Mailroom
) -> None:
    async with listening() as desk:
        await desk.send(letter("<1@x>"), "HELP+ab12@Demo.Example")
        await desk.smtp(lambda client: client.sendmail("", [HELP], letter("<2@x>")))
    first, second = [event.data for event in await mailroom.announced(InboundEmailReceived)]
    assert first.envelope_to == ("HELP+ab12@Demo.Example",)
    assert second.envelope_from is None


async def test_a_mail_to_two_tenants_is_stored_for_each_and_to_two_addresses_of_one_once(
    listening: Any, mailroom: Mailroom
) -> None:
    async with listening() as desk:
        both = [HELP, "help@other.example", "help+again@demo.example"]
        assert await desk.send(letter(), both) == {}
    rows = await mailroom.rows(tables.raw_mail)
    assert sorted(row.tenant for row in rows) == ["demo", "other"]
    events = {event.tenant: event.data for event in await mailroom.announced(InboundEmailReceived)}
    assert events["demo"].envelope_to == (HELP, "help+again@demo.example")
    assert events["other"].envelope_to == ("help@other.example",)


async def test_the_same_mail_again_is_taken_and_is_the_same_mail(
    listening: Any, mailroom: Mailroom
) -> None:
    async with listening() as desk:
        answers = [await desk.smtp(lambda client: _deliver(client, letter())) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(await mailroom.announced()) == 1


async def test_unknown_recipients_get_a_550_and_the_known_ones_their_mail(
    listening: Any, mailroom: Mailroom
) -> None:
    async with listening() as desk:
        refused = await desk.send(letter(), [HELP, "nobody@demo.example", "help@nowhere.example"])
    assert {code for code, _ in refused.values()} == {550}
    assert len(refused) == 2
    assert len(await mailroom.rows(tables.raw_mail)) == 1


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([b"MAIL FROM:<ana@example.com>"], 503),
        ([b"EHLO c", b"RCPT TO:<help@demo.example>"], 503),
        ([b"EHLO c", b"MAIL FROM:<ana@example.com>", b"DATA"], 503),
        ([b"EHLO c", b"MAIL FROM:<ana@example.com>", b"RCPT TO:<help@demo.example", b"RSET"], 250),
        ([b"EHLO c", b"MAIL FROM:<ana@example.com> SIZE=99999999999"], 552),
        ([b"EHLO c", b"MAIL FROM:<a@b> SIZE=1 SIZE=x"], 501),
        ([b"EHLO c", b"MAIL FROM:<a@b> BODY=BINARYMIME"], 501),
        ([b"EHLO c", b"MAIL FROM:<a@b> MAGIC=1"], 555),
        ([b"EHLO c", b"STARTTLS"], 501),
        ([b"EHLO c", b"MAIL FROM:<\xff\xfe@b>"], 553),
        ([b"EHLO c", b"MAIL FROM:<>", b"RCPT TO:<>"], 550),
        ([b"EHLO c", b"MAIL FROM:<>", b"RCPT TO:<a@b,c@d>"], 501),
        ([b"EHLO c", b"AUTH PLAIN AGEAYg=="], 502),
        ([b"EHLO c", b"VRFY help@demo.example"], 252),
        ([b"EHLO c", b"MAIL FROM:<" + b"a" * 2_000 + b"@b>"], 500),
        ([b"EHLO c", b"X" * 300_000], 500),
        ([b"EHLO c", b"\x00\xff"], 500),
        ([b"BLAH"] * 5, 502),
    ],
)
async def test_what_is_not_smtp_gets_the_code_that_says_so(
    listening: Any, mailroom: Mailroom, lines: list[bytes], code: int
) -> None:
    async with listening() as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        answers = [await _answer(reader)]
        for line in lines:
            writer.write(line + b"\r\n")
            answers.append(await _answer(reader))
        writer.close()
    assert answers[-1] == code
    assert await mailroom.rows(tables.raw_mail) == []


async def test_only_crlf_dot_crlf_ends_a_mail_so_that_none_is_smuggled_in(
    listening: Any, mailroom: Mailroom
) -> None:
    inside = b"\n.\nMAIL FROM:<evil@example.com>\n\r.\r\n\n.\r\nRCPT TO:<help@demo.example>\r\n"
    async with listening() as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        talk = [b"EHLO c", b"MAIL FROM:<a@b.example>", b"RCPT TO:<help@demo.example>", b"DATA"]
        codes = [await _answer(reader)]
        for line in talk:
            writer.write(line + b"\r\n")
            codes.append(await _answer(reader))
        # Piece by piece: where a piece ends must not matter.
        for at in range(0, len(inside), 3):
            writer.write(inside[at : at + 3])
            await writer.drain()
        writer.write(b".")
        writer.write(b"\r\nQUIT\r\n")
        codes += [await _answer(reader), await _answer(reader)]
        writer.close()
    assert codes == [220, 250, 250, 250, 354, 250, 221]
    [row] = await mailroom.rows(tables.raw_mail)
    assert row.body == inside


async def test_a_mail_over_the_limit_gets_a_552_announced_or_not_and_the_connection_goes_on(
    listening: Any, mailroom: Mailroom
) -> None:
    raw = b"Subject: big\r\n\r\n" + b"x" * 400_000 + b"\r\n"

    def talk(client: smtplib.SMTP) -> list[int]:
        codes = [client.docmd("MAIL", f"FROM:<a@b.example> SIZE={len(raw)}")[0]]
        for options in ([], ["SIZE=70000"]):
            client.mail("a@b.example", options)
            client.rcpt(HELP)
            codes.append(_data_code(client, raw))
        client.mail("a@b.example")
        client.rcpt(HELP)
        return [*codes, _data_code(client, letter())]

    async with listening(mail_limit=300_000) as desk:
        advertised = await desk.smtp(lambda client: client.esmtp_features["size"])
        codes = await desk.smtp(talk)
    assert advertised == "300000"
    assert codes == [552, 552, 552, 250]
    assert [row.body for row in await mailroom.rows(tables.raw_mail)] == [letter()]


async def test_a_large_mail_with_lines_of_any_length_lies_in_the_blob_store(
    listening: Any, mailroom: Mailroom, blobs: BlobStore
) -> None:
    raw = b"Subject: long\r\n\r\n" + b"y" * 300_000 + b"\r\n.." + b"\r\n.x" * 5_000 + b"\r\n"
    async with listening() as desk:
        code, _ = await desk.smtp(lambda client: _deliver(client, raw))
    assert code == 250
    [row] = await mailroom.rows(tables.raw_mail)
    assert (row.body, await blobs.get(row.blob_key)) == (None, raw)


async def test_under_pressure_and_without_a_database_mails_are_told_to_come_again(
    listening: Any, mailroom: Mailroom, unit: UnitOfWork
) -> None:
    async with listening() as desk:
        desk.pressure.shortage = "outbox"
        with pytest.raises(smtplib.SMTPSenderRefused) as put_off:
            await desk.send(letter())
        assert put_off.value.smtp_code == 451
        desk.pressure.shortage = None
        assert await desk.send(letter()) == {}


async def test_too_many_recipients_get_a_452_and_the_others_their_mail(
    listening: Any, mailroom: Mailroom
) -> None:
    async with listening(listen_recipients=2) as desk:
        many = [f"help+{n}@demo.example" for n in range(3)]
        refused = await desk.send(letter(), many)
    assert {name: code for name, (code, _) in refused.items()} == {many[2]: 452}
    assert len(await mailroom.rows(tables.raw_mail)) == 1


async def test_somebody_who_tries_addresses_out_is_shown_the_door(listening: Any) -> None:
    def talk(client: smtplib.SMTP) -> list[int]:
        client.mail("a@b.example")
        codes = [client.rcpt(f"guess{n}@demo.example")[0] for n in range(51)]
        with contextlib.suppress(smtplib.SMTPServerDisconnected):
            client.noop()
        return codes

    async with listening() as desk:
        codes = await desk.smtp(talk)
    assert (set(codes[:50]), codes[50]) == ({550}, 421)


async def test_more_connections_than_allowed_get_a_421_and_come_in_later(listening: Any) -> None:
    async with listening(listen_connections=1) as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        assert await _answer(reader) == 220
        second, other = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        assert await _answer(second) == 421
        other.close()
        writer.write(b"QUIT\r\n")
        assert await _answer(reader) == 221
        await reader.read()
        writer.close()
        assert await desk.send(letter()) == {}


async def test_with_the_blob_store_away_a_large_mail_gets_a_451_and_a_small_one_is_taken(
    listening: Any, mailroom: Mailroom, blobs: BlobStore, tmp_path: Path
) -> None:
    (tmp_path / "blobs").write_text("where the folder would be")
    raw = b"Subject: big\r\n\r\n" + b"x" * 100_000 + b"\r\n"
    async with listening() as desk:
        code, text = await desk.smtp(lambda client: _deliver(client, raw))
        assert (code, text[:5]) == (451, "4.3.0")
        assert await desk.send(letter()) == {}
    assert len(await mailroom.rows(tables.raw_mail)) == 1


async def test_at_the_end_idle_connections_are_told_and_nobody_is_waited_for(
    listening: Any,
) -> None:
    async with listening() as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        assert await _answer(reader) == 220
    assert await _answer(reader) == 421
    assert await reader.read() == b""
    writer.close()


async def test_a_silent_connection_is_closed(listening: Any) -> None:
    async with listening(listen_timeout=0.2) as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        assert await _answer(reader) == 220
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_mail_that_breaks_off_is_not_stored(listening: Any, mailroom: Mailroom) -> None:
    async with listening() as desk:
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["smtp"])
        talk = [b"EHLO c", b"MAIL FROM:<a@b.example>", b"RCPT TO:<help@demo.example>", b"DATA"]
        await _answer(reader)
        for line in talk:
            writer.write(line + b"\r\n")
            await _answer(reader)
        writer.write(b"Subject: half\r\n\r\nwords")
        writer.close()
        await writer.wait_closed()
        assert await desk.send(letter()) == {}
    assert [row.body for row in await mailroom.rows(tables.raw_mail)] == [letter()]


async def test_many_clients_at_once_are_all_served(listening: Any, mailroom: Mailroom) -> None:
    async with listening() as desk:
        await asyncio.gather(*[desk.send(letter(f"<{n}@x>")) for n in range(30)])
    assert len(await mailroom.rows(tables.raw_mail)) == 30


async def test_lmtp_answers_for_each_recipient(listening: Any, mailroom: Mailroom) -> None:
    def talk(client: smtplib.SMTP) -> list[int]:
        client.ehlo("relay.example")
        client.mail("ana@example.com")
        codes = [client.rcpt(to)[0] for to in (HELP, "no@demo.example", "help@other.example")]
        codes.append(client.docmd("DATA")[0])
        client.send(letter() + b".\r\n")
        return [*codes, client.getreply()[0], client.getreply()[0]]

    async with listening() as desk:
        codes = await desk.lmtp(talk)
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.ports["lmtp"])
        await _answer(reader)
        writer.write(b"EHLO c\r\n")
        assert await _answer(reader) == 500
        writer.close()
    assert codes == [250, 550, 250, 354, 250, 250]
    assert len(await mailroom.rows(tables.raw_mail)) == 2


async def test_eight_bits_and_utf8_addresses_are_taken(listening: Any, mailroom: Mailroom) -> None:
    raw = letter(text="Grüße 京都")

    def talk(client: smtplib.SMTP) -> dict[str, Any]:
        assert {"8bitmime", "smtputf8", "pipelining"} <= set(client.esmtp_features)
        assert "auth" not in client.esmtp_features
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        return client.sendmail("grüße@bücher.example", [HELP], raw, options)

    async with listening() as desk:
        assert await desk.smtp(talk) == {}
    [event] = await mailroom.announced(InboundEmailReceived)
    assert event.data.envelope_from == "grüße@bücher.example"


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
async def test_starttls_is_offered_with_a_certificate_and_protects_the_mail(
    settings: IngestSettings, mailroom: Mailroom, certificate: Certificate, new_loop: Any
) -> None:
    ours = settings.model_copy(
        update={
            "listen_smtp_port": 0,
            "listen_cert_file": certificate.cert,
            "listen_key_file": certificate.key,
        }
    )
    trusted = ssl.create_default_context(cafile=str(certificate.cert))

    def send(port: int) -> None:
        with smtplib.SMTP("localhost", port) as client:
            client.ehlo("client.example")
            client.starttls(context=trusted)
            client.ehlo("client.example")
            assert {"auth", "starttls"}.isdisjoint(client.esmtp_features)
            for number in range(3):
                raw = letter(f"<{number}@x>", "words\r\n" * 20_000 * number)
                assert client.sendmail("ana@example.com", [HELP], raw) == {}

    async def serve() -> None:
        made = build(ours)
        door = MailDoor(
            made.unit, BlobStore(ours.blobs), Pressure(made.database, ours),
            memory=ours.mail_memory, longest=ours.mail_limit,
        )  # fmt: skip
        listener, stop = MailListener(door, ours), asyncio.Event()
        serving = asyncio.create_task(listener.run(stop))
        await listener.listening.wait()
        await asyncio.to_thread(send, listener.ports["smtp"])
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.ports["smtp"])
        await _answer(reader)
        for line, code in ((b"EHLO c", 250), (b"STARTTLS", 220)):
            writer.write(line + b"\r\n")
            assert await _answer(reader) == code
        writer.write(b"this is no handshake\r\n")
        await reader.read()
        writer.close()
        stop.set()
        await serving
        await made.database.dispose()

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(serve())

    await asyncio.to_thread(run)
    assert len(await mailroom.rows(tables.raw_mail)) == 3


async def test_large_mails_wait_for_room_in_turn_and_give_up_after_a_while() -> None:
    room, order = Room(100), []

    async def use(name: str, size: int, seconds: float) -> None:
        async with room.hold(size, seconds):
            order.append(name)

    async with room.hold(80, 1):
        waiting = [asyncio.create_task(use("big", 90, 5)), asyncio.create_task(use("small", 5, 5))]
        await asyncio.sleep(0)
        with pytest.raises(NoRoom):
            await use("hasty", 1, 0.01)
    await asyncio.gather(*waiting)
    assert (order, room.free) == (["big", "small"], 100)


async def test_without_room_a_large_mail_is_put_off_and_a_small_one_is_not(
    listening: Any, mailroom: Mailroom
) -> None:
    raw = b"Subject: big\r\n\r\n" + b"x" * 400_000 + b"\r\n"

    def stuck(port: int, announce: bool) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", port))
        file = client.makefile("rb")
        size = f" SIZE={len(raw)}" if announce else ""
        file.readline()
        for line in ("EHLO c", f"MAIL FROM:<a@b.example>{size}", f"RCPT TO:<{HELP}>", "DATA"):
            client.sendall(line.encode() + b"\r\n")
            while file.readline()[3:4] == b"-":
                pass
        client.sendall(raw[:200_000])
        return client

    async with listening(mail_memory=500_000, mail_limit=500_000, listen_wait=0.2) as desk:
        holder = await asyncio.to_thread(stuck, desk.ports["smtp"], True)
        put_off = await desk.smtp(lambda client: _deliver(client, raw))
        assert put_off[0] == 451
        assert await desk.send(letter()) == {}
        holder.close()


def _deliver(client: smtplib.SMTP, raw: bytes) -> tuple[int, str]:
    """One mail exactly as it is: smtplib's own sendmail makes every line end with CRLF."""
    client.mail("ana@example.com", [f"SIZE={len(raw)}"])
    client.rcpt(HELP)
    code, text = client.docmd("DATA")
    if code == 354:
        stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
        client.send(stuffed + (b"" if raw.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        code, text = client.getreply()
    return code, text.decode()


def _data_code(client: smtplib.SMTP, raw: bytes) -> int:
    try:
        return client.data(raw)[0]
    except smtplib.SMTPDataError as error:
        return error.smtp_code


async def _answer(reader: asyncio.StreamReader) -> int:
    while (line := await asyncio.wait_for(reader.readline(), 5))[3:4] == b"-":
        pass
    return int(line[:3])
