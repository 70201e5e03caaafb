"""What all pages of the panel share: who may see what, the navigation, security headers, error pages.

A view without a role is refused by a test that walks the app's addresses: decorate it with `needs(...)`.
"""

from __future__ import annotations

import functools
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

from flask import Flask, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from connector.blueprints import compression, formats
from connector.extensions import login
from connector.i18n import t

P = ParamSpec("P")
R = TypeVar("R")

#: Pictures of products lie on TikTok's servers, whose names differ by region: any https address may show a picture.
#: A sandbox shop serves its pictures itself, over http: then its address may, too. Everything else is served from here. No
#: inline script or style, no eval (so: no htmx filters, no hx-on).
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' https: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

log = logging.getLogger(__name__)


class NavItem(NamedTuple):
    """A part of the panel. It is shown once something answers at its address."""

    address: str
    label: str
    icon: str
    role: str


NAV = (
    NavItem("/orders", "Orders", "orders", "viewer"),
    NavItem("/packing", "Packing", "inbox", "staff"),
    NavItem("/returns", "Returns", "undo", "viewer"),
    NavItem("/payouts", "Payouts", "bank", "viewer"),
    NavItem("/skus", "SKUs", "tag", "viewer"),
    NavItem("/carriers", "Carriers", "truck", "viewer"),
    NavItem("/activity", "Activity", "activity", "viewer"),
    NavItem("/connections", "Connections", "plug", "viewer"),
    NavItem("/settings", "Settings", "sliders", "admin"),
    NavItem("/users", "Users", "user", "admin"),
)


def needs(role: str) -> Callable[[Callable[P, R]], Callable[P, R | ResponseReturnValue]]:
    """A view for people whose role includes `role` ("viewer" reads, "staff" acts, "admin" connects and sets up)."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | ResponseReturnValue]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | ResponseReturnValue:
            if not current_user.is_authenticated:
                return login.unauthorized()  # type: ignore[no-any-return]
            if not current_user.may(role):
                log.warning("user %s was refused %s", current_user.id, request.endpoint)
                abort(403)
            return view(*args, **kwargs)

        guarded.needs_role = role  # type: ignore[attr-defined]
        return guarded

    return decorate


def actor() -> str:
    """Who is at the keyboard, for the timeline: the e-mail address."""
    return str(current_user.email)


def is_fragment_request(target: str = "") -> bool:
    """Whether htmx asks for a part of the page (the one with this id), and not for the whole of it.

    When htmx restores a page from the browser's history it asks for the whole.
    """
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-History-Restore-Request") == "true":
        return False
    return not target or headers.get("HX-Target", "").endswith(f"#{target}")


def done(message: str, back_to: str, *, status: str = "ok") -> Response:
    """After an action: a toast and a refresh for htmx, a redirect with a message for a form without script.

    `status` is "ok" or "error". `back_to` is an address of ours.
    """
    if is_fragment_request():
        response = toast(make_response("", 200), message, status, **{"panel:refresh": {}})
        response.headers["HX-Reswap"] = "none"
        return response
    formats.flash_message(message, status)
    return make_response(redirect(back_to, 303))


def toast(response: Response, message: str, status: str = "ok", **events: object) -> Response:
    """An answer to htmx that shows a message beside what it brings, in the reader's language."""
    shown = {"panel:toast": {"message": t(message), "status": status}}
    response.headers["HX-Trigger"] = current_app.json.dumps(shown | events)
    return response


def go_to(address: str) -> Response:
    """Another page, for htmx and for a form without script."""
    if not is_fragment_request():
        return make_response(redirect(address, 303))
    response = make_response("", 204)
    response.headers["HX-Redirect"] = address
    return response


def init_app(app: Flask) -> None:
    """Adds the shared parts to the app."""
    formats.init_app(app)
    compression.init_app(app)
    app.before_request(_no_nul)
    app.after_request(_security_headers)
    app.context_processor(_for_templates)
    for code in (400, 403, 404, 405, 413, 500):
        app.register_error_handler(code, _error_page)
    app.register_error_handler(CSRFError, _stale_form)


