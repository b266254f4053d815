"""Lines that begin with `>` may be their writer's own: commands, menus, comparisons."""

import pytest

from services.ingest.domain.trimming import trim


@pytest.mark.parametrize(
    "body",
    [
        "It stops when I type this:\n\n> lamp on\n> lamp off",
        "Ich gebe das hier ein:\n> lampe an",
        "Voici la commande :\n\n> lampe allumer",
        "我输入的是：\n\n> 开灯",
        "Then I open Settings\n> Lamps\n> Colours",
        "A > B\n> 5 is fine for us",
        "This is what I type:\n\n> lamp on\n\nand nothing happens.",
    ],
)
def test_few_lines_that_the_words_run_into_stay(body: str) -> None:
    assert trim(body).text == body


@pytest.mark.parametrize(
    "quote",
    [
        "\n> Which lamp?\n> Ada",
        "> Hello Kim,\n>\n> which lamp?\n> Ada",
        "> Hello Kim,\n\n> which lamp?",
        "On Tue, Mar 5, 2024 at 9:41 AM Ada Reyes <ada@shop.example> wrote:\n> Which lamp?",
    ],
)
def test_a_quote_below_the_words_goes(quote: str) -> None:
    assert trim(f"The green one.\n{quote}\n").text == "The green one."
