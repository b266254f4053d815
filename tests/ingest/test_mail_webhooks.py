"""Mails that mail providers post: proved to be theirs, stored once, and whole."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from services.ingest import tables
from services.ingest.app import build
from services.ingest.mail_in.rebuild import FieldFile, MailFields, rebuild
from services.ingest.mail_in.webhook_proof import has_password, is_mailguns, is_timely
from services.ingest.settings import IngestSettings
from shared.contracts.inbound import InboundEmailReceived
from shared.service import create_app
from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom, letter

KEY = "key-of-mailgun"
PASSWORD = "pass:word"
PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
AUTH = ("deskstream", PASSWORD)
RAW = letter(text="Grüße").replace("ü".encode(), b"\xfc") + b"\xff\x00 as it came\r\n"


@pytest.fixture
async def posts(
    client: httpx.AsyncClient, owner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> httpx.AsyncClient:
    """The API with an account for each provider."""
    secrets = {
        "mailgun": {"webhook-signing-key": KEY},
        "postmark": {"webhook-password": PASSWORD},
        "sendgrid": {"webhook-password": PASSWORD},
        "signed": {"webhook-public-key": PUBLIC},
    }
    for id, named in secrets.items():
        references = {}
        for number, (name, value) in enumerate(named.items()):
            variable = f"INGEST_SECRET_DEMO__{id.upper()}_{number}"
            monkeypatch.setenv(variable, value)
            references[name] = f"env:{variable}"
        provider = "sendgrid" if id == "signed" else id
        body = {
            "kind": "email", "name": id, "address": f"{id}@demo.example",
            "settings": {"webhook": {"provider": provider}}, "secrets": references,
        }  # fmt: skip
        made = await client.put(f"/v1/channels/{id}", json=body, headers=owner)
        assert made.status_code == 200, made.text
    return client


def mailgun(raw: bytes = RAW, **changed: str) -> dict[str, Any]:
    """Fields as Mailgun posts them, signed."""
    stamp, token = str(int(time.time())), changed.pop("token", "t" * 50)
    signature = hmac.new(KEY.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    fields = {
        "recipient": "mailgun@demo.example", "sender": "ana@example.com", "timestamp": stamp,
        "token": token, "signature": signature, "body-mime": raw.decode("latin-1"),
    } | changed  # fmt: skip
    return {
        "content": urlencode(fields, encoding="latin-1"),
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    }


def multipart(fields: dict[str, bytes], files: dict[str, tuple[str, bytes, str]]) -> dict[str, Any]:
    """A form as SendGrid posts it; httpx's own would not take bytes that are no UTF-8."""
    lines = []
    for name, value in fields.items():
        lines += [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode(), value]
        lines.append(b"\r\n")
    for name, (filename, content, kind) in files.items():
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        lines += [head.encode(), f"Content-Type: {kind}\r\n\r\n".encode(), content, b"\r\n"]
    lines.append(b"--b--\r\n")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return {"content": b"".join(lines), "headers": headers}


SENDGRID = {
    "email": RAW,
    "envelope": b'{"to":["sendgrid@demo.example"],"from":"ana@example.com"}',
}
POSTMARK = {
    "From": "Ana <ana@example.com>", "To": "postmark@demo.example", "Subject": "Grüße\nBcc: x",
    "Date": "Mon, 2 Mar 2026 09:30:00 +0000", "OriginalRecipient": "postmark@demo.example",
    "TextBody": "Where is my invoice?", "HtmlBody": "<p>Where is my invoice?</p>",
    "Headers": [
        {"Name": "Message-ID", "Value": "<p1@example.com>"},
        {"Name": "Content-Type", "Value": "text/evil"},
        {"Name": "X-Note", "Value": "kept"},
    ],
    "Attachments": [
        {"Name": "a\"b.pdf", "ContentType": "application/pdf",
         "Content": base64.b64encode(b"%PDF").decode()},
        {"Name": "i.png", "ContentType": "image/png", "ContentID": "cid:logo",
         "Content": base64.b64encode(b"png").decode()},
    ],
}  # fmt: skip


