"""What is believed of a mail: reply tokens, authentication results, verdicts of spam filters."""

import asyncio
import base64
from typing import Any
from uuid import UUID, uuid4

import dkim
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.authentication_check import check
from services.ingest.domain.authentication import read_results, trusted_results
from services.ingest.domain.mail import parse
from services.ingest.domain.marks import marks, recipients
from services.ingest.domain.reply_tokens import detail_of, read_token, reply_token
from services.ingest.domain.spam import BadRule, Suspect, compiled, judge, score
from services.ingest.usecases.read_mail import Reading
from shared.storage import BlobStore
from tests.ingest.mailroom import Mailroom, letter, mail

KEY = b"0123456789abcdef"


@given(st.uuids(), st.sampled_from(["demo", "other"]))
def test_a_token_names_its_conversation_to_its_tenant_only(id: UUID, tenant: str) -> None:
    token = reply_token(KEY, tenant, id)
    assert len(token) == 39
    assert token == token.lower()
    assert token.isalnum()
    assert read_token(KEY, tenant, token) == id
    assert read_token(KEY, tenant, token.upper()) == id
    assert read_token(KEY, tenant + "x", token) is None
    assert read_token(KEY[::-1], tenant, token) is None


@given(st.text(max_size=60))
def test_what_we_did_not_sign_is_no_token(detail: str) -> None:
    assert read_token(KEY, "demo", detail) is None


def test_a_changed_token_is_no_token() -> None:
    token = reply_token(KEY, "demo", uuid4())
    changed = [token[:n] + ("a" if token[n] != "a" else "b") + token[n + 1 :] for n in range(38)]
    assert [read_token(KEY, "demo", one) for one in changed] == [None] * 38


@pytest.mark.parametrize(
    ("address", "detail"),
    [("Help+Abc@x.example", "abc"), ("a+b+c@x", "c"), ("help@x", None), ("help+@x", None),
     ("nothing", None)],
)  # fmt: skip
def test_the_detail_of_an_address_is_behind_its_last_plus(address: str, detail: str | None) -> None:
    assert detail_of(address) == detail


def test_only_the_nearest_trusted_relay_is_believed() -> None:
    lines = [
        "mx.ours.example; spf=pass smtp.mailfrom=a@b; dkim=fail (bad; sig) header.d=b; dkim=pass",
        "mx.ours.example; dkim=fail header.d=c; dmarc=pass (p=none) header.from=c",
        "evil.example; dmarc=pass; spf=pass",
    ]
    assert trusted_results(lines, {"mx.ours.example"}, "a@c") == {
        "by": "mx.ours.example", "spf": "pass", "dkim": "pass", "dmarc": "pass",
    }  # fmt: skip
    assert trusted_results(lines[2:], {"mx.ours.example"}, "a@c") == {}
    assert trusted_results(lines, set(), "a@c") == {}


@pytest.mark.parametrize(
    ("sender", "results", "passed"),
    [
        ("agent@acme.example", "dmarc=pass header.from=acme.example", True),
        ("agent@Acme.example", 'dmarc=pass (p=none) header.from="ACME.example"', True),
        ("agent@news.acme.example", "dmarc=pass header.from=acme.example", True),
        ("kim@bücher.example", "dmarc=pass header.from=xn--bcher-kva.example", True),
        ("agent@acme.example", "dmarc=pass action=none header.from=agent@acme.example", True),
        ("agent@acme.example", "dmarc=pass", True),
        ("agent@acme.example", "dmarc=pass header.from=evil.example", False),
        ("agent@acme.example", "dmarc=pass header.from=news.acme.example", False),
        ("agent@evilacme.example", "dmarc=pass header.from=acme.example", False),
        (None, "dmarc=pass header.from=evil.example", False),
        ("agent@acme.example", 'dmarc=fail reason="a; dmarc=pass b"', False),
        ("agent@acme.example", "dmarc=fail header.from=acme.example; dmarc=pass", False),
    ],
)  # fmt: skip
def test_a_pass_for_another_domain_is_no_pass_of_the_sender(
    sender: str | None, results: str, passed: bool
) -> None:
    found = trusted_results([f"mx.ours.example; {results}"], {"mx.ours.example"}, sender)
    assert (found.get("dmarc") == "pass") is passed


