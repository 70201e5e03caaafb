"""The connector's panel as one of the staff uses it, by HTTP: a command would cost two seconds of processor time each."""

from __future__ import annotations

import re

import requests

from sandbox.stack import Stack

EMAIL, PASSWORD = "staff@example.com", "long-enough-for-the-panel"
#: The flow of orders waits for it.
TIMEOUT = 5
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Panel:
    """A browser that is logged in, again whenever it is not any more."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.url("web")
        self.session = requests.Session()
        self.token = ""
        try:
            self.log_in()
        except LoggedOut:  # the first one on this stack
            stack.flask("users", "create", EMAIL, "--password", PASSWORD, "--role", "staff")
            self.log_in()

    def press(self, path: str, **form: str) -> None:
        """Posts a form. Whether it came to anything is seen elsewhere; while the web is down it comes to nothing."""
        try:
            if not self.token:
                self.log_in()
            answer = self._post(path, form)
            # 404: the connector does not know the order yet.
            if answer.status_code == requests.codes.bad_request or "/login" in answer.headers.get("Location", ""):
                self.token = ""
        except (requests.RequestException, LoggedOut):
            self.token = ""

    def log_in(self) -> None:
        self.session.cookies.clear()
        self.token = self._token_of("/login")
        if self._post("/login", {"email": EMAIL, "password": PASSWORD}).status_code != requests.codes.see_other:
            raise LoggedOut("/login")
        self.token = self._token_of("/account")

    def _token_of(self, path: str) -> str:
        answer = self.session.get(f"{self.url}{path}", timeout=TIMEOUT)
        answer.raise_for_status()
        found = TOKEN.search(answer.text)
        if found is None:
            raise LoggedOut(path)
        return found[1]

    def _post(self, path: str, form: dict[str, str]) -> requests.Response:
        data = form | {"csrf_token": self.token}
        return self.session.post(f"{self.url}{path}", data=data, timeout=TIMEOUT, allow_redirects=False)


class LoggedOut(Exception):
    """The log-in did not work this time."""
