"""What a real Magento 2.4.7 was asked and what it answered, and its REST schema: copies of the API references' files, so that
a clone by itself tries the client and the sandbox against them."""

from __future__ import annotations

from pathlib import Path

REFERENCE = Path(__file__).parents[1] / "contract" / "reference"
RECORDINGS = REFERENCE / "recordings"
OPENAPI = REFERENCE / "openapi.json"
#: The references themselves, where they lie beside the checkout.
ORIGINAL = Path(__file__).parents[2].parent / "shared" / "reference" / "magento"
