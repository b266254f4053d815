"""What kb does, on a real database."""

import json

import pytest
from sqlalchemy import select, text

from services.kb.domain import Question, Text
from services.kb.repository.index import Index
from services.kb.usecases.write_article import restate_articles
from shared.messaging import UnitOfWork, new_id, resync
from shared.messaging.tables import outbox as outbox_table
from tests.kb.desk import opened, publish, save, suggested

PASSWORD = ("Reset your password", "Choose **Forgot password?** on the sign-in page.")


async def announced(unit: UnitOfWork) -> list[dict[str, object]]:
    async with unit.database.reading() as session:
        rows = await session.execute(
            select(outbox_table.c.topic, outbox_table.c.payload).order_by(outbox_table.c.id)
        )
        return [json.loads(row.payload) | {"topic": row.topic} for row in rows]


async def search(
    unit: UnitOfWork, tenant: str, words: str, language: str | None = None
) -> list[str]:
    async with unit.database.reading() as session:
        (hits,) = await Index(session).find(
            [Question(tenant, words, language)], most=10, least=0.05
        )
    return [hit.title for hit in sorted(hits, key=lambda hit: -hit.score)]


async def test_a_saved_article_is_announced_with_its_state_and_without_its_text(
    unit: UnitOfWork,
) -> None:
    article = await publish(unit, "demo", "en", *PASSWORD)
    (said,) = await announced(unit)
    assert said["topic"] == "support.articles.v1"
    assert (said["article_id"], said["status"]) == (str(article), "published")
    assert "Forgot" not in json.dumps(said)


async def test_saving_the_same_again_announces_nothing(unit: UnitOfWork) -> None:
    text = Text("en", *PASSWORD, status="published")
    article = new_id()
    for _ in range(2):
        assert (await save(unit, "demo", article, text)).version == 1
    assert len(await announced(unit)) == 1


async def test_a_new_ticket_is_told_the_article_that_answers_it(unit: UnitOfWork) -> None:
    password = await publish(unit, "demo", "en", *PASSWORD)
    await publish(unit, "demo", "en", "Download invoices", "Invoices lie under Billing.")
    ticket = opened("demo", "I forgot my password", "How do I reset it?")
    found = await suggested(unit, ticket)
    assert [one["article_id"] for one in found[str(ticket.uid)]] == [str(password)]
    assert 0.2 <= found[str(ticket.uid)][0]["score"] <= 1


async def test_a_ticket_that_nothing_fits_gets_no_event(unit: UnitOfWork) -> None:
    await publish(unit, "demo", "en", *PASSWORD)
    assert await suggested(unit, opened("demo", "Where is my parcel?")) == {}


async def test_drafts_archived_articles_and_other_companies_are_never_suggested(
    unit: UnitOfWork,
) -> None:
    await publish(unit, "demo", "en", *PASSWORD, status="draft")
    await publish(unit, "demo", "en", *PASSWORD, status="archived")
    await publish(unit, "other", "en", *PASSWORD)
    assert await suggested(unit, opened("demo", "password reset")) == {}
    assert await search(unit, "demo", "password") == []


async def test_the_tickets_own_language_comes_first(unit: UnitOfWork) -> None:
    await publish(unit, "demo", "en", "Export: password list", "Export password list, password.")
    german = await publish(unit, "demo", "de", "Passwort und Export", "So geht der Export.")
    ticket = opened("demo", "Export password", "", language="de")
    found = await suggested(unit, ticket)
    assert found[str(ticket.uid)][0]["article_id"] == str(german)


@pytest.mark.parametrize(
    ("language", "title", "body", "question"),
    [
        ("de", "Rechnungen herunterladen", "Alle Rechnungen liegen unter Abrechnung.", "Rechnung"),
        ("es", "Restablecer la contraseña", "Elige «He olvidado».", "contraseñas"),
        ("ja", "パスワードを再設定する", "サインイン画面を開きます。", "パスワードを忘れました"),
        ("zh", "重置密码", "打开登录页面，选择忘记密码。", "忘记密码怎么办"),
        ("hi", "पासवर्ड रीसेट करें", "साइन-इन पृष्ठ खोलें।", "पासवर्ड"),
    ],
)
async def test_words_are_found_in_languages_of_many_scripts(
    unit: UnitOfWork, language: str, title: str, body: str, question: str
) -> None:
    await publish(unit, "demo", language, title, body)
    await publish(unit, "demo", "en", "Something else", "Nothing of the kind.")
    assert await search(unit, "demo", question) == [title]


