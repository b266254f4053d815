"""What each network's webhook says, taken apart."""

import json
import string
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.providers import generic, line, meta, telegram, twilio, whatsapp, x
from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post, Status
from services.ingest.domain.social import revision
from services.ingest.domain.texts import clean
from tests.ingest import payloads
from tests.ingest.payloads import BODIES

READERS: dict[str, Callable[[Any], Iterable[Found]]] = {
    "whatsapp": whatsapp.read,
    "messenger": lambda body: meta.read(body, "page"),
    "instagram": lambda body: meta.read(body, "instagram"),
    "telegram": telegram.read,
    "line": line.read,
    "x": x.read,
    "twilio-sms": twilio.read,
    "webhook": generic.read,
}


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


def test_messenger_files_places_and_buttons() -> None:
    files = [
        {"type": "image", "payload": {"url": "https://a.fbcdn.net/1.jpg"}},
        {"type": "image", "payload": {"url": "http://a.fbcdn.net/plain.jpg"}},
        {"type": "location", "payload": {"coordinates": {"lat": 1.5, "long": 2.5}}},
    ]
    message = {"mid": "m", "text": "Here", "attachments": files}
    post = only(meta.read(payloads.messenger(payloads.messaging(message=message)), "page"))
    assert post.text == "Here\n1.5, 2.5"
    assert post.media == (Media("image", "image/jpeg", url="https://a.fbcdn.net/1.jpg"),)
    tapped = payloads.messaging(postback={"mid": "p", "title": "Get started", "payload": "GO"})
    assert only(meta.read(payloads.messenger(tapped), "page")).text == "Get started"


def test_messenger_receipts_mean_ids_or_all_up_to_a_moment() -> None:
    found = list(meta.read(payloads.messenger(
        payloads.messaging(read={"watermark": 1772443800000}),
        payloads.messaging(delivery={"mids": ["m1", "m2"], "watermark": 1772443800000}),
        payloads.messaging(delivery={"watermark": 1772443800000}),
    ), "page"))  # fmt: skip
    told = [(one.kind, one.id, one.recipient) for one in found if isinstance(one, Status)]
    assert told == [("read", None, "8001"), ("delivered", "m1", "8001"),
                    ("delivered", "m2", "8001"), ("delivered", None, "8001")]  # fmt: skip


def test_our_own_messages_come_back_and_are_ignored() -> None:
    for what, name in (
        ({"message": {"mid": "m", "text": "us", "is_echo": True}}, "echo"),
        ({"message": {"mid": "m", "is_deleted": True}}, "deleted"),
        ({"reaction": {"mid": "m"}}, "reaction"),
        ({"postback": {"mid": "m", "payload": "X"}}, "postback"),
    ):
        event = payloads.messaging(**what)
        assert only(meta.read(payloads.messenger(event), "page")) == Ignored(name)


def test_a_comment_is_public_and_is_answered_below_itself() -> None:
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": "9_1",
        "post_id": "9",
        "from": {"id": "55", "name": "Kim"},
        "message": "Awful",
        "created_time": 1772443800,
    }
    body = {"object": "page", "entry": [{"id": "900", "changes": [
        {"field": "feed", "value": value},
        {"field": "feed", "value": value | {"from": {"id": "900"}}},
        {"field": "feed", "value": {"item": "reaction", "verb": "add"}},
        {"field": "feed", "value": value | {"verb": "remove"}},
        {"field": "mention", "value": {}},
    ]}]}  # fmt: skip
    post, *rest = meta.read(body, "page")
    assert isinstance(post, Post)
    assert (post.public, post.thread, post.answer_to) == (True, "9/55", "comment:9_1")
    names = [one.name for one in rest if isinstance(one, Ignored)]
    assert names == ["own-post", "feed-reaction", "feed-remove", "mention"]


def test_telegram_ids_are_of_their_chat_and_the_largest_picture_is_taken() -> None:
    photo = [{"file_id": "small"}, {"file_id": "large"}]
    post = only(telegram.read(payloads.telegram(photo=photo, caption="My shelf")))
    assert (post.id, post.thread, post.name, post.text) == ("3003:41", "3003", "Oleg B", "My shelf")
    assert [one.id for one in post.media] == ["large"]
    assert only(telegram.read(payloads.telegram(new_chat_title="x"))) == Ignored("new_chat_title")
    robot = payloads.telegram(text="Hi", **{"from": {"id": 1, "is_bot": True}})
    assert only(telegram.read(robot)) == Ignored("message-of-a-bot")
    assert only(telegram.read({"update_id": 1, "poll": {}})) == Ignored("poll")


