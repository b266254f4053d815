"""The pure rules of articles."""

import doctest
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kb import domain
from services.kb.domain import Hit, Text, asked, dictionary, rank, slug, write

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ID = UUID(int=7)
TEXT = Text("en", "Reset your password", "Open the sign-in page.", status="published")


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(domain).failed == 0


def test_an_article_is_published_once_however_often_it_is_hidden_and_shown_again() -> None:
    first = write("demo", ID, TEXT, None, NOW)
    hidden = write("demo", ID, Text(TEXT.language, TEXT.title, TEXT.body, status="archived"), first,
                   NOW + timedelta(days=1))  # fmt: skip
    again = write("demo", ID, TEXT, hidden, NOW + timedelta(days=2))
    assert [first.version, hidden.version, again.version] == [1, 2, 3]
    assert {first.published_at, hidden.published_at, again.published_at} == {NOW}


def test_a_draft_has_no_day_of_publication() -> None:
    assert write("demo", ID, Text("en", "T", "B"), None, NOW).published_at is None


def test_saving_the_same_text_again_is_the_same_article() -> None:
    first = write("demo", ID, TEXT, None, NOW)
    assert write("demo", ID, TEXT, first, NOW + timedelta(hours=1)) is first


def test_languages_that_nobody_can_stem_are_compared_by_whole_words() -> None:
    assert {dictionary(one) for one in ("ja", "zh-Hant", "th")} == {"simple"}
    assert (dictionary("pt-BR"), dictionary("xx")) == ("portuguese", "simple")


@given(st.text(), st.uuids())
def test_a_slug_is_never_empty_and_holds_nothing_that_an_address_would_escape(
    title: str, article: UUID
) -> None:
    made = slug(title, article)
    assert made
    assert not set(made) & set(" /?#%&\n\t\"'<>\\")


hits = st.lists(
    st.builds(
        Hit, st.uuids(), st.sampled_from(["en", "de", "en-GB"]), st.just("t"),
        st.floats(0, 1), st.just(""),
    )
)  # fmt: skip


@given(hits, st.sampled_from(["en", "de", None]), st.integers(1, 5))
def test_own_language_goes_first_and_then_the_better_score(
    found: list[Hit], language: str | None, most: int
) -> None:
    best = rank(found, language, most)
    assert len(best) == min(most, len(found))
    keys = [(language is not None and hit.language[:2] != language, -hit.score) for hit in best]
    assert keys == sorted(keys)


@given(st.text(), st.text())
def test_what_a_ticket_asks_is_bounded_and_can_be_stored(subject: str, text: str) -> None:
    question = asked(subject, text)
    assert len(question) <= 600
    assert "\0" not in question
