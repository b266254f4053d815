"""What stands under a short rule is a signature only if it looks like one."""

import pytest

from services.ingest.domain.trimming import trim


@pytest.mark.parametrize("rule", ["--", "—", "_____"])
@pytest.mark.parametrize(
    "words",
    [
        "\nand the plug is missing",
        "\nUnd der Stecker fehlt auch noch.",
        "Secondly, the plug does not fit into our sockets at all.",
        "Deuxièmement, la prise ne va dans aucune de nos maisons.",
        "Además, el enchufe no entra en ninguna de nuestras casas.",
        "Во-вторых, вилка не подходит ни к одной розетке в доме.",
        "Thanks!\nKim, who would like to have the money back by Friday.",
        "Do they fit?",
        "One more thing: I want the money back",
        "Und noch etwas: ich brauche eine Rechnung",
    ],
)
def test_words_under_a_short_rule_stay(rule: str, words: str) -> None:
    body = f"First, the lamp is broken.\n\n{rule}\n{words}"
    assert trim(body).text == body


@pytest.mark.parametrize(
    "signature",
    [
        "Kim Doe",
        "Kim Doe\nHome Ltd., 5 Long Street, Leeds.\n+44 20 7946 0000",
        "Kim Doe\n\nHome Ltd.\nkim@home.example",
        "Kim Doe\n“The best time to plant a tree was a hundred years ago.”",
        "Kim Doe\nYou will find all of our lamps at www.home.example.",
    ],
)
def test_what_looks_like_a_signature_goes(signature: str) -> None:
    assert trim(f"Yes.\n\n--\n{signature}\n").text == "Yes."


def test_below_a_real_delimiter_anything_is_a_signature() -> None:
    words = "\nWe have been making lamps by hand for more than a hundred years."
    assert trim(f"Yes.\n\n-- {words}\n").text == "Yes."


def test_a_notice_below_a_signature_goes_with_it() -> None:
    notice = "This e-mail is confidential. If you are not the addressee, please delete it at once."
    assert trim(f"Yes.\n\n--\nKim Doe\n{notice}\n").text == "Yes."
