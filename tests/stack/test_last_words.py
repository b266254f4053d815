"""A program that fails is quoted in words, not in JSON."""

from pathlib import Path

from deploy.local.last_words import last_words


def test_a_plain_log_is_quoted_by_its_last_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("first\nlast\n")
    assert last_words(log) == f"last [{log}]"


def test_the_latest_error_of_a_service_counts_more_than_its_farewell(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(
        '{"level": "ERROR", "event": "ended by a failure", "exception": "Trace\\nOSError: no"}\n'
        '{"level": "INFO", "event": "stopped", "clean": false}\n'
    )
    assert last_words(log) == f"ended by a failure: OSError: no [{log}]"


def test_a_program_without_a_word_is_quoted_too(tmp_path: Path) -> None:
    assert last_words(tmp_path / "none.log").startswith("(no output)")
