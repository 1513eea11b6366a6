"""The page that asks a browser for the token: no script, nothing fetched."""

from base64 import b64encode
from hashlib import sha256

from aiohttp import web

STYLE = (
    "body{font:16px system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;padding:1rem;"
    "color-scheme:light dark}form{display:grid;gap:.75rem;max-width:24rem}input,button{font:inherit;padding:.6rem}"
    "h1{font-size:1.3rem;margin:0}p{margin:0}"
)
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'self'"
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Skein: token</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
    f'<style>{STYLE}</style></head><body><main><form method="get" action="/"><h1>Skein asks for a token</h1>'
    "<p>%s</p>"
    '<label for="token">Token</label>'
    '<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>'
    "<button>Open</button></form></main></body></html>"
)
WHERE_IT_IS = "The server printed it with its address when it started; <code>main.py token create</code> makes another."
NOT_KNOWN = "This token is not known here; it may have been revoked. " + WHERE_IT_IS


def is_wanted(request: web.Request) -> bool:
    """Whether a person, rather than a program, stands at the door."""
    return request.method == "GET" and request.path == "/" and "text/html" in request.headers.get("Accept", "")


def token_page(request: web.Request) -> web.Response:
    """Status 401; the form leads to the page, which keeps the token in a cookie and out of the address."""
    text = PAGE % (NOT_KNOWN if request.query.get("token") else WHERE_IT_IS)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, status=401, content_type="text/html", headers=headers)
