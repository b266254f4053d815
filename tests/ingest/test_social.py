"""From posts of networks to messages."""

import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.ingest.settings import IngestSettings
from services.ingest.tables import conversation as conversations
from services.ingest.usecases.receive_mail import UNKNOWN_ACCOUNT
from shared.contracts.inbound_social import InboundSocialPosted, SocialAuthor, SocialMedia
from shared.contracts.payload import BlobRef
from shared.storage import BlobStore
from tests.ingest import networks, payloads
from tests.ingest.conversing import Switchboard
from tests.ingest.fake_providers import at_work, serving
from tests.ingest.mailroom import AT, Mailroom, received
from tests.ingest.networks import open_networks, send
from tests.ingest.payloads import BODIES


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def settings(settings: IngestSettings) -> IngestSettings:
    """Providers call this service by another address than it has."""
    return settings.model_copy(update={"public_url": networks.PUBLIC})


@pytest.fixture
async def board(mailroom: Mailroom, settings: IngestSettings) -> Switchboard:
    """Accounts at all networks, and the consumer of posts."""
    await open_networks(mailroom.unit)
    return Switchboard(mailroom, settings)


async def said(client: httpx.AsyncClient, board: Switchboard, kind: str, *bodies: Any) -> None:
    for body in bodies:
        answer = await send(client, kind, body)
        assert answer.status_code == 200, answer.text
    await board.consume()


async def test_a_thread_is_a_conversation_and_an_edit_belongs_to_it(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    edit = payloads.telegram(text="Ah, found it", edit_date=1772443900)["message"]
    await said(
        client, board, "telegram", payloads.telegram(text="Where?"),
        {"update_id": 8, "edited_message": edit},
        payloads.telegram(text="Me too", chat={"id": 4, "type": "private"}, **{"from": {"id": 4}}),
    )  # fmt: skip
    messages = await board.received()
    assert len({message.conversation_id for message in messages}) == 2
    assert messages[0].conversation_id == messages[1].conversation_id
    rows = await board.mailroom.rows(conversations)
    assert sorted(row.customer_address for row in rows) == ["3003", "4"]


async def test_a_public_complaint_is_marked_for_a_quick_answer(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    await said(
        client, board, "x",
        payloads.x_post("I hate this, the worst service I have ever had to deal with", id_str="1"),
        payloads.x_post("I love how quickly you solved this, thank you so much", id_str="2"),
        payloads.x_post("Das ist wirklich schrecklich, ich bin sehr wütend auf euch", id_str="3",
                        lang="de"),
    )  # fmt: skip
    told = [(m.sentiment, m.urgent, m.public, m.reach) for m in await board.received()]
    assert told == [
        ("negative", True, True, 1200), ("positive", False, True, 1200),
        ("unknown", False, True, 1200),
    ]  # fmt: skip


async def test_nobody_judges_how_a_private_message_sounds(
    client: httpx.AsyncClient, board: Switchboard
) -> None:
    await said(client, board, "line", BODIES["line"])
    [message] = await board.received()
    assert (message.sentiment, message.urgent, message.public) == (None, False, False)
    assert message.language == "ja"


async def test_other_languages_are_judged_by_whoever_is_named_for_that(
    client: httpx.AsyncClient, mailroom: Mailroom, settings: IngestSettings
) -> None:
    asked_for: list[Any] = []
    answers = iter(["negative", "furious"])

    async def judge(request: Request) -> JSONResponse:
        asked_for.append(json.loads(await request.body()))
        return JSONResponse({"sentiment": next(answers)})

    await open_networks(mailroom.unit)
    async with serving(Starlette(routes=[Route("/", judge, methods=["POST"])])) as url:
        board = Switchboard(mailroom, settings.model_copy(update={"sentiment_url": url}))
        text = "Das ist wirklich schrecklich, ich bin sehr wütend auf euch"
        await said(client, board, "x", payloads.x_post(text, id_str="1"))
        await said(client, board, "x", payloads.x_post(text, id_str="2"))
    await said(client, board, "x", payloads.x_post(text, id_str="3"))
    assert [m.sentiment for m in await board.received()] == ["negative", "unknown", "unknown"]
    assert asked_for[0] == {"text": text, "language": "de"}


async def test_files_are_kept_and_one_that_cannot_be_had_is_named(
    client: httpx.AsyncClient, mailroom: Mailroom, settings: IngestSettings
) -> None:
    async with at_work() as providers:
        providers.files["77"] = b"a picture"
        await open_networks(mailroom.unit, api_base=providers.url)
        board = Switchboard(mailroom, settings)
        picture = {"type": "image", "image": {"id": "77", "mime_type": "image/jpeg"}}
        gone = {"type": "image", "image": {"id": "gone", "mime_type": "image/jpeg"}}
        await said(
            client, board, "whatsapp",
            payloads.whatsapp(payloads.whatsapp_message("1", **picture),
                              payloads.whatsapp_message("2", **gone)),
        )  # fmt: skip
    first, second = await board.received()
    [kept] = first.attachments
    assert (kept.name, kept.media_type) == ("image", "image/png")
    assert await board.blobs.get(kept.blob.key) == b"a picture"
    [placeholder] = second.attachments
    assert placeholder.name == "image - not fetched.txt"
    assert b"the provider answered 404" in await board.blobs.get(placeholder.blob.key)


async def test_a_post_is_not_lost_for_a_file_whatever_the_provider_answers(
    client: httpx.AsyncClient, mailroom: Mailroom, settings: IngestSettings
) -> None:
    async with at_work() as providers:
        await open_networks(mailroom.unit, api_base=providers.url)
        board = Switchboard(mailroom, settings)
        providers.plan.extend([JSONResponse({"result": [1]}), Response(b"[" * 100_000)])
        picture = {"photo": [{"file_id": "7", "width": 1, "height": 1}]}
        for number in (1, 2):
            await said(client, board, "telegram", payloads.telegram(message_id=number, **picture))
        post = InboundSocialPosted(
            network="facebook", thread_id="t", message_id="m", text="Look", sent_at=AT,
            author=SocialAuthor(address="u"),
            media=(SocialMedia(name="a.png", url="https://a.fbcdn.net/\x01"),),
        )  # fmt: skip
        event = received(post, "e1", key="t", source="/channels/messenger")
        await board.store(await board.reader.read([event]))
    files = [file.name for one in await board.received() for file in one.attachments]
    assert len(files) == 3
    assert all("not fetched" in name for name in files)


async def test_an_adapters_post_is_taken_and_its_blob_copied(
    board: Switchboard, blobs: BlobStore
) -> None:
    key = await blobs.put("adapter", "demo", b"theirs")
    foreign = await blobs.put("adapter", "other", b"not theirs")
    files = [
        SocialMedia(name="a.txt", blob=BlobRef(key=k, size=6, sha256=k.rpartition("/")[2]))
        for k in (key, foreign)
    ]
    post = InboundSocialPosted(
        network="zalo", thread_id="t", message_id="m", author=SocialAuthor(address="u"),
        text="Hi\0 there", media=tuple(files), sent_at=AT,
    )  # fmt: skip
    good = received(post, "e1", key="t", source="/channels/webhook")
    wrong = received(post, "e2", key="t", source="/channels/mail")
    read = await board.reader.read([good, wrong])
    await board.store(read)
    [message] = await board.received()
    assert (message.network, message.text) == ("zalo", "Hi there")
    ours, placeholder = message.attachments
    assert ours.blob.key.startswith("ingest/demo/")
    assert "not fetched" in placeholder.name
    assert board.refused[wrong.uid][0] == UNKNOWN_ACCOUNT
