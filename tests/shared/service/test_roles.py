"""Scopes and roles."""

from hypothesis import given
from hypothesis import strategies as st

from shared.service.roles import MEANINGS, ROLES, SCOPES, scopes_of


def test_every_scope_has_a_meaning() -> None:
    assert set(MEANINGS) == SCOPES


def test_scopes_and_roles_of_a_token_add_up() -> None:
    assert scopes_of("kpis:read", ["editor"]) == {"kpis:read", "articles:read", "articles:write"}


def test_only_whole_scopes_count() -> None:
    assert scopes_of("tickets:reader xtickets:read tickets", []) == frozenset()


@given(st.text(), st.lists(st.text()))
def test_what_is_not_in_the_tables_gives_nothing(scope: str, roles: list[str]) -> None:
    named = set(scope.split())
    if not named & SCOPES and not set(roles) & set(ROLES):
        assert scopes_of(scope, roles) == frozenset()


def test_only_the_platform_may_set_up_tenants_or_look_across_them() -> None:
    for role, scopes in ROLES.items():
        if role != "platform":
            assert not scopes & {"tenants:write", "platform:operate"}, role


def test_a_viewer_changes_nothing() -> None:
    assert all(scope.endswith(":read") for scope in ROLES["viewer"])
