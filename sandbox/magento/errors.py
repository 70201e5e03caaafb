"""The one way in which the sandbox refuses: an ApiError with Magento's status, message and parameters."""

from typing import Any

NO_SUCH_ENTITY = "The entity that was requested doesn't exist. Verify the entity and try again."
NO_SUCH_PRODUCT = "The product that was requested doesn't exist. Verify the product and try again."
REQUIRED = '"%fieldName" is required. Enter and try again.'


class ApiError(Exception):
    """An error body `{message, parameters?, …}`. `parameters` fill the message's %1 or %name only at the reader's side."""

    def __init__(self, status: int, message: str, parameters: Any = None, **extra: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.parameters, self.extra = status, message, parameters, extra

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body | self.extra


def no_such_entity() -> ApiError:
    """Recording 09 and 57."""
    return ApiError(404, NO_SUCH_ENTITY)


def no_such_product() -> ApiError:
    """Recording 04 and 62."""
    return ApiError(404, NO_SUCH_PRODUCT)


def no_such(field: str, value: Any) -> ApiError:
    """Recording 68."""
    return ApiError(404, "No such entity with %fieldName = %fieldValue", {"fieldName": field, "fieldValue": value})


def required(field: str) -> ApiError:
    """Recording 11."""
    return ApiError(400, REQUIRED, {"fieldName": field})


def document_invalid(document: str, problems: list[str]) -> ApiError:
    """Recordings 41 and 45: all that is wrong with an invoice, a shipment or a credit memo, in one message."""
    return ApiError(400, f"{document} Document Validation Error(s):\n" + "\n".join(problems))
