"""What each network's webhook says, taken apart."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.domain.providers import generic, line, twilio, whatsapp
from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post, Status
from tests.ingest import payloads
from tests.ingest.payloads import BODIES


def only(found: Iterable[Found]) -> Any:
    [one] = found
    return one


def said(**what: Any) -> Any:
    return only(whatsapp.read(payloads.whatsapp(payloads.whatsapp_message(**what))))


def test_a_whatsapp_number_is_an_e164_number_and_its_name_is_the_profiles() -> None:
    post = only(whatsapp.read(BODIES["whatsapp"]))
    assert (post.author, post.name, post.thread) == ("+4712345678", "Ada", "4712345678")
    assert post.sent_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_whatsapp_files_are_named_by_their_ids() -> None:
    post = said(
        type="document",
        document={"id": "77", "filename": "Bill.pdf", "mime_type": "application/pdf",
                  "caption": "Look"},
    )  # fmt: skip
    assert post.text == "Look"
    assert post.media == (Media("Bill.pdf", "application/pdf", "77"),)


def test_what_a_person_chose_in_whatsapp_is_what_they_said() -> None:
    reply = {"type": "list_reply", "list_reply": {"id": "1", "title": "Returns"}}
    assert said(type="interactive", interactive=reply).text == "Returns"
    assert said(type="button", button={"payload": "p", "text": "Yes"}).text == "Yes"
    form = {"type": "nfm_reply", "nfm_reply": {"response_json": '{"size": "L", "flow_token": 1}'}}
    assert said(type="interactive", interactive=form).text == "size: L"


def test_a_whatsapp_message_that_is_not_passed_on_is_still_a_message() -> None:
    assert "does not pass on: poll" in said(type="unsupported", unsupported={"type": "poll"}).text
    assert "does not pass on" in said(type="hologram").text


def test_whatsapp_reactions_deletions_and_notices_are_ignored_by_name() -> None:
    for kind in ("reaction", "revoke", "system"):
        assert said(type=kind) == Ignored(kind)
    call = {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}
    assert said(type="interactive", interactive=call) == Ignored("call_permission_reply")


def test_an_edited_message_is_another_wording_of_it() -> None:
    edit = {"original_message_id": "wamid.A1",
            "message": {"type": "text", "text": {"body": "Parcel 18!"}}}  # fmt: skip
    assert said(type="edit", edit=edit).text == "Parcel 18!"


def test_a_group_of_whatsapp_is_one_thread_and_is_answered_as_one() -> None:
    post = said(group_id="G1", type="text", text={"body": "Hi"})
    assert (post.thread, post.answer_to, post.author) == ("G1", "group:G1", "+4712345678")


def test_whatsapp_statuses_name_our_message_and_what_became_of_it() -> None:
    failed = {
        "id": "wamid.B",
        "status": "failed",
        "timestamp": "1772443800",
        "recipient_id": "47",
        "errors": [{"code": 131047, "title": "Re-engagement"}],
    }
    found = list(whatsapp.read(payloads.whatsapp(statuses=[
        failed, {"id": "wamid.B", "status": "read"}, {"id": "wamid.B", "status": "warning"},
        {"id": "c", "type": "call", "status": "RINGING"},
    ])))  # fmt: skip
    assert found[0].reason == "131047: Re-engagement"  # type: ignore[union-attr]
    assert [one.kind for one in found if isinstance(one, Status)] == ["failed", "read"]
    assert found[2:] == [Ignored("status-warning"), Ignored("call-status")]


def test_a_group_on_line_is_answered_as_a_group() -> None:
    event = payloads.line_event(id="1", type="text", text="Hi")
    event["source"] = {"type": "group", "groupId": "C1", "userId": "U1"}
    post = only(line.read(payloads.line(event)))
    assert (post.thread, post.author, post.answer_to) == ("C1", "U1", "C1")


def test_files_on_line_lie_at_line_or_elsewhere() -> None:
    own = payloads.line_event(id="1", type="image", contentProvider={"type": "line"})
    far = payloads.line_event(id="2", type="image", contentProvider={
        "type": "external", "originalContentUrl": "https://pics.example/1"})  # fmt: skip
    posts = [one for one in line.read(payloads.line(own, far)) if isinstance(one, Post)]
    assert posts[0].media == (Media("image", "image/jpeg", "1"),)
    assert posts[1].media == (Media("image", "image/jpeg", url="https://pics.example/1"),)


def test_twilio_files_and_statuses() -> None:
    form = BODIES["twilio-sms"] | {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/m/1",
                                   "MediaContentType0": "image/png"}  # fmt: skip
    post = only(twilio.read(form))
    assert post.media == (Media("media-1", "image/png", url="https://api.twilio.com/m/1"),)
    told = {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30006",
            "To": "whatsapp:+47"}  # fmt: skip
    status = only(twilio.read(told))
    assert (status.kind, status.id, status.recipient) == ("failed", "SM9", "+47")
    assert status.reason == "30006"
    assert only(twilio.read(told | {"MessageStatus": "queued"})) == Ignored("status-queued")


def test_the_generic_webhook_says_what_is_wrong_with_it() -> None:
    for body, place in (
        ({"messages": [{}]}, "messages/0/author/id"),
        ({"messages": [{"author": {"id": "u"}}]}, "messages/0 must have"),
        ({"messages": [{"author": {"id": "u"}, "text": "x"}]}, "messages/0/id"),
        ({"statuses": [{"id": "1", "status": "lost"}]}, "statuses/0/status"),
    ):
        with pytest.raises(NotOurs, match=place):
            list(generic.read(body))
