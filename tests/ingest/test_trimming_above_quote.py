"""Directly above a quote, a line that tells who and when introduces it, whatever its verb is."""

import pytest

from services.ingest.domain.trimming import trim


@pytest.mark.parametrize(
    "line",
    [
        "Вы писали 5 марта 2024 г., 9:41:00:",
        "Tuesday, March 5, 2024, 9:41:00 AM, you wrote:",
        "[2024-03-05 09:41] Ada Reyes <ada@shop.example> fabulated:",
        "Ada Reyes <ada@shop.example>, 5 Mart 2024 tarihinde:",
        "5.3.2024 09:41, ada@shop.example a zo skrivet:",
        "Tar 5 Mar 2024, ka 9:41, Ada Reyes (ada@shop.example) ya rubuta:",
    ],
)
def test_a_line_above_a_quote_that_tells_who_and_when_goes_with_it(line: str) -> None:
    body = f"Yes.\n\n{line}\n\n> Which lamp?\n> Ada\n"
    assert trim(body).text == "Yes."


@pytest.mark.parametrize(
    "words",
    [
        "On 5 March 2024 I got from ada@shop.example:",
        "I wrote to ada@shop.example on 5 March. This came back:",
        "Ich bekam am 05.03.2024 von ada@shop.example:",
    ],
)
def test_words_about_a_mail_above_a_quote_of_it_stay(words: str) -> None:
    body = f"Hello,\n\n{words}\n> There is no lamp."
    assert trim(body).text == body


@pytest.mark.parametrize(
    "words",
    [
        "Вы писали 5 марта в 9:41:\n\nлампа будет завтра.",
        "On 5 March 2024 at 9:41 Ada called\nand she wrote: no lamp.",
        "The delay---3 days---is too long.",
        "Ada Reyes\n05/03/2024 09:41\n\nis what the receipt says.",
    ],
)
def test_words_like_them_without_a_quote_stay(words: str) -> None:
    body = f"Hello,\n\n{words}"
    assert trim(body).text == body
