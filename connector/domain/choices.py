"""What must be chosen of a composite product before it can be sold, as Magento's catalogue lists it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from connector.domain.booking import ProductOption

ChoiceKind = Literal["configurable", "bundle", "downloadable", "grouped", "variants"]


@dataclass(frozen=True, kw_only=True)
class ChoiceValue:
    """One possibility: its id, what people call it, and how many pieces of it are in one of the whole."""

    id: str
    label: str
    quantity: int = 1


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing to choose. Of `grouped` the values are the parts (ids are SKUs), of `variants` the product ids of the
    simple products behind a configurable one: those are products of their own, not options."""

    kind: ChoiceKind
    option_id: str
    title: str
    values: tuple[ChoiceValue, ...]
    is_required: bool = True

    def to_stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Choice:
        return cls(**{**stored, "values": tuple(ChoiceValue(**value) for value in stored["values"])})

    @property
    def is_option(self) -> bool:
        """Whether it is chosen by an option of the cart item."""
        return self.kind in ("configurable", "bundle", "downloadable")

    def option(self, value_id: str) -> ProductOption | None:
        """The option for one of the values; None for a value that there is not."""
        value = next((value for value in self.values if value.id == value_id), None)
        if value is None or self.kind not in ("configurable", "bundle", "downloadable"):
            return None
        return ProductOption(kind=self.kind, option_id=self.option_id, values=(value.id,), quantity=value.quantity)


def all_links(choices: Iterable[Choice]) -> tuple[ProductOption, ...]:
    """The option that takes all links of a downloadable product: whoever buys it on TikTok has bought all of it."""
    values = tuple(value.id for choice in choices if choice.kind == "downloadable" for value in choice.values)
    return (ProductOption(kind="downloadable", option_id="links", values=values),) if values else ()
