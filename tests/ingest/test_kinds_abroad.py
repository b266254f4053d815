"""Bounces in other languages: whom they name, and that they are bounces."""

import pytest

from services.ingest.domain.kinds.fields import address_of
from services.ingest.domain.kinds.reasons import plain
from tests.ingest.notices import RETURNED, bounced, notice


@pytest.mark.parametrize(
    ("text", "recipient"),
    [
        ("退信原因：\n收件人（mei@gone.example）的邮箱不存在。", "mei@gone.example"),
        ("无法投递到mei@gone.example，邮箱已满", "mei@gone.example"),
        ("mei@gone.example您的邮件被退回", "mei@gone.example"),
        ("jin@gone.example에게 메일을 보내지 못했습니다.", "jin@gone.example"),
        ("メールアドレス「aya@gone.example」が見つかりません。", "aya@gone.example"),
        ("jörg@bücher.example: Empfänger unbekannt", "jörg@bücher.example"),
        ("иван@почта.пример: пользователь не найден", "иван@почта.пример"),
        ("mei@例子.公司 不存在", "mei@例子.公司"),
        ("returned to=ana@gone.example, user unknown", "ana@gone.example"),
    ],
)
def test_a_recipient_ends_where_the_words_around_it_begin(text: str, recipient: str) -> None:
    bounce = bounced(notice(f"550 5.1.1\n{text}\n\n{RETURNED}"))
    assert bounce.recipient == recipient


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822; ana@gone.example", "ana@gone.example"),
        ("rfc822;SRS0=aB=x.example=ana@y.example", "SRS0=aB=x.example=ana@y.example"),
        ("utf-8; 用户@例子.中国", "用户@例子.中国"),
        ("rfc822; <收件人ana@gone.example不存在>", "ana@gone.example"),
    ],
)  # fmt: skip
def test_the_address_of_a_field_is_found_in_any_script(value: str, address: str) -> None:
    assert address_of(value) == address


def test_words_that_touch_an_address_remain_words() -> None:
    assert plain("bob@gone.example:no such recipient") == "@ :no such recipient"
    assert plain("收件人bob@gone.example不存在") == "收件人 @ 不存在"
