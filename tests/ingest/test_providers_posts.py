"""What Messenger, Instagram, Telegram and X say, taken apart."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from services.ingest.domain.providers import meta, telegram, x
from services.ingest.domain.providers.found import Found, Ignored, Media, Post, Status
from services.ingest.domain.social import revision
from tests.ingest import payloads
from tests.ingest.payloads import BODIES


def only(found: Iterable[Found]) -> Any:
    [one] = found
    return one


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


def test_a_retry_is_the_same_wording_although_addresses_are_signed_anew() -> None:
    def photo(url: str) -> Any:
        files = [{"type": "image", "payload": {"url": url}}]
        event = payloads.messaging(message={"mid": "m", "attachments": files})
        return only(meta.read(payloads.messenger(event), "page"))

    assert revision(photo("https://a/1?s=1")) == revision(photo("https://a/1?s=2"))
