"""The language of what a person wrote, where it can be told."""

import pytest

from services.ingest.domain.languages import known_languages, language_of
from services.ingest.domain.mail import parse
from tests.conformance import quality
from tests.ingest import mailroom

WRITTEN = {
    "en": "I have been waiting for my order since last week, where is it?",
    "de": "Ich warte seit letzter Woche auf meine Bestellung, wo bleibt sie?",
    "no": "Jeg har ikke fått varen som jeg bestilte, og vil gjerne ha pengene tilbake.",
    "ja": "先週注文した商品がまだ届いていません。",
    "ar": "لم يصل طلبي بعد، أين هو من فضلكم؟",
}


@pytest.mark.parametrize("language", WRITTEN)
def test_a_sentence_is_told(language: str) -> None:
    assert language_of(WRITTEN[language]) == language


@pytest.mark.parametrize("text", ["", "ok", "12 345,67", "https://example.com/de/hilfe", "a@b.de"])
def test_what_has_no_words_has_no_language(text: str) -> None:
    assert language_of(text) is None


def test_addresses_and_numbers_do_not_outweigh_the_words() -> None:
    link = "https://example.com/where/is/my/order?id=123 "
    assert language_of(f"{link * 8}{WRITTEN['de']}") == "de"


def test_a_long_text_is_told_by_its_beginning() -> None:
    assert language_of(WRITTEN["de"] + " " + WRITTEN["en"] * 10_000) is not None


def test_the_answer_has_a_language_and_not_what_it_quotes() -> None:
    quoted = "\r\n".join(f"> {WRITTEN['en']}" for _ in range(10))
    mail = parse(mailroom.letter(text=f"{WRITTEN['de']}\r\n\r\n{quoted}"))
    assert (mail.language, mail.text) == ("de", WRITTEN["de"])


def test_norwegian_is_one_language() -> None:
    assert "no" in known_languages()
    assert "nb" not in known_languages()


def test_languages_are_told_right_of_sentences_that_nobody_here_wrote() -> None:
    if not (quality.DATA / "language").is_dir():
        pytest.skip(f"the reference sentences are missing: {quality.DATA} has no language")
    table = quality.languages()
    right, of = (sum(getattr(share, name) for share, _ in table) for name in ("right", "of"))
    print(f"languages: {right} of {of} sentences in {len(table)} languages")
    assert right >= quality.LANGUAGES * of
