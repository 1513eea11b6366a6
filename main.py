"""The command line: `python main.py` serves the page, the other commands need no server."""

import sys

from execution import options

CANCELLED = 130  # as shells call the end by Ctrl+C


def main() -> int:
    """Do what the command line says; answers the exit status."""
    try:
        return do(sys.argv[1:])
    except KeyboardInterrupt:
        # Wherever it was, be it among the imports: nobody who pressed Ctrl+C wants to read where.
        sys.stderr.write("Cancelled.\n")
        return CANCELLED


def do(arguments: list[str]) -> int:
    """The command that the arguments name."""
    try:
        chosen = options.parse(arguments)
    except options.UsageError as error:
        options.fail(error)
    if chosen.command == "serve":
        from web.server.lean_aiohttp import import_lean_aiohttp

        import_lean_aiohttp()
        from web.server.serve import serve

        return serve(chosen, arguments)
    if chosen.command == "token":
        from web.server.token_command import run_token_command

        return run_token_command(chosen)
    if chosen.fetch is not None:
        from web.server.fetching.fetch_command import run_fetch_command

        return run_fetch_command(chosen)
    if chosen.metadata is not None:
        from execution.metadata_command import run_metadata_command

        return run_metadata_command(chosen.metadata)
    if chosen.hashing is not None:
        from execution.hash_command import run_hash_command

        return run_hash_command(chosen)
    from execution.headless import run_file, validate_file

    return run_file(chosen) if chosen.command == "run" else validate_file(chosen)


if __name__ == "__main__":
    sys.exit(main())
