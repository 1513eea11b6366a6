"""The file of queue and history."""

import asyncio
import errno
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from execution import disk_sync, history, queue
from execution.database import Database, StorageError
from execution.errors import QueueError
from execution.schema import MIGRATIONS


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "user" / "queue.sqlite3")
    await database.write(lambda c: c.execute("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)"))
    yield database
    database.close()


def note(text: str) -> object:
    return lambda c: c.execute("INSERT INTO notes VALUES (?)", (text,)).rowcount


def texts(connection: sqlite3.Connection) -> list[str]:
    return [row["text"] for row in connection.execute("SELECT text FROM notes ORDER BY text")]


async def test_what_was_written_is_read_by_any_thread(database: Database) -> None:
    assert await database.write(note("a")) == 1
    assert database.read(texts) == ["a"]
    assert await asyncio.to_thread(database.read, texts) == ["a"]


async def test_a_write_that_fails_takes_back_only_its_own_changes(database: Database) -> None:
    def fail_midway(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES ('half')")
        raise ValueError("no")

    results = await asyncio.gather(
        database.write(note("a")), database.write(fail_midway), database.write(note("b")), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, ValueError, int]
    assert database.read(texts) == ["a", "b"]


async def test_a_broken_rule_is_told_to_the_one_who_broke_it(database: Database) -> None:
    await database.write(note("a"))
    with pytest.raises(sqlite3.IntegrityError):
        await database.write(note("a"))
    assert await database.write(note("b")) == 1


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError):
        database.read(note("a"))


async def test_writing_that_is_impossible_is_a_storage_error(database: Database) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        await database.write(lambda c: c.execute("INSERT INTO nowhere VALUES (1)"))
    assert await database.write(note("later")) == 1


async def test_one_server_at_a_time_has_the_file(database: Database, tmp_path: Path) -> None:
    with pytest.raises(QueueError, match="Another Skein"):
        Database(tmp_path / "user" / "queue.sqlite3")


async def test_a_closed_file_can_be_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        Database(tmp_path / "queue.sqlite3").close()


async def test_writes_that_wait_are_finished_before_closing(tmp_path: Path) -> None:
    first = Database(tmp_path / "queue.sqlite3")
    await first.write(lambda c: c.execute("CREATE TABLE notes (text TEXT)"))
    waiting = [asyncio.ensure_future(first.write(note(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    first.close()
    await asyncio.gather(*waiting)
    second = Database(tmp_path / "queue.sqlite3")
    assert len(second.read(texts)) == 20
    second.close()


async def test_the_schema_has_the_version_of_its_last_migration(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


async def test_a_file_of_the_first_schema_is_brought_up_to_date_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    shutil.copy(Path(__file__).parent / "fixtures" / "queue_schema_1.sqlite3", path)
    database = Database(path)
    waiting = database.read(queue.list_pending)
    assert [item.prompt_id for item in waiting] == ["first", "waiting", "last"]
    assert [item.number for item in waiting] == [-6, 5, 99.5]
    assert {item.user for item in waiting} == {"default"}
    assert "a white horse" in waiting[0].graph
    running = database.read(queue.list_running)
    assert [(item.prompt_id, item.starts, item.client_id) for item in running] == [("interrupted", 1, "c")]
    ended = database.read(history.list_history)
    assert [(entry.prompt_id, entry.status) for entry in ended] == [
        ("painted", "success"), ("failed", "error"), ("cancelled", "cancelled"),
    ]  # fmt: skip
    assert "cat_00001_.png" in ended[0].outputs
    assert "execution_error" in ended[1].messages
    by_error = history.Search([("done", "error")], "no")
    assert [job.prompt_id for job in database.read(lambda c: history.list_jobs(c, by_error, 9)).jobs] == ["failed"]
    counted = database.read(lambda c: [tuple(row) for row in c.execute("SELECT * FROM ended")])
    assert counted == [("cancelled", 1), ("error", 1), ("success", 1)]
    # The eighth prompt was removed; its number is not given out again.
    assert (await database.write(lambda c: queue.add(c, queue.NewPrompt("new", "{}", "{}", "[]")))).number == 9
    assert (await database.write(queue.claim)).prompt_id == "first"
    assert database.read(lambda c: c.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"
    database.close()


async def test_an_old_schema_and_a_new_one_end_in_the_same_tables(tmp_path: Path) -> None:
    def tables(path: Path) -> list[str]:
        Database(path).close()
        with sqlite3.connect(path) as connection:
            found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        connection.close()
        return [sql for (sql,) in found]

    shutil.copy(Path(__file__).parent / "fixtures" / "queue_schema_1.sqlite3", tmp_path / "old.sqlite3")
    assert tables(tmp_path / "old.sqlite3") == tables(tmp_path / "new.sqlite3")


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    for _ in range(2):
        with pytest.raises(QueueError, match="newer Skein"):
            Database(path)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match=r"queue\.sqlite3"):
        Database(path)


async def test_a_full_disk_is_told_and_got_over(database: Database) -> None:
    (pages,) = await database.write(lambda c: c.execute("PRAGMA page_count").fetchone())
    await database.write(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    with pytest.raises(StorageError, match="full"):
        await database.write(note("x" * 100_000))
    assert database.read(texts) == []
    await database.write(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    assert await database.write(note("x" * 100_000)) == 1


async def test_a_sync_waits_for_the_disk_and_those_who_ask_together_share_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def sync(descriptor: int) -> None:
        link = Path(f"/proc/self/fd/{descriptor}")
        synced.append(link.readlink().name if link.parent.is_dir() else "")

    monkeypatch.setattr(disk_sync, "_sync", sync)
    await database.write(note("a"))
    await database.sync()
    assert synced in (["queue.sqlite3-wal"], [""])
    await asyncio.gather(*(database.sync() for _ in range(50)))
    assert len(synced) < 50


async def test_a_disk_that_fails_to_sync_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk_sync, "_sync", refuse)
    with pytest.raises(StorageError, match="Input/output error"):
        await database.sync()


async def test_without_a_log_sqlite_itself_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.database.LOG_MODE", "DELETE")
    database = Database(tmp_path / "queue.sqlite3")
    (level,) = await database.write(lambda c: c.execute("PRAGMA synchronous").fetchone())
    assert level == 2  # FULL
    await database.sync()
    database.close()
