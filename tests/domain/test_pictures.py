"""What a picture is by its first bytes."""

from __future__ import annotations

import pytest

from connector.domain.pictures import MOST_BYTES, picture_of
from tests.support.pictures import JPEG, PNG, WEBP, WEBP_LOSSLESS, WEBP_LOSSY


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (WEBP_LOSSY, "image/webp"),
        (WEBP_LOSSLESS, "image/webp"),
    ],
)
def test_pictures_are_known_by_their_content_with_their_size(content: bytes, kind: str) -> None:
    found = picture_of(content)
    assert (found.mime_type, found.width, found.height) == (kind, 640, 480)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(40), "no JPEG, PNG or WEBP"),
        (b"<svg onload='alert(1)'>" + bytes(20), "no JPEG, PNG or WEBP"),
        (b"\xff\xd8\xff\xe0\x00\x00" + bytes(20), "no JPEG, PNG or WEBP"),
        (PNG[:16] + (99).to_bytes(4) + PNG[20:], "99 × 480"),
        (PNG + bytes(MOST_BYTES), "larger than 5 MB"),
    ],
)
def test_what_is_no_picture_that_tiktok_takes_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        picture_of(content)