def _no_nul() -> None:
    """No text of ours has a NUL, and PostgreSQL refuses to compare one: such an address is none, such a form can't be read."""
    if "\0" in request.path:
        abort(404)
    if b"%00" in request.query_string:
        abort(400)
    # A webhook and a call of the API bring documents, not forms; the form of the settings names the field that has one.
    if (
        request.blueprint not in ("webhooks", "api")
        and request.endpoint != "settings.save"
        and any("\0" in text for name, value in request.form.items(multi=True) for text in (name, value))
    ):
        abort(400)


def content_security_policy() -> str:
    """The policy of every page of this app."""
    sandbox = formats.sandbox_origin()
    return CONTENT_SECURITY_POLICY.replace("img-src", f"img-src {sandbox}") if sandbox else CONTENT_SECURITY_POLICY


def asset(filename: str) -> str:
    """The address of one of our static files, with a hash of its content: it may be kept for good."""
    if "assets" not in g:  # a page names its icons a hundred times
        g.assets = {}
    kept: dict[str, str] = g.assets
    if filename not in kept:
        kept[filename] = url_for("static", filename=filename, v=_fingerprint(filename, str(current_app.static_folder)))
    return kept[filename]


@functools.cache
def _fingerprint(filename: str, folder: str) -> str:
    return hashlib.sha256((Path(folder) / filename).read_bytes()).hexdigest()[:12]


def _for_templates() -> dict[str, Any]:
    if current_app.debug:
        _fingerprint.cache_clear()
    return {
        "asset": asset,
        "nav_items": _nav_items,
        "may": lambda role: current_user.is_authenticated and current_user.may(role),
        "theme": request.cookies.get("theme", ""),
        "has_route": _has_route,
    }


def _nav_items() -> list[NavItem]:
    return [item for item in NAV if _has_route(item.address) and current_user.may(item.role)]


def _has_route(address: str) -> bool:
    known: set[str] | None = current_app.extensions.get("known_routes")
    if known is None:
        known = {rule.rule.rstrip("/") for rule in current_app.url_map.iter_rules()}
        current_app.extensions["known_routes"] = known
    return address in known


def _security_headers(response: Response) -> Response:
    headers = response.headers
    if request.endpoint == "webhooks.receive":
        return response  # a line of JSON for TikTok's server: no browser comes here, and hundreds are answered a second
    headers.setdefault("Content-Security-Policy", content_security_policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    # Not "no-referrer": Flask-WTF compares the Referer of forms that come over https.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint == "static":
        if request.args.get("v") and response.status_code == 200:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
    # A page and its fragments have one address: caches must tell them apart.
    response.vary.update(("HX-Request", "HX-Target", "Cookie", "Accept-Language"))
    headers.setdefault("Cache-Control", "private, no-cache")
    return response


ERRORS: dict[int, tuple[str, str]] = {
    400: ("That request could not be read", "Go back, load the page again and repeat what you did."),
    403: ("Your role does not allow this", "Ask an admin of the panel for it, or for the role that includes it."),
    404: ("There is nothing here", "The address may be mistyped, or the order is not known to the connector."),
    405: ("That cannot be done here", "Go back and use the button on the page."),
    413: ("That is too large", "Send less at once."),
    500: (
        "Something broke on our side",
        "It was written to the log. Orders go on in the background; try again in a moment.",
    ),
}


def _error_page(error: Exception) -> ResponseReturnValue:
    code = getattr(error, "code", None) or 500
    title, advice = ERRORS.get(code, ERRORS[500])
    if request.path.startswith("/webhooks") or request.path in {"/healthz", "/readyz", "/metrics"}:
        return {"error": title}, code
    return render_template("errors/error.html", code=code, title=title, advice=advice), code


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    title = "This page was open for too long"
    advice = "You were logged out meanwhile, or cookies are off. Load the page again and repeat what you did."
    return render_template("errors/error.html", code=400, title=title, advice=advice), 400
