"""Bounces in other languages: whom they name, and that they are bounces."""

import pytest

from services.ingest.domain.kinds.fields import address_of
from services.ingest.domain.kinds.reasons import plain
from services.ingest.domain.mail import parse
from tests.ingest.notices import ORIGINAL, RETURNED, bounced, failed, notice, report


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


DAEMON = {"From": "MAILER-DAEMON@mx.example", "Subject": "Xyz"}


@pytest.mark.parametrize(
    "text",
    [
        "<bo@x.example>: 550 5.1.1 Qwe rty",
        "bo@x.example\nasd fgh (5.2.2)",
        "Qwe: bo@x.example, asd: 552 Fgh jkl",
        f"Asd bo@x.example\n\n{RETURNED}",
    ],
)
def test_a_daemons_notice_in_an_unknown_language_is_a_bounce(text: str) -> None:
    bounced(notice(text, **DAEMON))


def test_a_mail_that_a_daemon_returns_as_a_part_is_a_bounce() -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nTo: help@shop.example\nSubject: Xyz\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=o"\n\n'
        "--=o\nContent-Type: text/plain\n\nQwe bo@x.example asd.\n"
        f"--=o\nContent-Type: message/rfc822\n\n{RETURNED}\nHi\n--=o--\n"
    )
    assert bounced(parse(raw.encode())).original_message_id == ORIGINAL


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("Qwe bo@x.example, asd fgh.", DAEMON),
        ("bo@x.example: 450 MB", DAEMON),
        ("Qwe bo: 550 5.1.1 Asd", DAEMON | {"Return_Path": "<postmaster@x.example>"}),
        ("<bo@x.example>: 550 5.1.1 Qwe", DAEMON | {"From": "bo@x.example", "Return_Path": "<b>"}),
        ("bo@x.example: 5.1.1?", DAEMON | {"Subject": "Re: Xyz", "In_Reply_To": ORIGINAL}),
    ],
)  # fmt: skip
def test_without_a_code_or_the_empty_return_path_unknown_words_are_a_message(
    text: str, headers: dict[str, str]
) -> None:
    assert notice(text, **headers).kind == "message"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Zprávu nebylo možné doručit: bo@x.example\nUživatel neexistuje", "unknown-user"),
        ("Správu nebolo možné doručiť: bo@x.example\nPoužívateľ neexistuje", "unknown-user"),
        ("Nem sikerült kézbesíteni: bo@x.example\nNincs ilyen felhasználó", "unknown-user"),
        ("Viestiä ei voitu toimittaa: bo@x.example\nKäyttäjää ei löydy", "unknown-user"),
        ("Sõnumit ei saanud kohale toimetada: bo@x.example\nTundmatu kasutaja", "unknown-user"),
        ("İletiniz teslim edilemedi: bo@x.example\nKullanıcı bulunamadı", "unknown-user"),
        ("Δεν ήταν δυνατή η παράδοση: bo@x.example\nΟ χρήστης δεν βρέθηκε", "unknown-user"),
        ("לא ניתן למסור: bo@x.example\nהנמען לא נמצא", "unknown-user"),
        ("Mesajul nu a putut fi livrat: bo@x.example\nUtilizator necunoscut", "unknown-user"),
        ("Kunne ikke leveres: bo@x.example\nUkendt bruger", "unknown-user"),
        ("Kan ikke leveres: bo@x.example\nMottakeren finnes ikke", "unknown-user"),
        ("Kunde inte levereras: bo@x.example\nMottagaren hittades inte", "unknown-user"),
        ("Nie można dostarczyć: bo@x.example\nNie ma takiego użytkownika", "unknown-user"),
        ("Не вдалося доставити: bo@x.example\nКористувача не знайдено", "unknown-user"),
        ("Nije moguće isporučiti: bo@x.example\nKorisnik ne postoji", "unknown-user"),
        ("لم يتم تسليم الرسالة: bo@x.example\nالمستخدم غير موجود", "unknown-user"),
        ("Không thể gửi: bo@x.example\nNgười nhận không tồn tại", "unknown-user"),
        ("ไม่สามารถส่งข้อความ: bo@x.example\nไม่พบผู้ใช้", "unknown-user"),
        ("Tidak dapat dikirim: bo@x.example\nPengguna tidak ditemukan", "unknown-user"),
        ("배달할 수 없습니다: bo@x.example\n존재하지 않는 사용자", "unknown-user"),
        ("邮件未送达 bo@x.example\n查无此人", "unknown-user"),
        ("Konnte nicht zugestellt werden: bo@x.example\nBo wurde nicht gefunden", "unknown-user"),
        ("Non è stato possibile recapitare a bo@x.example\nBo non è stato trovato", "unknown-user"),
        ("E-mail konnte nicht zugestellt werden: bo@x.example\nBo nicht im Domino-Verzeichnis",
         "unknown-user"),
        ("Échec de la remise : bo@x.example\nL'adresse entrée est introuvable", "unknown-user"),
        ("Recapito non riuscito: bo@x.example\nImpossibile trovare l'indirizzo", "unknown-user"),
        ("Недоставлено: bo@x.example\nНе удалось найти адрес", "unknown-user"),
        ("Levering mislyktes: bo@x.example\nFinner ikke e-postadressen", "unknown-user"),
        ("Nedoručitelné: bo@x.example\nZadaná adresa se nenašla", "unknown-user"),
        ("Sua mensagem foi devolvida: bo@x.example\nCaixa postal cheia", "mailbox-full"),
        ("邮件被退回 bo@x.example\n发件人的域名不存在", "sender-refused"),
        ("Nicht zugestellt: bo@x.example\nAbsender help@x.example unbekannt", "sender-refused"),
        ("Nelze doručit: bo@x.example\nSchránka je plná", "mailbox-full"),
        ("Nem kézbesíthető: bo@x.example\nA postafiók megtelt", "mailbox-full"),
        ("Ei voitu toimittaa: bo@x.example\nPostilaatikko on täynnä", "mailbox-full"),
        ("Teslim edilemedi: bo@x.example\nPosta kutusu dolu", "mailbox-full"),
        ("Kan inte levereras: bo@x.example\nPostlådan är full", "mailbox-full"),
        ("Không thể gửi: bo@x.example\nHộp thư của người nhận đã đầy", "mailbox-full"),
        ("Nelze doručit: bo@x.example\nÚčet byl zablokován", "disabled"),
        ("배달되지 않음: bo@x.example\n휴면 계정: 계정이 정지되었습니다", "disabled"),
        ("Nelze doručit: bo@x.example\nPaní Nová zde nepracuje", "moved"),
        ("お届けできません: bo@x.example\n退職しました", "moved"),
    ],
)  # fmt: skip
def test_a_notice_is_understood_in_many_languages(text: str, reason: str) -> None:
    bounce = bounced(notice(text, Subject="Xyz"))
    assert (bounce.reason, bounce.recipient) == (reason, "bo@x.example")


def test_a_diagnostic_beyond_ascii_is_read_as_utf_8() -> None:
    raw = report(failed("bo@x.example", "5.0.0", "550 Käyttäjää ei löydy"))
    assert bounced(parse(raw)).reason == "unknown-user"


def test_a_group_that_may_be_closed_is_not_gone() -> None:
    text = (
        "Bonjour, il se peut que le groupe (cats) n'existe pas ou que vous ne soyez pas autorisé à"
        " lui envoyer des messages. bo@x.example\n\nGoogle Groups\n\nReceived: x\n"
    )
    assert not bounced(notice(text, **DAEMON)).hard
