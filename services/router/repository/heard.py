"""What router hears from sla and kb: clocks and suggested articles, folded by age."""

import json
from collections.abc import Collection
from dataclasses import fields

from sqlalchemy import Text, cast, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.router import tables
from services.router.domain.promises import Clock, Suggestion
from services.router.repository.columns import columns, given, taken
from shared.storage import Session

_CLOCK = tuple(field.name for field in fields(Clock))
_CLOCK_KEY = ("tenant", "ticket_id", "kind", "generation")
_clock = given(tables.clocks, _CLOCK)
_insert_clock = insert(tables.clocks).from_select(
    _CLOCK, select(*taken(_clock, _CLOCK)).order_by(*taken(_clock, _CLOCK_KEY))
)
_KEEP_CLOCK = _insert_clock.on_conflict_do_update(
    index_elements=_CLOCK_KEY,
    where=tables.clocks.c.sequence <= _insert_clock.excluded.sequence,
    set_={name: _insert_clock.excluded[name] for name in _CLOCK if name not in _CLOCK_KEY},
)

_SUGGESTION = tuple(field.name for field in fields(Suggestion))
_SUGGESTION_KEY = ("tenant", "ticket_id")
# The driver would take a list of lists for an array of two dimensions: the articles come as text.
_suggestion = given(tables.suggestions, _SUGGESTION[:-1], articles=Text)
_insert_suggestion = insert(tables.suggestions).from_select(
    _SUGGESTION,
    select(*taken(_suggestion, _SUGGESTION[:-1]), cast(_suggestion.c.articles, JSONB)).order_by(
        *taken(_suggestion, _SUGGESTION_KEY)
    ),
)
_KEEP_SUGGESTION = _insert_suggestion.on_conflict_do_update(
    index_elements=_SUGGESTION_KEY,
    where=tables.suggestions.c.at <= _insert_suggestion.excluded.at,
    set_={name: _insert_suggestion.excluded[name] for name in ("at", "articles")},
)


class Heard:
    """The clocks and suggestions tables, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def keep_clocks(self, clocks: Collection[Clock]) -> None:
        """Stores clocks, at most one of each key; an older state than the stored one is ignored."""
        await self._session.execute(_KEEP_CLOCK, columns(_CLOCK, clocks))

    async def keep_suggestions(self, suggestions: Collection[Suggestion]) -> None:
        """Stores suggestions, at most one for each ticket, in place of older ones."""
        articles = [json.dumps(list(suggestion.articles)) for suggestion in suggestions]
        bound = columns(_SUGGESTION[:-1], suggestions) | {"articles": articles}
        await self._session.execute(_KEEP_SUGGESTION, bound)
