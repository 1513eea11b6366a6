"""The command line."""

from pathlib import Path

import pytest

from execution.options import EngineOptions, TokenOptions, UsageError, is_loopback, parse


def test_no_arguments_serve_on_loopback() -> None:
    options = parse([])
    assert (options.command, options.server.listen, options.server.port) == ("serve", ("127.0.0.1",), 8188)
    assert options.engine == EngineOptions()


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["--prot", "1"], "--port"),
        (["--outputdirectory", "x"], "--output-directory"),
        (["--cuda-devices=1"], "--cuda-device"),
        (["rnu", "x.json"], "run"),
        (["run", "x.json", "--conut", "3"], "--count"),
    ],
)
def test_an_unknown_flag_or_command_suggests_the_near_one(arguments: list[str], near: str) -> None:
    with pytest.raises(UsageError, match=near):
        parse(arguments)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "abc"], "'abc' is not a whole number"),
        (["--port", "99999"], "99999 is not a port"),
        (["--cuda-device", "0,x"], "'x' is not a whole number"),
        (["--max-upload-size", "nan"], "'nan' is not a number of at least 0"),
        (["--cancel-grace", "-1"], "not a number of at least 0|expected one argument"),
        (["run", "x.json", "--count", "0"], "0 is not at least 1"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_words(arguments: list[str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse(arguments)


def test_precisions_are_chosen_for_each_part_and_once() -> None:
    engine = parse(["--bf16-unet", "--fp32-vae"]).engine
    assert (engine.unet_precision, engine.vae_precision) == ("bf16", "fp32")
    assert parse([]).engine.unet_precision is None
    with pytest.raises(UsageError, match="not allowed with"):
        parse(["--bf16-unet", "--fp16-unet"])


def test_flags_are_not_guessed_from_their_beginnings() -> None:
    with pytest.raises(UsageError):
        parse(["--por", "1"])


def test_a_token_is_given_or_made() -> None:
    assert parse(["--token", "correct horse battery"]).server.token == "correct horse battery"
    made = parse(["--token", "auto"]).server.token
    assert made is not None
    assert len(made) >= 24
    assert made != parse(["--token", "auto"]).server.token


def test_named_tokens_are_made_listed_and_revoked() -> None:
    options = parse(["token", "create", "laptop", "--user", "Ada", "--user-directory", "u"])
    assert options.tokens == TokenOptions("create", "laptop", "Ada")
    assert options.engine.paths.user_directory == Path("u")
    assert parse(["token", "list"]).tokens == TokenOptions("list")
    assert parse(["token", "revoke", "laptop"]).tokens == TokenOptions("revoke", "laptop")
    for wrong in (["token"], ["token", "create"], ["token", "revoke"], ["token", "steal", "x"]):
        with pytest.raises(UsageError):
            parse(wrong)


def test_users_are_told_apart_only_when_asked_for() -> None:
    assert not parse([]).server.multi_user
    assert parse(["--multi-user"]).server.multi_user


def test_a_token_that_is_easy_to_guess_is_refused() -> None:
    with pytest.raises(UsageError, match="easy to guess"):
        parse(["--token", "secret"])


def test_listen_alone_means_every_address() -> None:
    assert parse(["--listen", "--token", "auto"]).server.listen == ("0.0.0.0", "::")


def test_a_file_is_run_with_settings_and_a_count() -> None:
    options = parse(
        ["run", "a.json", "--set", "3.seed=5", "--set", "3.steps=2", "--count", "4", "--output-directory", "o"]
    )
    assert options.run is not None
    assert (options.run.file, options.run.settings, options.run.count) == (Path("a.json"), ("3.seed=5", "3.steps=2"), 4)
    assert options.engine.paths.output_directory == Path("o")


def test_validate_takes_a_file_and_answers_programs_too() -> None:
    options = parse(["validate", "a.json", "--json"])
    assert options.run is not None
    assert options.run.json


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], ("ram", 0, 0)),
        (["--cache-ram", "2"], ("ram", 0, 2 * 2**30)),
        (["--cache-classic"], ("classic", 0, 0)),
        (["--cache-lru", "7"], ("lru", 7, 0)),
        (["--cache-none"], ("none", 0, 0)),
    ],
)
def test_one_flag_chooses_the_cache(flags: list[str], expected: tuple[str, int, int]) -> None:
    engine = parse(flags).engine
    assert (engine.cache_policy, engine.cache_entries, engine.cache_bytes) == expected


def test_two_cache_flags_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="not allowed with"):
        parse(["--cache-none", "--cache-classic"])


def test_several_devices_are_named_with_commas() -> None:
    assert parse(["--cuda-device", "0,2"]).engine.cuda_devices == (0, 2)


@pytest.mark.parametrize(
    "arguments", [["--port", "70000"], ["--port", "x"], ["--tls-keyfile", "k"], ["stray", "--cpu"]]
)
def test_a_value_that_makes_no_sense_is_a_usage_error(arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        parse(arguments)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("x.org", False),
    ],
)
def test_loopback_is_known_by_its_address(address: str, expected: bool) -> None:
    assert is_loopback(address) is expected