def test_an_older_result_undoes_no_newer_one() -> None:
    lines = ["mx.ours.example; dmarc=fail header.from=evil.example", "mx.ours.example; dmarc=pass"]
    assert trusted_results(lines, {"mx.ours.example"}, "a@evil.example")["dmarc"] == "fail"


def test_a_carriage_return_inside_a_header_begins_none() -> None:
    top = b"Authentication-Results: mx.ours.example; dmarc=fail\r\nX-A: b\rFrom: agent@acme.example"
    raw = top + (
        b"\r\nFrom: evil@evil.example\r\n"
        b"Subject: hi\rAuthentication-Results: mx.ours.example; dmarc=pass\r\n\r\nhello\r\n"
    )
    mail = parse(raw)
    assert (mail.sender.address, mail.text) == ("evil@evil.example", "hello")
    assert mail.subject == "hi Authentication-Results: mx.ours.example; dmarc=pass"
    assert marks(raw) == {"authentication-results": ["mx.ours.example; dmarc=fail"]}


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\r\n"])
@pytest.mark.parametrize("body", [b"one", b"one\ntwo", b"one\r\ntwo\r\rthree"])
def test_a_head_is_read_whatever_ends_its_lines(end: bytes, body: bytes) -> None:
    raw = end.join([b"From: a@x.example", b"Delivered-To: b@x.example", b"Subject: x", b"", body])
    mail = parse(raw)
    assert (mail.sender.address, mail.subject) == ("a@x.example", "x")
    assert mail.text.startswith("one")
    assert marks(raw) == {"delivered-to": ["b@x.example"]}


@given(st.text(max_size=300))
def test_results_are_read_from_any_line(line: str) -> None:
    assert set(read_results(line, None)) <= {"by", "spf", "dkim", "dmarc", "arc"}


def test_marks_are_read_from_the_head_alone_and_folded_lines_are_one() -> None:
    raw = (
        b"Delivered-To: a@x.example\r\nX-Spam-Status: Yes, score=7.1\r\n\trequired=5.0\r\n"
        b"Subject: x\r\nDELIVERED-TO: B@x.example\r\n\r\nX-Spam-Flag: YES\r\n"
    )
    found = marks(raw)
    assert found["x-spam-status"] == ["Yes, score=7.1 required=5.0"]
    assert "x-spam-flag" not in found
    assert recipients(found, "C@x.example", None) == ("c@x.example", "a@x.example", "b@x.example")


@given(st.binary(max_size=500))
def test_marks_are_read_from_any_bytes(raw: bytes) -> None:
    assert score(marks(raw)) is None or isinstance(score(marks(raw)), float)


@pytest.mark.parametrize(
    ("header", "value", "held"),
    [
        ("x-spam-flag", "YES", True),
        ("x-spam-flag", "NO", False),
        ("x-spam-status", "No, score=4.9 required=5.0 tests=A", False),
        ("x-spam-status", "No, score=2.6 required=2.5", True),
        ("x-spam-status", "No, hits=-1.2", False),
        ("x-spam-score", "12.3", True),
        ("x-spamd-result", "default: False [16.00 / 15.00]; X(1.0)", True),
        ("x-spamd-result", "default: False [2.10 / 15.00]", False),
        ("x-rspamd-action", "add header", True),
        ("x-rspamd-action", "no action", False),
        ("x-ms-exchange-organization-scl", "6", True),
        ("x-ms-exchange-organization-scl", "-1", False),
        ("x-forefront-antispam-report", "CIP:1.2.3.4;SCL:9;SRV:", True),
        ("x-forefront-antispam-report", "CIP:1.2.3.4;SCL:1;SRV:", False),
    ],
)
def test_the_verdicts_of_filters_are_understood(header: str, value: str, held: bool) -> None:
    assert judge(suspect({header: [value]}), {}).spam is held


