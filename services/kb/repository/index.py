"""The index of published articles: which words are in which article, and how rare each word is.

PostgreSQL's text search configurations cut and stem the words; the ranking is BM25 (Robertson,
Zaragoza: The Probabilistic Relevance Framework, 2009), which `ts_rank` is not: it knows no rare
words, and must read every article that holds any word of a question.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import text

from services.kb.domain import Article, Hit, Question, dictionary, primary, rounded, spaced
from shared.storage import ReadSession, Session

INDEXED = 60_000
"""Characters of a body that are indexed: a tsvector holds at most a megabyte."""

_TAKE_OUT = text(
    "DELETE FROM posting WHERE tenant = :tenant AND article_id = :id RETURNING language, lexeme"
)
# A word's weight saturates with how often it is there (k1 = 1.2), sooner in a short article
# (b = 0.75, against a usual length of 200 words); in the title it counts three times.
_PUT_IN = text(
    """
    INSERT INTO posting (tenant, language, lexeme, article_id, weight)
    SELECT :tenant, :language, word.lexeme, :id,
        often.times / (often.times + 1.2 * (0.25 + 0.75 * whole.length / 200))
    FROM (SELECT setweight(to_tsvector(CAST(:dictionary AS regconfig), :title), 'A')
        || to_tsvector(CAST(:dictionary AS regconfig), :body) AS words) AS article
    CROSS JOIN LATERAL (
        SELECT sum(cardinality(positions)) AS length FROM unnest(article.words)) AS whole
    CROSS JOIN LATERAL unnest(article.words) AS word
    CROSS JOIN LATERAL (
        SELECT count(*) + 2 * count(*) FILTER (WHERE letter = 'A') AS times
        FROM unnest(word.weights) AS letter) AS often
    RETURNING language, lexeme
    """
)
_COUNT = text(
    """
    INSERT INTO word (tenant, language, lexeme, articles)
    SELECT :tenant, change.language, change.lexeme, change.articles
    FROM unnest(CAST(:languages AS text[]), CAST(:lexemes AS text[]), CAST(:changes AS bigint[]))
        AS change (language, lexeme, articles)
    ORDER BY change.language, change.lexeme
    ON CONFLICT (tenant, language, lexeme)
        DO UPDATE SET articles = word.articles + excluded.articles
    """
)
_SHELVE = text(
    """
    INSERT INTO shelf (tenant, language, dictionary, articles)
    VALUES (:tenant, :language, :dictionary, :change)
    ON CONFLICT (tenant, language) DO UPDATE SET articles = shelf.articles + excluded.articles
    """
)

# A question is cut once for each language that its tenant has articles in. Only its twelve rarest
# words are looked up, those that no article holds last: the rare ones decide, and the common ones
# are in every article. The score is the share of the twelve's weight that the article holds; two
# points more stand for what one rare word in common may be worth by chance. What is rare cannot be
# seen in few articles: under fifty, words are weighed as if there were fifty.
_FIND = text(
    """
    WITH said AS MATERIALIZED (
        SELECT question.number, shelf.tenant, shelf.language, shelf.articles, word.lexeme
        FROM unnest(CAST(:numbers AS int[]), CAST(:tenants AS text[]), CAST(:texts AS text[]))
            AS question (number, tenant, words)
        JOIN shelf ON shelf.tenant = question.tenant AND shelf.articles > 0
        CROSS JOIN LATERAL unnest(tsvector_to_array(
            to_tsvector(CAST(shelf.dictionary AS regconfig), question.words))) AS word (lexeme)
    ), known AS (
        SELECT said.number, said.tenant, said.language, said.lexeme,
            coalesce(word.articles, 0) > 0 AS held,
            ln(1 + (greatest(said.articles, 50) - coalesce(word.articles, 0) + 0.5)
                / (coalesce(word.articles, 0) + 0.5))::real AS rarity
        FROM said LEFT JOIN word ON word.tenant = said.tenant AND word.language = said.language
            AND word.lexeme = said.lexeme
    ), wanted AS MATERIALIZED (
        SELECT *, sum(rarity) OVER (PARTITION BY number, language) AS attainable
        FROM (SELECT *, row_number() OVER (PARTITION BY number, language
            ORDER BY held DESC, rarity DESC, lexeme) AS place FROM known) AS ordered
        WHERE place <= 12
    ), scored AS (
        SELECT wanted.number, wanted.tenant, wanted.language, posting.article_id,
            sum(wanted.rarity * posting.weight) / (max(wanted.attainable) + 2) AS score
        FROM wanted JOIN posting ON posting.tenant = wanted.tenant
            AND posting.language = wanted.language AND posting.lexeme = wanted.lexeme
        GROUP BY 1, 2, 3, 4
    ), best AS (
        SELECT *, row_number() OVER (
            PARTITION BY number, language ORDER BY score DESC, article_id) AS place
        FROM scored WHERE score >= :least
    )
    SELECT best.number, article.id, article.language, article.title,
        left(article.body, 300) AS beginning, CAST(best.score AS float8) AS score
    FROM best JOIN article ON article.tenant = best.tenant AND article.id = best.article_id
    WHERE best.place <= :most
    """
)


class Index:
    """Finds articles by their words."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def find(
        self, questions: Sequence[Question], *, most: int, least: float
    ) -> list[list[Hit]]:
        """For each question its hits of at least `least` score, `most` in each language."""
        given = {
            "numbers": list(range(len(questions))),
            "tenants": [question.tenant for question in questions],
            "texts": [spaced(question.text) for question in questions],
            "most": most,
            "least": least,
        }
        found: defaultdict[int, list[Hit]] = defaultdict(list)
        for number, uid, language, title, beginning, score in await self._session.execute(
            _FIND, given
        ):
            found[number].append(rounded(Hit(uid, language, title, score, beginning)))
        return [found[number] for number in range(len(questions))]


async def refresh(session: Session, before: Article | None, after: Article) -> None:
    """Makes the index say what the article says now; one that is not published is not in it."""
    changes: Counter[tuple[str, str]] = Counter()
    named = {"tenant": after.tenant, "id": after.id}
    if before is not None and before.text.status == "published":
        for language, lexeme in await session.execute(_TAKE_OUT, named):
            changes[language, lexeme] -= 1
        await _shelve(session, before, -1)
    if after.text.status == "published":
        written = after.text
        words = named | {
            "language": primary(written.language),
            "dictionary": dictionary(written.language),
            "title": spaced(written.title),
            "body": spaced(written.body[:INDEXED]),
        }
        for language, lexeme in await session.execute(_PUT_IN, words):
            changes[language, lexeme] += 1
        await _shelve(session, after, 1)
    await _count(session, after.tenant, changes)


async def _shelve(session: Session, article: Article, change: int) -> None:
    language = article.text.language
    await session.execute(
        _SHELVE,
        {
            "tenant": article.tenant,
            "language": primary(language),
            "dictionary": dictionary(language),
            "change": change,
        },
    )


async def _count(session: Session, tenant: str, changes: Counter[tuple[str, str]]) -> None:
    """Notes in how many articles each word is; in the words' order, so that writers take turns."""
    changed = sorted(word for word, change in changes.items() if change)
    if changed:
        await session.execute(
            _COUNT,
            {
                "tenant": tenant,
                "languages": [language for language, _ in changed],
                "lexemes": [lexeme for _, lexeme in changed],
                "changes": [changes[word] for word in changed],
            },
        )
