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


MORE_WORDS = {
    "cp1255": "שלום, אני לא מצליח להיכנס לחשבון שלי מאתמול",
    "cp1256": "مرحبا، لا أستطيع تسجيل الدخول إلى حسابي منذ أمس",
    "cp874": "สวัสดีครับ ผมเข้าสู่ระบบไม่ได้ตั้งแต่เมื่อวาน",
    "cp1254": "Merhaba, şifremi değiştiremiyorum, lütfen yardım edin",
    "iso8859-2": "Dzień dobry, nie mogę się zalogować, proszę o pomoc",
}


@pytest.mark.parametrize("charset", [*WORDS, *MORE_WORDS])
@pytest.mark.parametrize("declared", ["iso-8859-1", "iso-8859-15", "windows-1252"])
def test_a_western_set_that_was_declared_without_looking_is_repaired(
    charset: str, declared: str
) -> None:
    words = (WORDS | MORE_WORDS)[charset]
    if charset != "utf-16-le":  # no letter of it is beyond ASCII
        assert decode(words.encode(charset), declared) == words


def test_other_letters_are_seen_among_english_and_markup() -> None:
    words = f"<p class='x'>Dear team,</p>{' ' * 5000}<p>{RUSSIAN}</p><p>Sent from my phone</p>"
    assert decode(words.encode("cp1251"), "iso-8859-1") == words


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1252", None])
def test_escapes_are_japanese_whatever_is_declared(declared: str | None) -> None:
    assert decode(WORDS["iso2022_jp"].encode("iso2022_jp"), declared) == WORDS["iso2022_jp"]


def test_a_raw_subject_in_escapes_is_read() -> None:
    mail = parse("Subject: プレゼン\nFrom: 鈴木 <a@x.example>\n\nhi".encode("iso2022_jp"))
    assert (mail.subject, mail.sender) == ("プレゼン", Person("鈴木", "a@x.example"))


WESTERN = {
    "de": "Grüße aus Köln, könnten Sie bitte prüfen, warum die Übertragung größerer Dateien",
    "fr": "Où est ma commande ? Elle devait être livrée à côté de l'école, ça a déjà été réglé à",
    "es": "¿Dónde está mi pedido? Mañana cumplirá años mi niña y aún no llegó el paquete según",
    "pt": "Não consigo aceder à minha conta, já tentei várias opções e não há solução, obrigado",
    "it": "Perché il mio ordine non è ancora arrivato? Così non va più, la città è già servita",
    "nl": "Het is één keer geprobeerd, de reünie en het café zijn geannuleerd, geïnteresseerd",
    "sv": "Jag får inte tillgång till mitt konto, kan ni återställa lösenordet på måndag så går",
    "da": "Jeg har ikke fået min ordre på trods af løfter, kan I få det undersøgt på lørdag, kære",
    "fi": "En pääse sisään tililleni, määrää ei näy, lähettäkää tämä sääntöjä käsittelevälle",
    "is": "Það er ætíð því miður þannig að ég get ekki skráð mig inn á síðuna, þið þurfið að",
}


@pytest.mark.parametrize("language", WESTERN)
@pytest.mark.parametrize("declared", ["iso-8859-1", "iso-8859-15", "windows-1252"])
@given(st.data())
def test_right_western_words_stay_as_they_are(
    declared: str, language: str, data: st.DataObject
) -> None:
    words = WESTERN[language].split()
    first = data.draw(st.integers(0, len(words) - 1))
    text = " ".join(words[first : data.draw(st.integers(first + 1, len(words)))])
    text = data.draw(st.sampled_from([text, text.upper(), f"<p style='a'>{text}</p>"]))
    assert decode(text.encode(declared, "ignore"), declared) == text


@pytest.mark.parametrize(
    "text",
    ["Ça été", "ÄÖÜ", "ÄÖÜ äöü ß", "ÅÄÖ åäö", "ÀÉÈ ÊÎÔ", "à à à à à à à à à à", "——————————————",
     "\xa0\xa0\xa0\xa0\xa0\xa0\xa0\xa0\xa0 hi", "5 m² à 20 °C, ½ kg, ø 7 cm", "“Été” – «où»…"],
)  # fmt: skip
def test_short_lines_and_signs_stay_as_they_are(text: str) -> None:
    assert decode(text.encode("cp1252"), "iso-8859-1") == text


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
