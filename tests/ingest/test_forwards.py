"""Whose a forwarded mail is, read from its bytes alone."""

import pytest

from services.ingest.domain.forwards import forwarded
from services.ingest.domain.mail import parse
from services.ingest.domain.subjects import is_forward
from tests.ingest.mailroom import letter

BLOCKS = {
    "gmail": "---------- Forwarded message ---------\nFrom: Carla Gil <carla@client.example>\n"
    "Date: Mon, 2 Mar 2026\nSubject: Lamp\nTo: <agent@demo.example>\n\nIt is broken.",
    "outlook": "________________________________\nVon: Gil, Carla <carla@client.example>\n"
    "Gesendet: Montag, 2. März 2026 08:00\nAn: Agent <agent@demo.example>\nBetreff: Lampe\n\n"
    "It is broken.",
    "old-outlook": "-----Original Message-----\nFrom: Carla Gil [mailto:carla@client.example]\n"
    "Sent: Monday, March 2, 2026 8:00 AM\nTo: Agent\nSubject: Lamp\n\nIt is broken.",
    "french": "De : Carla Gil <carla@client.example>\nEnvoyé : lundi 2 mars 2026 08:00\n"
    "À : agent@demo.example\nObjet : Lampe\n\nIt is broken.",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("note", ["", "Please look at this.\n\n"])
def test_the_sender_of_a_forwarded_mail_stands_in_its_header_lines(block: str, note: str) -> None:
    found = forwarded(parse(letter("<f@x>", note + block, subject="Fwd: Lamp")))
    assert found is not None
    assert found.sender.address == "carla@client.example"
    assert "It is broken." in found.text
    assert "Please look" not in found.text


@pytest.mark.parametrize(
    "raw",
    [
        letter("<f@x>", BLOCKS["gmail"], subject="Re: Lamp"),
        letter("<f@x>", "Nothing below.", subject="Fwd: Lamp"),
        letter("<f@x>", "From: nobody\nSubject: x\n\nHm", subject="WG: Lamp"),
        b"",
    ],
)
def test_answers_and_bare_words_are_no_forwards(raw: bytes) -> None:
    assert forwarded(parse(raw)) is None


@pytest.mark.parametrize(
    ("subject", "is_one"),
    [("Fwd: x", True), ("WG: x", True), ("Re: Fw: x", True), ("[EXT] TR: x", True),
     ("Re: x", False), ("AW: x", False), ("x Fwd: y", False), ("", False)],
)  # fmt: skip
def test_a_forward_says_so_before_its_subject(subject: str, is_one: bool) -> None:
    assert is_forward(subject) is is_one
