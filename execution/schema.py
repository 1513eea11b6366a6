"""What the queue's file looks like inside: one script for each version, and the words by which a prompt is found."""

import json
import re
import sqlite3
from typing import Any

# A database of version N has had the first N scripts. A released one never changes.
# What lists read stands first in a row, what is long and never changes in a table of its own: a row is written whole
# whenever anything in it changes, and what follows a long text is slow to reach.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE prompts (
        row           INTEGER PRIMARY KEY AUTOINCREMENT,
        prompt_id     TEXT NOT NULL UNIQUE,
        number        REAL NOT NULL,
        state         TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done')),
        status        TEXT CHECK (status IN ('success', 'error', 'cancelled')),
        client_id     TEXT,
        created       INTEGER NOT NULL,
        started       INTEGER,
        finished      INTEGER,
        finished_row  INTEGER,
        starts        INTEGER NOT NULL DEFAULT 0,
        deaths        INTEGER NOT NULL DEFAULT 0,
        summary       TEXT,
        targets       TEXT NOT NULL,
        messages      TEXT,
        meta          TEXT,
        outputs       TEXT,
        graph         TEXT NOT NULL,
        extra_data    TEXT NOT NULL
    );
    CREATE INDEX prompts_waiting ON prompts (number, row) WHERE state = 'pending';
    CREATE INDEX prompts_in_history ON prompts (finished_row) WHERE state = 'done';
    CREATE INDEX prompts_running ON prompts (number, row) WHERE state = 'running';
    CREATE INDEX prompts_ended ON prompts (status) WHERE state = 'done';
    """,
    """
    ALTER TABLE prompts RENAME TO old_prompts;
    DROP INDEX prompts_waiting;
    DROP INDEX prompts_in_history;
    DROP INDEX prompts_running;
    DROP INDEX prompts_ended;
    CREATE TABLE prompts (
        row           INTEGER PRIMARY KEY AUTOINCREMENT,
        prompt_id     TEXT NOT NULL UNIQUE,
        user          TEXT NOT NULL,
        number        REAL NOT NULL,
        state         TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done')),
        status        TEXT CHECK (status IN ('success', 'error', 'cancelled')),
        client_id     TEXT,
        created       INTEGER NOT NULL,
        started       INTEGER,
        finished      INTEGER,
        finished_row  INTEGER,
        starts        INTEGER NOT NULL DEFAULT 0,
        deaths        INTEGER NOT NULL DEFAULT 0,
        summary       TEXT,
        messages      TEXT,
        meta          TEXT,
        outputs       TEXT
    );
    CREATE TABLE bodies (
        row           INTEGER PRIMARY KEY,
        targets       TEXT NOT NULL,
        graph         TEXT NOT NULL,
        extra_data    TEXT NOT NULL
    );
    CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
    CREATE TABLE turns (user TEXT PRIMARY KEY, last_turn INTEGER NOT NULL);
    CREATE TABLE flags (name TEXT PRIMARY KEY) WITHOUT ROWID;
    INSERT INTO prompts SELECT row, prompt_id, 'default', number, state, status, client_id, created, started, finished,
        finished_row, starts, deaths, summary, messages, meta, outputs FROM old_prompts;
    INSERT INTO bodies SELECT row, targets, graph, extra_data FROM old_prompts;
    INSERT INTO words (rowid, text) SELECT row, words_in(graph, outputs) FROM old_prompts WHERE state = 'done';
    INSERT INTO turns SELECT DISTINCT user, 0 FROM prompts;
    DELETE FROM sqlite_sequence WHERE name = 'prompts';
    INSERT INTO sqlite_sequence SELECT 'prompts', seq FROM sqlite_sequence WHERE name = 'old_prompts';
    DROP TABLE old_prompts;
    CREATE INDEX prompts_waiting ON prompts (number, row) WHERE state = 'pending';
    CREATE INDEX prompts_waiting_of ON prompts (user, number, row) WHERE state = 'pending';
    CREATE INDEX prompts_running ON prompts (number, row) WHERE state = 'running';
    CREATE INDEX prompts_in_history ON prompts (finished_row) WHERE state = 'done';
    CREATE INDEX prompts_ended ON prompts (status, created) WHERE state = 'done';
    CREATE TRIGGER prompts_forgotten AFTER DELETE ON prompts BEGIN
        DELETE FROM bodies WHERE row = old.row;
        DELETE FROM words WHERE rowid = old.row;
    END;
    """,
    """
    CREATE TABLE leftovers (first INTEGER NOT NULL, last INTEGER NOT NULL);
    DROP TRIGGER prompts_forgotten;
    CREATE TRIGGER prompts_forgotten AFTER DELETE ON prompts WHEN old.state = 'done' BEGIN
        DELETE FROM bodies WHERE row = old.row;
        DELETE FROM words WHERE rowid = old.row;
    END;
    """,
    """
    ALTER TABLE prompts ADD COLUMN is_cancelled INTEGER NOT NULL DEFAULT 0;
    """,
    """
    CREATE INDEX prompts_waiting_since ON prompts (created, row) WHERE state = 'pending';
    """,
    # A long history is counted as it grows and shrinks, not whenever a page of it is asked for.
    """
    CREATE TABLE ended (status TEXT PRIMARY KEY, prompts INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO ended SELECT status, count(*) FROM prompts WHERE state = 'done' GROUP BY status;
    CREATE TRIGGER prompts_counted AFTER UPDATE OF state ON prompts
    WHEN new.state = 'done' AND old.state != 'done' BEGIN
        INSERT INTO ended VALUES (new.status, 1) ON CONFLICT DO UPDATE SET prompts = prompts + 1;
    END;
    CREATE TRIGGER prompts_uncounted AFTER DELETE ON prompts WHEN old.state = 'done' BEGIN
        UPDATE ended SET prompts = prompts - 1 WHERE status = old.status;
    END;
    """,
    # What failed is found by the words of its error too.
    """
    DELETE FROM words WHERE rowid IN (SELECT row FROM prompts WHERE state = 'done' AND status = 'error');
    INSERT INTO words (rowid, text) SELECT row, words_in(error_in(summary), graph, outputs)
        FROM prompts JOIN bodies USING (row) WHERE state = 'done' AND status = 'error';
    """,
    # Clearing a long queue writes one number; the rows up to it wait no more, and are removed afterwards. The plus
    # keeps the number from being looked up among all rows, of which those that wait are few.
    """
    CREATE TABLE cleared (up_to INTEGER NOT NULL);
    INSERT INTO cleared VALUES (0);
    CREATE VIEW waiting AS SELECT * FROM prompts
        WHERE state = 'pending' AND +row > (SELECT up_to FROM cleared);
    """,
    # Reading the words of a long prompt takes longer than all else at its end, and nobody need wait for it.
    """
    CREATE TABLE unread (row INTEGER PRIMARY KEY);
    """,
)
# The condition for rows that were not cleared while they waited.
THERE = "(state != 'pending' OR +row > (SELECT up_to FROM cleared))"
MOST_CHARACTERS = 100_000
ERROR_PARTS = ("node_type", "exception_type", "exception_message")

# Scripts that put no spaces between words: each of their characters counts as one.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def prepare(connection: sqlite3.Connection) -> None:
    """Teach a connection the functions that the schema's statements use."""
    connection.create_function("words_in", -1, words_in, deterministic=True)
    connection.create_function("error_in", 1, error_in, deterministic=True)


def words_in(*texts: str | None) -> str:
    """The texts inside JSON texts, each once, as the index of words takes them; links between nodes are left out."""
    found: dict[str, None] = {}
    waiting: list[Any] = [[_read(text) for text in texts if text]]
    while waiting:
        value = waiting.pop()
        for part in value.values() if type(value) is dict else value:
            kind = type(part)
            if kind is str:
                found[part] = None
            elif kind is dict or (kind is list and not _is_link(part)):
                waiting.append(part)
    return spaced("\n".join(found)[:MOST_CHARACTERS])


def error_in(summary: str | None) -> str | None:
    """What people look for of the error in a summary, as JSON text: the node's class and what went wrong."""
    read = _read(summary or "{}")
    error = read.get("execution_error") if isinstance(read, dict) else None
    return json.dumps([str(error.get(part) or "") for part in ERROR_PARTS]) if isinstance(error, dict) else None


def matcher(text: str) -> str | None:
    """What finds prompts with all these words, or words that begin like them; None when there is no word in it."""
    terms = [spaced(term) for term in text.replace("\0", " ").split() if any(map(str.isalnum, term))]
    return " ".join(f'"{term.replace(chr(34), " ")}"*' for term in terms) or None


def spaced(text: str) -> str:
    """The text with its words apart also where its script does not part them."""
    return _UNSPACED.sub(r" \g<0> ", text).encode("utf-8", "replace").decode("utf-8")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None  # A prompt that cannot be searched must still be stored.


def _is_link(value: list[Any]) -> bool:
    return len(value) == 2 and isinstance(value[0], str) and type(value[1]) is int
