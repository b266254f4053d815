"""What a chat session becomes, its settings, its passes: without any I/O."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.chat.happenings import (
    Abandoned,
    Action,
    Answered,
    AskPerson,
    End,
    Ended,
    HandedOver,
    Invite,
    Join,
    Leave,
    Missed,
    Queued,
    Read,
    Say,
    Speak,
    Started,
    WantTranscript,
)
from services.ingest.domain.chat.sessions import Chat, Entry, Rules
from services.ingest.domain.chat.steps import Step, client_id, step
from services.ingest.domain.chat.transcripts import transcript
from services.ingest.domain.chat.waiting import expected_wait
from services.ingest.domain.headers import Person

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
KEY = b"k" * 32
MIA = uuid4()


def after(*actions: Action, bot: bool = False, seconds: int = 10) -> tuple[Chat, list[Step]]:
    """The session after these, each ten seconds later, and every step."""
    chat = Chat(tenant="demo", id=uuid4(), account="web", due_at=NOW)
    known: dict[str, Entry] = {}
    steps = []
    for number, action in enumerate(actions):
        now = NOW + timedelta(seconds=seconds * number)
        made = step(chat, action, now, Rules(bot=bot), known)
        known |= {entry.client_id: entry for entry in made.entries}
        chat = made.chat
        steps.append(made)
    return chat, steps


def say(id: str = "m1", **what: Any) -> Say:
    return Say(id=id, text="Hello", sent_at=NOW, **what)


def speak(kind: str = "reply", **what: Any) -> Speak:
    given = {"automatic": False, "requested_by": "mia", "ticket_id": None} | what
    return Speak(request_id=uuid4(), kind=kind, text="Hi", **given)


def kinds(made: Step) -> list[type]:
    return [type(one) for one in made.news]


def test_the_first_message_starts_and_queues() -> None:
    chat, [made] = after(say())
    assert chat.state == "waiting"
    assert kinds(made)[0] is Started
    assert kinds(made)[-1] is Queued


def test_the_first_answer_ends_the_wait_and_the_second_says_nothing_of_it() -> None:
    chat, [_, first, second] = after(say(), speak(), speak())
    assert first.news == (Answered("mia", 10.0),)
    assert second.news == ()
    assert chat.state == "active"


def test_an_acknowledgement_is_no_answer() -> None:
    chat, [_, made] = after(say(), speak("acknowledgement", automatic=True))
    assert chat.state == "waiting"
    assert made.news == ()


def test_a_bot_holds_a_session_until_somebody_asks_for_a_person() -> None:
    chat, [first, _, asked] = after(say(), speak("bot"), AskPerson(), bot=True)
    assert Queued not in kinds(first)
    assert kinds(asked) == [HandedOver, Queued]
    assert chat.state == "waiting"


def test_a_bot_hands_over_with_its_turn() -> None:
    chat, [_, made] = after(say(), speak("bot", hand_over=True), bot=True)
    assert kinds(made) == [HandedOver, Queued]
    assert [entry.kind for entry in made.entries] == ["bot", "handed-over"]
    assert chat.seq == 3


def test_whoever_goes_without_an_answer_has_abandoned() -> None:
    _, [_, made] = after(say(), End("visitor"))
    assert kinds(made) == [Abandoned, Ended]
    _, [_, _, answered] = after(say(), speak(), End("visitor"))
    assert kinds(answered) == [Ended]


def test_an_agent_who_leaves_before_answering_puts_the_visitor_back_in_line() -> None:
    chat, _ = after(say(), Join(MIA, "Mia", "1"))
    assert chat.state == "active"
    chat, _ = after(say(), Join(MIA, "Mia", "1"), Leave(MIA, "2"))
    assert chat.state == "waiting"
    assert chat.waiting_since == NOW


def test_an_answer_after_the_end_is_mailed_where_an_address_is_known() -> None:
    visitor = Person("Ana", "ana@example.com")
    chat, steps = after(say(visitor=visitor), End("visitor"), speak())
    assert Missed in kinds(steps[-1])
    assert chat.state == "ended"
    _, steps = after(say(), End("visitor"), speak())
    assert Missed not in kinds(steps[-1])


def test_a_message_left_while_nobody_is_in_is_all_of_its_session() -> None:
    chat, [made] = after(say(offline=True, visitor=Person(None, "ana@example.com")))
    assert chat.state == "ended"
    assert Abandoned not in kinds(made)
    assert Queued not in kinds(made)


def test_a_transcript_is_for_chats_that_a_person_has_answered() -> None:
    wanted = WantTranscript("ana@example.com")
    chat, steps = after(say(), speak("bot"), speak("notice", automatic=True), wanted)
    assert steps[-1].refusal == "not-answered"
    assert chat.transcript_to is None
    chat, _ = after(say(), speak(), wanted)
    assert chat.transcript_to == "ana@example.com"


def test_an_invitation_is_shown_once_and_answered_once() -> None:
    shown, accepted = Invite("p", "shown"), Invite("p", "accepted")
    _, steps = after(accepted, shown, shown, accepted, Invite("p", "dismissed"))
    assert [len(made.news) for made in steps] == [0, 1, 0, 1, 0]
    assert steps[0].refusal == "unknown"


actions = st.one_of(
    st.builds(say, st.sampled_from(["a", "b", "c"])),
    st.builds(speak, st.sampled_from(["reply", "bot", "acknowledgement"]), hand_over=st.booleans()),
    st.builds(Read, st.integers(0, 50)),
    st.just(AskPerson()),
    st.builds(Join, st.just(MIA), st.just("Mia"), st.sampled_from(["1", "2"])),
    st.builds(Leave, st.just(MIA), st.sampled_from(["3", "4"])),
    st.builds(End, st.sampled_from(["visitor", "agent", "system"])),
    st.builds(Invite, st.just("p"), st.sampled_from(["shown", "accepted", "dismissed"])),
)


@given(st.lists(actions, max_size=30), st.booleans())
def test_whatever_happens_entries_have_no_gaps_and_nothing_is_said_twice(
    happened: list[Any], bot: bool
) -> None:
    chat, steps = after(*happened, bot=bot)
    entries = [entry for made in steps for entry in made.entries]
    assert [entry.seq for entry in entries] == list(range(1, chat.seq + 1))
    assert len({entry.client_id for entry in entries}) == len(entries)
    ends = [made for made in steps if Ended in kinds(made)]
    assert len(ends) == (chat.state == "ended")
    for action, made in zip(happened, steps, strict=True):
        if client_id(action) is not None and made.entry and not made.entries:
            assert made.news == ()


def test_what_is_expected_is_position_times_median_in_tens() -> None:
    assert expected_wait(3, 38.0) == 120
    assert expected_wait(1, None) is None


def test_a_transcript_has_a_line_for_each_thing_said() -> None:
    _, steps = after(say(), Join(MIA, "Mia", "1"), speak())
    entries = [entry for made in steps for entry in made.entries]
    text = transcript("Larkspur", entries)
    assert text.splitlines()[2:] == [
        "2026-11-22 10:00 You: Hello", "2026-11-22 10:00 Mia joined.", "2026-11-22 10:00 Mia: Hi",
    ]  # fmt: skip