async def test_the_index_counts_what_is_published_after_any_edits(unit: UnitOfWork) -> None:
    texts = [
        Text("en", *PASSWORD, status="published"),
        Text("en", "Forgotten passwords", "Ask your administrator.", status="published"),
        Text("de", "Passwort vergessen", "Die Anmeldung öffnen.", status="published"),
        Text("ja", "パスワードを再設定する", "サインイン画面を開きます。", status="published"),
        Text("en", *PASSWORD, status="archived"),
        Text("en", *PASSWORD, status="draft"),
    ]
    ids = [new_id() for _ in range(3)]
    for step in range(24):
        await save(unit, "demo", ids[step % 3], texts[(step * 5 + step // 3) % len(texts)])
        assert await miscounted(unit) == []


async def miscounted(unit: UnitOfWork) -> list[tuple[object, ...]]:
    """Words and shelves whose counts differ from what the articles and postings say."""
    async with unit.database.reading() as session:
        words = await session.execute(
            text(
                "SELECT language, lexeme, articles, count(posting.lexeme) FROM word LEFT JOIN "
                "posting USING (tenant, language, lexeme) GROUP BY 1, 2, 3 HAVING "
                "articles <> count(posting.lexeme)"
            )
        )
        shelves = await session.execute(
            text(
                "SELECT language, articles, count(article.id) FROM shelf LEFT JOIN article "
                "USING (tenant, language) WHERE status = 'published' OR status IS NULL "
                "GROUP BY 1, shelf.articles HAVING shelf.articles <> count(article.id)"
            )
        )
        return [tuple(row) for row in (*words, *shelves)]


async def test_a_batch_gives_each_ticket_its_own_articles(unit: UnitOfWork) -> None:
    password = await publish(unit, "demo", "en", *PASSWORD)
    invoice = await publish(unit, "other", "en", "Download invoices", "Invoices under Billing.")
    tickets = [opened("demo", "password"), opened("other", "invoices"), opened("demo", "invoices")]
    found = await suggested(unit, *tickets)
    assert {ticket: [one["article_id"] for one in hits] for ticket, hits in found.items()} == {
        str(tickets[0].uid): [str(password)],
        str(tickets[1].uid): [str(invoice)],
    }


@pytest.mark.parametrize("question", ["", "   ", "!?…", "'", "a & | ! :* <->", "x" * 400, "🙂🙃"])
async def test_no_question_is_too_odd_to_ask(unit: UnitOfWork, question: str) -> None:
    await publish(unit, "demo", "en", *PASSWORD)
    await publish(unit, "demo", "ja", "パスワード", "本文")
    assert isinstance(await search(unit, "demo", question), list)


async def test_resync_says_every_article_again_in_an_epoch_that_outranks_the_old_one(
    unit: UnitOfWork,
) -> None:
    ids = {str(await publish(unit, "demo", "en", f"Title {n}", "Body")) for n in range(3)}
    before = await sequences(unit)
    assert await resync(unit, [restate_articles]) == 2
    after = await sequences(unit)
    assert {key for key, _ in after[len(before) :]} == ids
    assert min(number for _, number in after[len(before) :]) > max(n for _, n in before)


async def sequences(unit: UnitOfWork) -> list[tuple[str, int]]:
    """(article id, sequence) of what is announced, in order."""
    async with unit.database.reading() as session:
        rows = await session.execute(select(outbox_table.c.headers).order_by(outbox_table.c.id))
    headers = [dict(json.loads(row.headers)) for row in rows]
    return [(one["ce_subject"], int(one["ce_sequence"])) for one in headers]
