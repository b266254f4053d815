"""Automatic replies, complaints, receipts, and what only looks like them."""

import pytest

from services.ingest.domain.mail import parse
from tests.ingest.notices import ORIGINAL, mail, notice, report

PREFIXES = [
    "Automatic reply: Order", "Out of Office AutoReply: Order", "Auto-Reply: Order",
    "Automatische Antwort: Bestellung", "Abwesenheitsnotiz: Bestellung", "Automatisch antwoord: x",
    "Réponse automatique : Commande", "Respuesta automática: Pedido", "Resposta automática: Pedido",
    "Risposta automatica: Ordine", "Autosvar: Ordre", "Automatiskt svar: Order",
    "Automaattinen vastaus: Tilaus", "Odpowiedź automatyczna: Zamówienie",
    "Automatická odpověď: Objednávka", "Automatikus válasz: Rendelés", "Răspuns automat: Comandă",
    "Автоответ: Заказ", "Автоматический ответ: Заказ", "Автоматична відповідь: x",
    "Автоматичен отговор: x", "Otomatik yanıt: Sipariş", "Αυτόματη απάντηση: x",
    "תשובה אוטומטית: x", "رد تلقائي: x", "自動返信: ご注文", "自动回复: 订单", "自動回覆: 訂單",
    "자동 회신: 주문", "Trả lời tự động: x", "Balasan otomatis: x", "ตอบกลับอัตโนมัติ: x",
    "Samodejni odgovor: x", "Automatski odgovor: x", "Automaatvastus: x",
    "Automatinis atsakymas: x",
]  # fmt: skip


@pytest.mark.parametrize("subject", PREFIXES)
def test_the_prefixes_of_mail_programs_announce_a_robot_in_any_language(subject: str) -> None:
    for sign in ({"In_Reply_To": ORIGINAL}, {"Return_Path": "<>"}, {"Auto_Submitted": "auto-x"}):
        parsed = mail("I am back on Monday.", Subject=subject, **sign)
        assert (parsed.kind, parsed.automatic) == ("auto-reply", True)


@pytest.mark.parametrize(
    "subject",
    [
        *PREFIXES, "Vacation reply", "Abwesenheitsnotiz", "Réponse automatique", "自动回复",
        "Automatic reply: how do I set it up?", "Auto reply - not working", "Out of office: how?",
    ],
)  # fmt: skip
def test_a_customer_who_asks_about_automatic_replies_opens_a_ticket(subject: str) -> None:
    parsed = mail("How do I set one up?", Subject=subject)
    assert (parsed.kind, parsed.automatic) == ("message", False)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Re: Order", "Out of Office: Re: Order", "Abwesend: AW: Bestellung",
        "[Auto-Reply] Re[2]: Order", "Urlaub: Re: Bestellung", "Vắng mặt: Re: x",
        "În afara biroului: Re: x", "自动回复：回复：订单",
        "Absence : Re: x",
    ],
)  # fmt: skip
def test_a_robots_words_before_an_answered_subject_need_no_other_sign(subject: str) -> None:
    assert mail("I am back on Monday.", Subject=subject).kind == "auto-reply"


@pytest.mark.parametrize(
    "subject", ["Automatic reply: Order 12", "Abwesenheitsnotiz: Ihre Rechnung", "自動返信：注文"]
)
def test_a_robots_words_before_any_subject_count_where_nothing_is_asked(subject: str) -> None:
    assert mail("Back on Monday.", Subject=subject).kind == "auto-reply"
    assert mail("It goes to everybody. Why?", Subject=subject).kind == "message"
    assert mail("Back on Monday.", Subject=f"{subject}?").kind == "message"


