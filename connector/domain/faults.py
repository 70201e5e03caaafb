"""What is wrong with a field of a form."""

from __future__ import annotations


class Fault(str):
    """A sentence such as "Post code must not be empty."; its two parts are translated by themselves (connector.i18n.t)."""

    __slots__ = ("error", "label")

    label: str
    error: str

    def __new__(cls, label: str, error: str) -> Fault:
        """`label` is the field's, `error` what is to be said of it."""
        made = super().__new__(cls, f"{label} {error}.")
        made.label, made.error = label, error
        return made
