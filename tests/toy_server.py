"""`python -m tests.toy_server FLAGS`: the server with the toy nodes; the same flags as main.py."""

import sys

from execution import options
from web.server.lean_aiohttp import import_lean_aiohttp

if __name__ == "__main__":
    import_lean_aiohttp()  # As main.py does.
    from web.server.serve import serve

    arguments = sys.argv[1:]
    sys.exit(serve(options.parse(arguments), arguments, "tests.toy_nodes:load_nodes"))
