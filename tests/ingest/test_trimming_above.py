"""A help desk's "reply above this line" ends the answer; sentences with its words do not."""

import pytest

from services.ingest.domain.trimming import trim


@pytest.mark.parametrize(
    "line",
    [
        "##- Please type your reply above this line -##",
        "##- Wpisz tutaj swoją odpowiedź -##",
        "##- 请在此行上方输入您的答复 -##",
        "##- 이 줄 위에 답장을 입력하세요 -##",
        "##- Lütfen yanıtınızı bu satırın üstüne yazın -##",
        "##- Введите ответ над этой строкой -##",
        "##- נא להקליד את התשובה מעל שורה זו -##",
        "##- Vastaa kirjoittamalla tähän -##",
        "--- Bitte antworten Sie oberhalb dieser Linie ---",
        "=== Odpovězte prosím nad tento řádek ===",
        "-----In replies all text above this line is added to your ticket-----",
        "Reply above this line.",
        "—-—-—-—\nReply above this line.",
        "Reply above this line to add a comment",
        "Bitte oberhalb dieser Zeile antworten",
        "Veuillez répondre au-dessus de cette ligne",
        "Por favor responda por encima de esta línea",
        "Пожалуйста, отвечайте выше этой строки",
        "请在此行上方回复",
    ],
)
def test_an_answer_above_the_line_is_the_text(line: str) -> None:
    assert trim(f"Yes.\n\n{line}\n\nTicket 7 was answered\n").text == "Yes."


@pytest.mark.parametrize(
    "words",
    [
        "when I reply above the old mail, half of it is missing.",
        "Nothing above this line of the bill is right, and the sum is wrong as well.",
        "Please type the number above this line into the form, then the lamp should light up.",
        "Can you reply above this line?",
        "The label says: reply above this line.",
        "Der Betrag oberhalb dieser Linie stimmt nicht mit dem Vertrag überein.",
        "Le montant au-dessus de cette ligne est faux.",
        "--- Very important ---",
        "== Second lamp ==",
    ],
)
def test_words_about_lines_stay(words: str) -> None:
    body = f"Hello,\n\n{words}\n\nKim"
    assert trim(body).text == body
