"""Bytes of unsure encoding: the words that were meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain import headers
from services.ingest.domain.charsets import decode
from services.ingest.domain.headers import Person
from services.ingest.domain.mail import parse

RUSSIAN = "Здравствуйте! Мой заказ ещё не пришёл, а деньги вы уже списали."
WORDS = {
    "cp1252": "Où est ma commande ? Elle devait être livrée hier, à côté de l'école.",
    "cp1250": "Proszę o zwrot pieniędzy, bo zamówienie jeszcze nie dotarło, żądam odpowiedzi.",
    "cp1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "cp1253": "Πού βρίσκεται η παραγγελία μου; Έπρεπε να είχε έρθει χθες.",
    "cp932": "注文した商品がまだ届いていません。いつ届きますか。教えてください。",
    "iso2022_jp": "注文した商品がまだ届いていません。",
    "gb18030": "我的订单还没有到，请问什么时候可以送到？谢谢你们的帮助。",
    "big5": "我的訂單還沒有到，請問什麼時候可以送到？謝謝你們的幫助。",
    "cp949": "주문한 상품이 아직 도착하지 않았습니다. 언제 도착하나요?",
    "utf-16-le": "Where is my order?",
}


@pytest.mark.parametrize("charset", WORDS)
@pytest.mark.parametrize("declared", [None, "x-unknown", "us-ascii"])
def test_a_set_that_nobody_declared_is_seen_from_the_bytes(
    charset: str, declared: str | None
) -> None:
    assert decode(WORDS[charset].encode(charset), declared) == WORDS[charset]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "us-ascii", "gb2312", "utf8"])
def test_utf_8_under_another_name_is_utf_8(declared: str) -> None:
    words = "Grüße, zażółć, Ελλάδα and 日本語"
    assert decode(words.encode(), declared) == words


def test_what_is_declared_utf_8_and_is_not_is_repaired() -> None:
    assert decode("Grüße aus Köln".encode("latin-1"), "utf-8") == "Grüße aus Köln"


@pytest.mark.parametrize("declared", ["win-1251", "windows1251", "cp-1251", '"Windows-1251"'])
def test_a_code_page_is_known_by_its_number(declared: str) -> None:
    assert decode("Ещё".encode("cp1251"), declared) == "Ещё"


def test_one_broken_byte_spoils_only_itself() -> None:
    data = RUSSIAN.encode()
    assert decode(data[:20] + b"\xff" + data[20:], "utf-8").replace("\ufffd", "") == RUSSIAN


@given(
    st.binary(min_size=1), st.sampled_from([None, "utf-8", "utf-7", "gb2312", "rot13", "\udc80"])
)
def test_bytes_of_any_kind_give_a_text(data: bytes, declared: str | None) -> None:
    assert decode(data, declared)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
        ("Re: =?utf-8?B?SGVsbG8?= there", "Re: Hello there"),
        ("=?utf-8?Q?blanks in it?= too", "blanks in it too"),
        ("=?utf-8?B?SGVsbG8gd29y", "Hello wor"),
        ("=?utf-8*en?q?Hi?=", "Hi"),
        ("=?made-up?q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?b?!!!?=", "!!!"),
        ("a =? b ?= c", "a =? b ?= c"),
    ],
)
def test_encoded_words_against_the_rules_are_read(line: str, text: str) -> None:
    assert headers.text(line) == text


def test_eight_bit_headers_are_in_the_set_of_the_body() -> None:
    raw = "From: Иван <ivan@example.com>\nSubject: Где заказ\nContent-Type: text/plain;" + (
        f" charset=koi8-r\n\n{RUSSIAN}"
    )
    mail = parse(raw.encode("koi8-r"))
    assert mail.sender == Person("Иван", "ivan@example.com")
    assert (mail.subject, mail.text) == ("Где заказ", RUSSIAN)
