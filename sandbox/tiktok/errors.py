"""How the sandbox says no: one exception with TikTok's code, text and HTTP status.

Seen in the wild, or in the reference: 106001, 105001, 105002, 105005, 36004001, 36004005, 36009002, 36009004, 21008106.
The other numbers are the sandbox's own; a client must go by the HTTP status and the message there.
"""

BAD_SIGN = 106001
UNKNOWN_APP = 106002
STALE_TIMESTAMP = 106003
BAD_TOKEN = 105001
EXPIRED_TOKEN = 105002
NO_PERMISSION = 105005
REFRESH_TOKEN_EXPIRED = 36004001
NO_AUTH_RECORD = 36004005
TOO_MANY_REQUESTS = 36009002
BAD_REQUEST = 36009004
NO_SUCH_PATH = 36009009
NOT_IN_THIS_REGION = 21008106
NOT_FOUND = 21001001
WRONG_STATUS = 21001002
REFUSED = 21001003


class ApiError(Exception):
    """Becomes the answer `{code, message, request_id}`; refusals of the shop itself come with HTTP 200, as TikTok's."""

    def __init__(self, code: int, message: str, http_status: int = 200) -> None:
        super().__init__(message)
        self.code, self.message, self.http_status = code, message, http_status


def bad_request(message: str) -> ApiError:
    """The request itself is wrong: an unknown, missing or malformed parameter or field."""
    return ApiError(BAD_REQUEST, message, 400)
