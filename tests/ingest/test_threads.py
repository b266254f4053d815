"""Which conversation a message belongs to, decided without I/O."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.subjects import bare, is_same_subject, ticket_number
from services.ingest.domain.threads import (
    MOST_PARTICIPANTS,
    Arrival,
    Joined,
    join,
    mail_names,
    proposals,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def arrival(n: int, own: str, answers: str = "", **what: Any) -> Arrival:
    """The n-th mail, from Ana, with its Message-ID and the ids that it answers."""
    names = mail_names("t", f"<{own}>", [f"<{one}>" for one in answers.split()], ())
    given: dict[str, Any] = {
        "tenant": "t", "id": UUID(int=n), "at": NOW + timedelta(minutes=n), "names": names,
        "own": names[-1], "subject": "Invoice", "sender": "ana@example.com",
    } | what  # fmt: skip
    return Arrival(**given)


def joined(*arrivals: Arrival) -> Joined:
    """All of them, which come together."""
    return join(arrivals, {}, {})


def one_by_one(*arrivals: Arrival) -> dict[UUID, UUID]:
    """Where each ends that comes by itself, after all have come."""
    known = Joined({}, {})
    found: dict[UUID, UUID] = {}
    for one in arrivals:
        known = join([one], known.names, known.threads)
        found |= known.conversations
    return {id: known.threads["t", place].merged_into or place for id, place in found.items()}


@pytest.mark.parametrize("together", [True, False])
def test_a_thread_is_joined_in_every_order(together: bool) -> None:
    mails = {
        "a": arrival(1, "a"),
        "b": arrival(2, "b", "a", sender="ben@example.org", subject="Re: Invoice"),
        "c": arrival(3, "c", "b", subject="AW: Re: Invoice"),
        "z": arrival(4, "z", subject="Else"),
    }
    for order in permutations(mails):
        arrivals = [mails[name] for name in order]
        if together:
            after = joined(*arrivals)
            where = {
                id: after.threads["t", place].merged_into or place
                for id, place in after.conversations.items()
            }
        else:
            where = one_by_one(*arrivals)
        assert len({where[mails[name].id] for name in "abc"}) == 1
        assert where[mails["z"].id] == mails["z"].id


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4), max_size=12))
def test_batches_make_no_difference_and_every_name_has_a_conversation(
    named: list[list[str]],
) -> None:
    arrivals = [
        arrival(n, names[-1], " ".join(names[:-1])) for n, names in enumerate(named, start=1)
    ]
    whole = joined(*arrivals)
    known = Joined({}, {})
    conversations: dict[UUID, UUID] = {}
    for one in arrivals:
        known = join([one], known.names, known.threads)
        conversations |= known.conversations
    assert (conversations, known.names) == (whole.conversations, whole.names)
    assert set(whole.names) == set(proposals(arrivals))
    alive = [thread for thread in whole.threads.values() if thread.merged_into is None]
    assert len(alive) + len(whole.merges) == len(whole.threads)


def test_two_halves_are_one_when_the_missing_mail_comes_and_the_older_one_survives() -> None:
    after = joined(
        arrival(1, "a"),
        arrival(2, "c", "b", subject="Re: Invoice"),
        arrival(3, "b", "a", subject="Re: Invoice", sender="ben@example.org"),
    )
    [merge] = after.merges
    assert (merge.loser, merge.survivor, merge.arrival) == (UUID(int=2), UUID(int=1), UUID(int=3))
    assert list(after.conversations.values()) == [UUID(int=1), UUID(int=2), UUID(int=1)]
    later = join([arrival(4, "d", "c")], after.names, after.threads)
    assert later.conversations[UUID(int=4)] == UUID(int=1)


def test_two_subjects_stay_two_conversations_though_one_mail_names_both() -> None:
    after = joined(
        arrival(1, "a"), arrival(2, "b", subject="Delivery"), arrival(3, "c", "b a", subject="Both")
    )
    assert after.merges == []
    assert after.conversations[UUID(int=3)] == UUID(int=2)


def test_a_new_subject_by_a_stranger_begins_a_conversation_and_an_answer_to_it_stays_there() -> (
    None
):
    stranger = {"subject": "Job offer", "sender": "eve@elsewhere.example"}
    after = joined(
        arrival(1, "a"), arrival(2, "s", "a", **stranger), arrival(3, "s2", "s a", **stranger)
    )
    assert after.conversations[UUID(int=2)] == after.conversations[UUID(int=3)] == UUID(int=2)


@pytest.mark.parametrize(
    "what",
    [
        {"subject": "Something new"},
        {"subject": "Re: Invoice", "sender": "eve@elsewhere.example"},
        {"subject": "Fresh", "sender": "cc@example.com"},
        {"subject": "", "sender": "cc@example.com"},
        {"subject": "Away", "robot": True},
        {"subject": "Away", "sender": "eve@elsewhere.example", "robot": True, "answers_us": True},
    ],
)
def test_participants_may_change_the_subject_and_strangers_may_answer_under_it(
    what: dict[str, Any],
) -> None:
    after = joined(arrival(1, "a", people=("cc@example.com",)), arrival(2, "b", "a", **what))
    assert after.conversations[UUID(int=2)] == UUID(int=1)


def test_a_strangers_robot_joins_only_where_it_answers_a_mail_of_ours() -> None:
    eve = {"subject": "Invoice", "sender": "eve@elsewhere.example", "robot": True}
    after = joined(arrival(1, "a"), arrival(2, "b", "a", **eve))
    assert after.conversations[UUID(int=2)] == UUID(int=2)


@pytest.mark.parametrize("subject", ["", "Re:", "[x]", "[EXT] AW: [Team]", None])
def test_a_stranger_without_a_subject_joins_only_a_conversation_without_one(
    subject: str | None,
) -> None:
    eve = {"subject": subject, "sender": "eve@elsewhere.example"}
    after = joined(arrival(1, "a"), arrival(2, "b", "a", **eve))
    assert after.conversations[UUID(int=2)] == UUID(int=2)
    assert "eve@elsewhere.example" not in after.threads["t", UUID(int=1)].participants
    bare = joined(arrival(1, "a", subject="Re:"), arrival(2, "b", "a", **eve))
    assert bare.conversations[UUID(int=2)] == UUID(int=1)


def test_a_used_message_id_leads_nowhere_but_to_the_same_talk_with_the_same_person() -> None:
    other = arrival(2, "a", sender="ben@example.org")
    subject = arrival(3, "a", subject="Delivery")
    copy = arrival(4, "a")
    after = joined(arrival(1, "a"), other, subject, copy)
    assert [after.conversations[UUID(int=n)] for n in (1, 2, 3, 4)] == [
        UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=1),
    ]  # fmt: skip


def test_a_signed_address_is_believed_and_a_number_only_from_a_participant() -> None:
    opened = joined(arrival(1, "a"))
    new = {"subject": "[#12] Delivery"}
    eve = {"sender": "eve@elsewhere.example"} | new
    after = join(
        [
            arrival(2, "s", signed=UUID(int=1), **eve),
            arrival(3, "n", numbered=UUID(int=1), **{**eve, "sender": "mallory@x.example"}),
            arrival(4, "o", numbered=UUID(int=1), **new),
        ],
        opened.names,
        opened.threads,
    )
    found = [after.conversations[UUID(int=n)] for n in (2, 3, 4)]
    assert found == [UUID(int=1), UUID(int=3), UUID(int=1)]


def test_a_conversation_remembers_only_so_many_people() -> None:
    crowd = tuple(f"p{n}@example.com" for n in range(200))
    after = joined(arrival(1, "a", people=crowd))
    assert len(after.threads["t", UUID(int=1)].participants) == MOST_PARTICIPANTS


@pytest.mark.parametrize(
    "written",
    [
        "Invoice", "RE: invoice", "Aw: Re: Invoice", "Re[2]: Invoice", "WG: [EXT] Invoice",
        "Fwd: [#1042] Invoice ", "SV: VS: Invoice", "回复：Invoice", "RE : Invoice", "Odp: Invoice",
        "[Team] Re: Invoice",
    ],
)  # fmt: skip
def test_marks_and_tags_do_not_make_a_subject_new(written: str) -> None:
    assert is_same_subject(written, "Invoice")
    assert not is_same_subject(written, "Invoices")


@given(st.text(max_size=300), st.text(max_size=300))
def test_subjects_compare_whatever_they_are(one: str, other: str) -> None:
    assert is_same_subject(one, one)
    assert is_same_subject(one, other) == is_same_subject(other, one)
    assert bare("Re: " + one) == bare(one)
    assert ticket_number(f"{one.replace('[', '')}[#77]") == 77