def test_an_edit_on_telegram_is_another_wording_of_the_same_message() -> None:
    first = only(telegram.read(payloads.telegram(text="blue")))
    update = payloads.telegram(text="red", edit_date=1772443900)
    second = only(telegram.read({"update_id": 8, "edited_message": update["message"]}))
    assert first.id == second.id
    assert revision(first) != revision(second)


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


def test_mentions_on_x_are_public_with_their_reach() -> None:
    post = only(x.read(BODIES["x"]))
    assert (post.public, post.reach, post.answer_to) == (True, 1200, "post:5001")
    assert (post.name, post.language, post.thread) == ("Pat @pat", "en", "5001/200")
    old = payloads.x_post(timestamp_ms=None, created_at="Mon Mar 02 09:30:00 +0000 2026")
    assert only(x.read(old)).sent_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert only(x.read(payloads.x_post(user={"id_str": "100"}))) == Ignored("own-post")
    assert only(x.read(payloads.x_post(retweeted_status={}))) == Ignored("repost")


def test_direct_messages_on_x_are_private() -> None:
    event = {
        "type": "message_create",
        "id": "d1",
        "created_timestamp": "1772443800123",
        "message_create": {"sender_id": "200", "message_data": {"text": "psst"}},
    }
    body = {"for_user_id": "100", "direct_message_events": [event], "favorite_events": [{}],
            "direct_message_mark_read_events": [
                {"sender_id": "200", "created_timestamp": "1772443800123"}],
            "users": {"200": {"name": "Pat", "screen_name": "pat"}}}  # fmt: skip
    post, status, ignored = x.read(body)
    assert isinstance(post, Post)
    assert (post.public, post.text, post.name) == (False, "psst", "Pat @pat")
    assert isinstance(status, Status)
    assert (status.kind, status.id, status.recipient) == ("read", None, "200")
    assert ignored == Ignored("favorite_events")


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


def test_a_retry_is_the_same_wording_although_addresses_are_signed_anew() -> None:
    def photo(url: str) -> Any:
        files = [{"type": "image", "payload": {"url": url}}]
        event = payloads.messaging(message={"mid": "m", "attachments": files})
        return only(meta.read(payloads.messenger(event), "page"))

    assert revision(photo("https://a/1?s=1")) == revision(photo("https://a/1?s=2"))


@given(st.dictionaries(st.sampled_from([
    "MessageSid", "From", "Body", "MessageStatus", "MediaUrl0", "Latitude", "Longitude", "To",
    "ErrorCode", "ProfileName",
]), st.text(max_size=30)))  # fmt: skip
def test_whatever_fields_twilio_sends_no_reader_breaks(form: dict[str, str]) -> None:
    try:
        found = list(twilio.read(form))
    except NotOurs:
        return
    assert len(found) == 1


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["text", "image", "edit", "read", "1772443800", "\0", "\ud800", "9" * 400]),
)  # fmt: skip


def _mutations(value: Any) -> st.SearchStrategy[Any]:
    """`value` with anything anywhere in it replaced by something else."""
    if isinstance(value, dict) and value:
        return st.one_of(
            *(_mutations(v).map(lambda new, k=k: value | {k: new}) for k, v in value.items()),
            _LEAVES,
        )
    if isinstance(value, list) and value:
        return st.one_of(_mutations(value[0]).map(lambda new: [new, *value[1:]]), _LEAVES)
    return st.one_of(
        _LEAVES,
        st.lists(_LEAVES, max_size=2),
        st.dictionaries(st.text(string.ascii_lowercase), _LEAVES, max_size=2),
    )


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "twilio-sms"])
@given(data=st.data())
def test_whatever_is_sent_no_reader_breaks_and_what_it_finds_can_be_stored(
    kind: str, data: st.DataObject
) -> None:
    body = data.draw(_mutations(BODIES[kind]))
    try:
        found = list(READERS[kind](body))
    except NotOurs:
        return
    for one in found:
        if isinstance(one, Post):
            assert 0 < len(one.id) <= 200
            assert 0 < len(one.thread) <= 200
            assert clean(one.text) == one.text
            assert len(json.dumps(revision(one))) > 2
        elif isinstance(one, Ignored):
            assert 0 < len(one.name) <= 40