def suspect(given: dict[str, list[str]], sender: str = "a@b.example", **what: Any) -> Suspect:
    """A mail from `sender` with these marks."""
    return Suspect(sender, "Hello", "Text", given, what.pop("authentication", {}), **what)


def test_the_lists_come_first_and_a_forged_sender_is_on_no_allow_list() -> None:
    bad = {"x-spam-flag": ["YES"]}
    allow = {"allow": ["@b.example"]}
    assert not judge(suspect(bad), allow).spam
    assert judge(suspect(bad, authentication={"dmarc": "fail"}), allow).spam
    assert judge(suspect({}, "a@x.b.example"), {"deny": ["@.b.example"]}).spam
    assert not judge(suspect({}, "a@bb.example"), {"deny": ["@.b.example", "@b.example"]}).spam
    assert not judge(suspect(bad, signed=True), {"deny": ["a@b.example"]}).spam


def test_a_rule_says_what_is_spam_and_a_broken_one_says_nothing() -> None:
    rule = {"rule": "dmarc == 'fail' && score > 1.0"}
    failing = {"authentication": {"dmarc": "fail"}}
    assert judge(suspect({"x-spam-score": ["2"]}, **failing), rule).spam
    assert not judge(suspect({"x-spam-score": ["2"]}), rule).spam
    assert not judge(suspect({}), {"rule": "headers['x-none'][3] == 'x'"}).spam
    for broken in ("1 +", "x" * 3000):
        with pytest.raises(BadRule):
            compiled(broken)


@pytest.fixture(scope="session")
def signed() -> tuple[bytes, bytes]:
    """A mail with a DKIM signature of example.com, and the TXT record of its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )  # fmt: skip
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    raw = letter()
    signature = dkim.sign(raw, b"mail", b"example.com", private, include_headers=[b"From"])
    return signature + raw, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def answers(record: bytes) -> Any:
    """A resolver that knows this key and a DMARC policy."""

    def find(name: bytes | str, timeout: int = 5) -> Any:
        asked = name.decode() if isinstance(name, bytes) else name
        if asked.startswith("mail._domainkey.example.com"):
            return record
        if asked.startswith("_dmarc.example.com"):
            return "v=DMARC1; p=reject"
        return None

    return find


async def test_signatures_are_checked_by_dns_where_that_is_asked_for(
    mailroom: Mailroom,
    blobs: BlobStore,
    signed: tuple[bytes, bytes],
    client: httpx.AsyncClient,
    reader: dict[str, str],
) -> None:
    raw, record = signed
    room = Mailroom(mailroom.unit, blobs, Reading(seconds=10, dns=answers(record)))
    good, forged = mail(raw), mail(letter("<f@x>"))
    await room.mails(good, forged)
    found = [
        (await client.get(f"/v1/messages/{one.uid}", headers=reader)).json()["message"]
        for one in (good, forged)
    ]
    assert found[0]["authentication"] == {"by": "deskstream", "dkim": "pass", "dmarc": "pass"}
    assert found[1]["authentication"]["dmarc"] == "fail"


async def test_a_resolver_that_hangs_holds_up_no_mail(signed: tuple[bytes, bytes]) -> None:
    raw, _ = signed
    let_go = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hangs(name: bytes | str, timeout: int = 5) -> None:
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(20)

    [found] = await check([(raw, None)], 0.05, hangs)
    let_go.set()
    assert (found["dkim"], found["dmarc"]) == ("temperror", "temperror")


async def test_results_of_a_trusted_relay_are_shown(
    mailroom: Mailroom, blobs: BlobStore, client: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    room = Mailroom(mailroom.unit, blobs, Reading(trusted=frozenset({"mx.ours.example"})))
    event = mail(letter(Authentication_Results="mx.ours.example; spf=softfail; dmarc=fail"))
    await room.mails(event)
    shown = (await client.get(f"/v1/messages/{event.uid}", headers=reader)).json()["message"]
    assert shown["authentication"] == {
        "by": "mx.ours.example", "spf": "softfail", "dmarc": "fail",
    }  # fmt: skip
