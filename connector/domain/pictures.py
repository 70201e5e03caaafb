"""What a file is by its first bytes, and how large a picture it is. Reads headers only; nothing is decoded.

TikTok takes JPEG, PNG, WEBP (and HEIC, BMP, which no browser's preview shows), 100 to 20,000 px a side, up to 10 MB (docstring
of Upload Product Image). Up to 6 pictures go with a rejection.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_PICTURES = 6
MOST_BYTES = 5 * 1024 * 1024
LEAST_SIDE, MOST_SIDE = 100, 20_000


@dataclass(frozen=True)
class Picture:
    """A picture that TikTok takes. Sizes in pixels."""

    mime_type: str
    width: int
    height: int


def picture_of(content: bytes) -> Picture:
    """What a file is. Raises ValueError with a sentence for a person when it is no picture that TikTok takes."""
    if not content:
        raise ValueError("The file is empty.")
    if len(content) > MOST_BYTES:
        raise ValueError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    found = _png(content) or _jpeg(content) or _webp(content)
    if found is None:
        raise ValueError("It is no JPEG, PNG or WEBP picture.")
    if not all(LEAST_SIDE <= side <= MOST_SIDE for side in (found.width, found.height)):
        raise ValueError(
            f"The picture is {found.width} × {found.height} pixels; TikTok Shop takes {LEAST_SIDE} to {MOST_SIDE:,} a side."
        )
    return found


def _png(content: bytes) -> Picture | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return Picture("image/png", int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))


#: Start-of-frame markers: they hold the size. C4, C8 and CC are other segments.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(content: bytes) -> Picture | None:
    if content[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
            continue
        if marker in _FRAMES:
            return Picture(
                "image/jpeg", int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
            )
        length = int.from_bytes(content[at + 2 : at + 4])
        if length < 2:
            return None
        at += 2 + length
    return None


def _webp(content: bytes) -> Picture | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8 ":
        width, height = (int.from_bytes(content[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    elif kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        return None
    return Picture("image/webp", width, height)