@pytest.mark.parametrize(
    "subject",
    ["Out of Office", "Out of office: Order", "Fuori ufficio: Ordine", "Yahoo! Auto Response"],
)
def test_out_of_office_before_a_subject_that_is_answered_is_a_robots(subject: str) -> None:
    assert mail("Back on Monday.", Subject=subject, References=ORIGINAL).kind == "auto-reply"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Out"},
        {"Precedence": "auto_reply"},
        {"X_Auto_Response_Suppress": "All", "Subject": "Out of office", "In_Reply_To": "<1@x>"},
        {"Auto_Submitted": "auto-generated", "Subject": "Vacaciones", "In_Reply_To": "<1@x>"},
        {"Return_Path": "<>", "Subject": "Abwesend bis Montag", "References": "<1@x>"},
        {"Precedence": "bulk", "Subject": "Away until May"},
    ],
)
def test_headers_tell_a_robots_reply(headers: dict[str, str]) -> None:
    assert mail("I am away and will answer later.", **headers).kind == "auto-reply"


@pytest.mark.parametrize(
    "headers",
    [
        {"Subject": "Out of office phones do not ring"},
        {"Subject": "Urlaub: meine Buchung"},
        {"Subject": "Re: Automatic reply: Order", "In_Reply_To": "<1@x>"},
        {"Subject": "Question", "X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        {"Subject": "Vacation deals", "Precedence": "bulk", "List_Id": "<deals.example>"},
        {"Subject": "I am away next week, please deliver later", "Auto_Submitted": "no"},
        {"Subject": "Automatic replies do not work", "X_Autoreply": "no"},
    ],
)
def test_people_and_lists_that_speak_of_absence_write_messages(headers: dict[str, str]) -> None:
    assert mail("Please help me, I cannot log in.", **headers).kind == "message"


def test_what_a_system_sends_unasked_is_an_automatic_message() -> None:
    parsed = mail("Disk is 91 % full.", Auto_Submitted="auto-generated", Subject="Alert")
    assert (parsed.kind, parsed.automatic) == ("message", True)


def test_a_vacation_notice_with_the_empty_return_path_is_no_bounce() -> None:
    parsed = notice(
        "I am out.", From="Bo <bo@x.example>", Subject="Automatic reply: Delivery failed"
    )
    assert (parsed.kind, parsed.bounce) == ("auto-reply", None)


def test_a_challenge_to_prove_oneself_human_is_a_reply() -> None:
    text = "Your message is being held. Please verify that you are human to have it delivered."
    parsed = notice(text, From="bo@x.example", Subject="Re: Your order", In_Reply_To=ORIGINAL)
    assert parsed.kind == "auto-reply"


def test_a_read_receipt_is_a_reply() -> None:
    fields = "Final-Recipient: rfc822; bo@x.example\nDisposition: manual-action; displayed"
    assert parse(report(fields, kind="disposition-notification")).kind == "auto-reply"


@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_the_answer_to_an_invitation_is_a_message_even_if_software_sent_it(method: str) -> None:
    raw = (
        "From: bo@x.example\nSubject: Accepted: Demo\nAuto-Submitted: auto-replied\n"
        'Content-Type: multipart/alternative; boundary="=c"\n\n'
        "--=c\nContent-Type: text/plain\n\nI come.\n"
        f"--=c\nContent-Type: text/calendar; method={method}\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"
        "--=c--\n"
    )
    assert parse(raw.encode()).kind == "message"


def test_a_feedback_report_is_a_complaint_about_a_mail() -> None:
    fields = "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <bo@x.example>\n"
    parsed = parse(report(fields, kind="feedback-report"))
    assert (parsed.kind, parsed.automatic, parsed.bounce) == ("complaint", True, None)
    assert parsed.complaint is not None
    assert parsed.complaint.feedback == "abuse"
    assert parsed.complaint.recipient == "bo@x.example"
    assert parsed.complaint.original_message_id == ORIGINAL


def test_a_customer_who_complains_is_no_feedback_report() -> None:
    parsed = mail("I complain about abuse.", Subject="complaint about message from your shop")
    assert parsed.kind == "message"