async def test_each_providers_raw_mail_is_stored_byte_for_byte_once(
    posts: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    utf8 = letter("<pm@x>", "Grüße")
    sent: list[tuple[str, bytes, dict[str, Any]]] = [
        ("mailgun/demo/mailgun/mime", RAW, mailgun()),
        ("sendgrid/demo/sendgrid", RAW, multipart(SENDGRID, {}) | {"auth": AUTH}),
        ("postmark/demo/postmark", utf8, {"json": {"RawEmail": utf8.decode()}, "auth": AUTH}),
    ]
    for path, raw, post in sent:
        answers = [await posts.post(f"/v1/email/{path}", **post) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        assert answers[0].json() == answers[1].json()
        rows = {str(row.id): row.body for row in await mailroom.rows(tables.raw_mail)}
        assert rows[answers[0].json()["id"]] == raw
    # The same bytes by two providers are one mail of the tenant's.
    assert len(await mailroom.rows(tables.raw_mail)) == 2
    first = (await mailroom.announced(InboundEmailReceived))[0]
    assert first.source == "/channels/mailgun"
    assert first.data.envelope_from == "ana@example.com"
    assert first.data.envelope_to == ("mailgun@demo.example",)


async def test_a_mail_in_fields_is_made_again_with_all_that_is_in_it(
    posts: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    parts = {"attachment-1": ("plan.pdf", b"%PDF", "application/pdf")}
    heads = [["From", "Ana <ana@example.com>"], ["Subject", "Grüße"], ["Message-Id", "<m1@x>"]]
    told = mailgun(b"")
    fields = dict(httpx.QueryParams(told["content"])) | {
        "message-headers": json.dumps(heads), "body-plain": "Where?", "body-html": "<p>Where?",
    }  # fmt: skip
    fields.pop("body-mime", None)
    encoded = {name: value.encode() for name, value in fields.items()}
    sendgrid = {
        "headers": b"From: Ana <ana@example.com>\nSubject: Gr\xc3\xbc\xc3\x9fe\n folded\n"
        b"Message-ID: <s1@x>\nContent-Type: text/evil",
        "text": b"Gr\xfc\xdfe", "html": b"<p>x", "charsets": b'{"text":"iso-8859-1"}',
    }  # fmt: skip
    sent: list[tuple[str, dict[str, Any]]] = [
        ("mailgun/demo/mailgun", multipart(encoded, parts)),
        ("sendgrid/demo/sendgrid", multipart(sendgrid, parts) | {"auth": AUTH}),
        ("postmark/demo/postmark", {"json": POSTMARK, "auth": AUTH}),
    ]
    for path, post in sent:
        answers = [await posts.post(f"/v1/email/{path}", **post) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    rows = [row.body for row in await mailroom.rows(tables.raw_mail)]
    mails = {str(made["Message-ID"]): made for made in map(_parsed, rows)}
    assert sorted(mails) == ["<m1@x>", "<p1@example.com>", "<s1@x>"]
    assert mails["<s1@x>"].get_body(("plain",)).get_content() == "Grüße"
    assert [str(mails[id]["Subject"]) for id in ("<m1@x>", "<s1@x>")] == ["Grüße", "Grüße folded"]
    postmark = mails["<p1@example.com>"]
    assert (postmark["Subject"], postmark["Bcc"]) == ("Grüße Bcc: x", None)
    files = [(part.get_filename(), part.get_content()) for part in postmark.iter_attachments()]
    assert files == [("a'b.pdf", b"%PDF"), ("i.png", b"png")]
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("path", "post"),
    [
        ("mailgun/demo/mailgun", mailgun(signature="0" * 64)),
        ("mailgun/demo/mailgun", mailgun(timestamp=str(int(time.time()) - 90_000))),
        ("mailgun/demo/mailgun", mailgun(timestamp="yesterday")),
        ("mailgun/demo/mailgun", mailgun(token="")),
        ("mailgun/demo/of-nobody", mailgun()),
        ("mailgun/other/mailgun", mailgun()),
        ("mailgun/demo/mail", mailgun()),
        ("mailgun/demo/postmark", mailgun()),
        ("postmark/demo/postmark", {"json": POSTMARK}),
        ("postmark/demo/postmark", {"json": POSTMARK, "auth": ("deskstream", "wrong")}),
        ("postmark/demo/postmark", {"json": POSTMARK, "auth": ("somebody", PASSWORD)}),
        ("sendgrid/demo/sendgrid", multipart(SENDGRID, {})),
        ("sendgrid/demo/signed", multipart(SENDGRID, {}) | {"auth": AUTH}),
    ],
)
async def test_what_is_not_proved_gets_a_401_that_does_not_say_why(
    posts: httpx.AsyncClient, mailroom: Mailroom, path: str, post: dict[str, Any]
) -> None:
    answer = await posts.post(f"/v1/email/{path}", **post)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("This is not proved")
    assert await mailroom.rows(tables.raw_mail) == []


async def test_a_token_of_mailguns_is_good_for_one_mail_only(
    posts: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = "/v1/email/mailgun/demo/mailgun"
    assert (await posts.post(url, **mailgun(token="one"))).status_code == 200
    assert (await posts.post(url, **mailgun(token="one"))).status_code == 200
    forged = mailgun(letter("<forged@x>"), token="one")
    assert (await posts.post(url, **forged)).status_code == 401


async def test_sendgrids_signature_is_checked_where_a_public_key_is_named(
    posts: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    post, stamp = multipart(SENDGRID, {}), str(int(time.time()))
    signature = PRIVATE.sign(stamp.encode() + post["content"], ec.ECDSA(hashes.SHA256()))
    post["headers"] |= {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }
    answer = await posts.post("/v1/email/sendgrid/demo/signed", **post)
    assert answer.status_code == 200
    post["content"] += b" "
    assert (await posts.post("/v1/email/sendgrid/demo/signed", **post)).status_code == 401


@pytest.mark.parametrize(
    ("path", "post"),
    [
        ("mailgun/demo/mailgun", mailgun(b"")),
        ("sendgrid/demo/sendgrid", multipart({"envelope": b"{}"}, {}) | {"auth": AUTH}),
        ("sendgrid/demo/sendgrid", {"content": b"x", "auth": AUTH}),
        ("sendgrid/demo/sendgrid", {"content": b"x", "auth": AUTH,
                                    "headers": {"Content-Type": "multipart/form-data"}}),
        ("postmark/demo/postmark", {"content": b"{", "auth": AUTH}),
        ("postmark/demo/postmark", {"content": b"[[[[" * 5_000, "auth": AUTH}),
        ("postmark/demo/postmark", {"json": {"RecordType": "Delivery"}, "auth": AUTH}),
        ("postmark/demo/postmark", {"json": POSTMARK | {"Attachments": [{"Content": "a"}]},
                                    "auth": AUTH}),
    ],
)  # fmt: skip
async def test_a_post_without_a_mail_gets_a_422(
    posts: httpx.AsyncClient, mailroom: Mailroom, path: str, post: dict[str, Any]
) -> None:
    answer = await posts.post(f"/v1/email/{path}", **post)
    assert answer.status_code == 422, answer.text
    assert await mailroom.rows(tables.raw_mail) == []


async def test_a_post_too_large_gets_a_413_and_one_under_pressure_a_503(
    settings: IngestSettings, access: Access, posts: httpx.AsyncClient
) -> None:
    made = build(settings.model_copy(update={"mail_limit": 10_000, "free_disk": 2**60}))
    stop = asyncio.Event()
    transport = httpx.ASGITransport(app=create_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        url, raw = "/v1/email/mailgun/demo/mailgun", letter(text="x" * 20_000)
        assert (await client.post(url, **mailgun(raw))).status_code == 413
        watching = asyncio.create_task(made.listeners[0](stop))
        while (answer := await client.post(url, **mailgun())).status_code == 200:
            await asyncio.sleep(0.02)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        stop.set()
        await watching
    await made.database.dispose()


@given(
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=5),
    st.text(max_size=50), st.text(max_size=50), st.text(max_size=20), st.binary(max_size=50),
)  # fmt: skip
def test_whatever_the_fields_say_the_mail_keeps_its_shape(
    headers: list[tuple[str, str]], text: str, html: str, name: str, content: bytes
) -> None:
    fields = MailFields(headers, text, html, [FieldFile(name, name, content, name)])
    raw = rebuild(fields)
    assert raw == rebuild(fields)
    made = _parsed(raw)
    assert made.get_content_type() == "multipart/mixed"
    *_, file = made.walk()
    assert file.get_payload(decode=True) == content


@given(st.text(), st.text(), st.text())
def test_no_proof_breaks_the_checks(one: str, two: str, three: str) -> None:
    assert not is_mailguns(KEY, {"timestamp": one, "token": two, "signature": three})
    assert not has_password(one, "deskstream", PASSWORD)
    assert is_timely(one, 1_700_000_000, 60) in (True, False)


def _parsed(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=default)
