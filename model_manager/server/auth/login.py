"""Logging in with a browser: the link that `serve` prints, and a form for those who have the token only."""

import base64
import hashlib
import html
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from model_manager.server.auth.access import LOGIN, Access

router = APIRouter(include_in_schema=False)
_LONGEST_FORM = 10_000
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f5f6f8, #14171c);
  color: light-dark(#1a1d21, #e9ecf1); }
body { display: grid; place-content: center; min-height: 100vh; margin: 0; padding: 1rem; box-sizing: border-box; }
main { max-width: 26rem; box-sizing: border-box; background: light-dark(#ffffff, #1d2128); padding: 1.75rem;
  border: 1px solid light-dark(#c9ced6, #3a414d); border-radius: .7rem; }
h1 { font-size: 1.4rem; margin: 0 0 .75rem; }
p { margin: 0 0 .75rem; }
ul { padding-inline-start: 1.2rem; margin: 0 0 .75rem; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .92em; overflow-wrap: anywhere; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, button { font: inherit; color: inherit; padding: .5rem .7rem; width: 100%; box-sizing: border-box;
  margin-top: .4rem;
  border: 1px solid light-dark(#767d88, #7a8494); border-radius: .4rem; background: light-dark(#ffffff, #14171c); }
button { margin-top: .9rem; cursor: pointer; font-weight: 600; background: light-dark(#1d4ed8, #8fb4ff);
  color: light-dark(#ffffff, #10131a); border-color: transparent; }
:focus-visible { outline: 3px solid light-dark(#1d4ed8, #8fb4ff); outline-offset: 2px; }
a { color: light-dark(#1d4ed8, #8fb4ff); }
.wrong { color: light-dark(#a30f0f, #ff9b9b); background: light-dark(#fdecec, #3a1c1f); padding: .6rem .8rem;
  border-radius: .4rem; font-weight: 600; }
"""
#: The page's only style is this one: named by its digest, so that no other one can slip in.
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
}


def login_page(root_path: str, wrong: str | None = None) -> Response:
    """The form; `wrong` says what is wrong with what was given."""
    told = f'<p class="wrong" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    content = f"""
<main>
<h1>model-manager</h1>
{told}
<p>Open the login link that the server printed when it started, or enter its token:</p>
<ul>
<li>the value of <code>MODEL_MANAGER_SERVER_TOKEN</code>, where that is set: it stays the same;</li>
<li>else what follows <code>token=</code> in the link: each start of the server makes a new one.</li>
</ul>
<form method="post" action="{root_path}{LOGIN}">
<input name="username" autocomplete="username" value="model-manager" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form>
</main>"""
    return HTMLResponse(_document("Log in", content), 401, headers=_HEADERS)


def _document(title: str, content: str, head: str = "") -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n{head}'
        f"<title>{title} - model-manager</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>{content}\n</body>\n</html>\n"
    )


@router.get(LOGIN)
def login_with_link(request: Request, token: str = "") -> Response:
    """Log in by the link."""
    access: Access = request.app.state.access
    if not token:
        return login_page(access.root_path)
    if not access.is_token(token):
        return login_page(access.root_path, "This link is invalid, or from an earlier start of the server.")
    # The next page is asked for by this one, not by where the link was: only so does a strict cookie come along.
    home = html.escape(f"{access.root_path}/")
    refresh = f'<meta http-equiv="refresh" content="0; url={home}">\n'
    content = f'\n<main><p>Logged in. <a href="{home}">Continue</a></p></main>'
    headers = {**_HEADERS, "referrer-policy": "no-referrer"}  # the address has the token
    return _logged_in(HTMLResponse(_document("Logged in", content, refresh), headers=headers), request, access)


@router.post(LOGIN)
async def login_with_form(request: Request) -> Response:
    """Log in with the token."""
    access: Access = request.app.state.access
    form = parse_qs((await request.body())[:_LONGEST_FORM].decode("utf-8", "replace"))
    if not access.is_token(form.get("token", [""])[0].strip()):
        return login_page(access.root_path, "Wrong token.")
    return _logged_in(RedirectResponse(f"{access.root_path}/", 303), request, access)


@router.post("/logout")
def logout(request: Request) -> Response:
    """End the session: whoever has a copy of its cookie is logged out too."""
    access: Access = request.app.state.access
    for value in access.cookies_of(request.headers):
        access.sessions.end(value)
    response = Response(status_code=204)
    response.delete_cookie(access.cookie, path=f"{access.root_path}/", httponly=True, samesite="strict")
    return response


def _logged_in(response: Response, request: Request, access: Access) -> Response:
    is_secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    value, path = access.sessions.begin(), f"{access.root_path}/"
    response.set_cookie(access.cookie, value, path=path, httponly=True, samesite="strict", secure=is_secure)
    return response
