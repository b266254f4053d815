"""The mail that is answered goes, however a client introduces it, in whatever language.

trimming/*.txt hold what clients write: one a line, "client and language: line", with `|` where it
is wrapped.
"""

from pathlib import Path

import pytest

from services.ingest.domain.trimming import trim


def listed(name: str) -> list[str]:
    return (Path(__file__).parent / "trimming" / f"{name}.txt").read_text("utf-8").splitlines()


def by_client(name: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in listed(name))


ATTRIBUTIONS = by_client("attributions")
BLOCKS = by_client("header_blocks")

ANSWER = "Yes, that one please.\nCould you also send the plug?"
OLD = "Hello Kim,\n\nwhich of the two lamps do you mean?\n\nAda"
QUOTED = "> Hello Kim,\n>\n> which of the two lamps do you mean?"


def lines_of(head: str) -> str:
    return head.replace("|", "\n")


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_an_answer_above_a_quote_is_the_text(client: str) -> None:
    head = lines_of(ATTRIBUTIONS[client])
    trimmed = trim(f"{ANSWER}\n\n{head}\n\n{QUOTED}\n")
    assert trimmed.text == ANSWER
    assert trimmed.quoted == f"{head}\n\n{QUOTED}"


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_an_answer_above_a_mail_quoted_without_signs_is_the_text(client: str) -> None:
    head = lines_of(ATTRIBUTIONS[client])
    assert trim(f"{ANSWER}\n\n{head}\n\n{OLD}\n").text == ANSWER
    assert trim(f"{ANSWER}\n{head}\n{OLD}\n").text == ANSWER


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_an_answer_below_a_quote_is_the_text(client: str) -> None:
    head = lines_of(ATTRIBUTIONS[client])
    assert trim(f"{head}\n{QUOTED}\n\n{ANSWER}\n").text == ANSWER


@pytest.mark.parametrize("client", BLOCKS)
def test_an_answer_above_a_header_block_is_the_text(client: str) -> None:
    head = lines_of(BLOCKS[client])
    trimmed = trim(f"{ANSWER}\n\n{head}\n\n{OLD}\n")
    assert trimmed.text == ANSWER
    assert trimmed.quoted == f"{head}\n\n{OLD}"


@pytest.mark.parametrize("client", BLOCKS)
def test_a_mail_that_is_only_passed_on_keeps_its_words(client: str) -> None:
    assert trim(f"{lines_of(BLOCKS[client])}\n\n{OLD}\n").text.endswith(OLD)


@pytest.mark.parametrize("client", [*ATTRIBUTIONS, *BLOCKS])
def test_crlf_changes_nothing(client: str) -> None:
    head = lines_of((ATTRIBUTIONS | BLOCKS)[client])
    body = f"{ANSWER}\n\n{head}\n\n{OLD}\n"
    assert trim(body.replace("\n", "\r\n")) == trim(body)


@pytest.mark.parametrize("line", listed("device_lines"))
def test_what_a_device_adds_is_not_the_person_speaking(line: str) -> None:
    assert trim(f"{ANSWER}\n\n{line}\n").text == ANSWER
    head = lines_of(ATTRIBUTIONS["Gmail en"])
    assert trim(f"{ANSWER}\n\n{line}\n\n{head}\n\n{QUOTED}\n").text == ANSWER


@pytest.mark.parametrize("line", listed("lines_like_them"))
def test_words_about_sending_stay_the_persons(line: str) -> None:
    assert trim(f"Hello,\n\n{line}\n").text == f"Hello,\n\n{line}"
