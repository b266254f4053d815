"""Constants of a query's text are the code's own, and nothing else."""

import pytest
from sqlalchemy.dialects import postgresql

from shared.storage import constant


@pytest.mark.parametrize("value", ["queued", "first-response", "not_confirmed", ""])
def test_a_constant_is_part_of_the_querys_text(value: str) -> None:
    compiled = constant(value).compile(dialect=postgresql.dialect())
    assert (str(compiled), compiled.params) == (f"'{value}'", {})


@pytest.mark.parametrize("value", ["it's", "' OR true --", "a b", ":name", "%s"])
def test_what_could_be_from_outside_is_no_constant(value: str) -> None:
    with pytest.raises(ValueError, match="not a constant"):
        constant(value)
