"""Forms, tickets and logs with lines such as "From:" and "wrote:" are the sender's words."""

import pytest

from services.ingest.domain.trimming import trim


@pytest.mark.parametrize(
    "form",
    [
        "From: 2024-03-05\nTo: 2024-03-08\nSubject: Room with a lamp",
        "From: Kim Doe\nTo: Lamp Shop\nDate: 5 March 2024\nSubject: Money back",
        "From: Leeds depot\nTo: kim@home.example\nDate: 5 March 2024",
        "Date: 5/3/2024\nTime: 10:30\nFrom: Room 5\nTo: Room 7\nSubject: Two lamps",
        "From: Lisbon\nTo: Porto\nDate: 5 March 2024, 10:30",
        "To: kim@home.example\nSubject: Lamp\nDate: 5 March 2024",
        "from: shop@lamps.example\nsent: last night",
        "Von: Leeds\nAn: Kim\nDatum: 5. März 2024\nBetreff: Paket",
        "De : Paris\nÀ : Lyon\nDate : 5 mars 2024\nObjet : Réservation",
        "Od: poniedziałek\nDo: piątek\nTemat: Urlop",
        "От: понедельник\nДо: пятница\nТема: Отпуск",
    ],
)
def test_a_form_within_the_words_stays(form: str) -> None:
    body = f"Hello,\n\nthe form says:\n\n{form}\n\nWhy is there no answer?"
    assert trim(body).text == body


@pytest.mark.parametrize(
    "log",
    [
        "2024-03-05 09:41:00 INFO user kim@home.example wrote:\n 3 lamps",
        "[2024-03-05T09:41:00Z] ERROR kim@home.example wrote:\n nothing",
        "05.03.2024 09:41:07,123 - WARN - shop <shop@lamps.example>:\n no route",
    ],
)
def test_a_log_within_the_words_stays(log: str) -> None:
    body = f"The log:\n\n{log}\n\nWhat is wrong?"
    assert trim(body).text == body


@pytest.mark.parametrize("name", ["Original message:", "Originalnachricht:", "Message original :"])
def test_a_message_of_a_program_is_no_mail(name: str) -> None:
    body = f"The window says:\n\n{name}\nLamp not found\n\nWhat does it mean?"
    assert trim(body).text == body


@pytest.mark.parametrize(
    "block",
    [
        "From: Ada Reyes <ada@shop.example>\nSent: Tuesday\nTo: Kim\nSubject: Lamp",
        "From: Ada Reyes\nSent: 5 March 2024 9:41\nTo: Kim\nSubject: Lamp",
        "--------------------\n*From:* Ada Reyes\n*Sent:* 2024-03-05\n*To:* Kim\n*Subject:* Lamp",
        "De: Ada <ada@shop.example>\nEnviado o: 5 de marzo de 2024\nPara: Kim\nAsunto: Lámpada",
        "Кімнен: Ada <ada@shop.example>\nЖіберілген: 2024 ж. 5 наурыз\nКімге: Kim\nТақырып: Шам",
    ],
)
def test_a_block_that_tells_the_sender_or_the_time_is_a_mails(block: str) -> None:
    assert trim(f"Yes.\n\n{block}\n\nWhich lamp?\n").text == "Yes."
