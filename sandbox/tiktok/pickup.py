"""When TikTok's carrier picks up, and the shipping label as a small PDF."""

WEIGHT = {"value": "500", "unit": "GRAM"}
DIMENSION = {"length": "20", "width": "15", "height": "10", "unit": "CM"}


def slots_from(now: int) -> list[tuple[int, int]]:
    """Six pickup slots of four hours on the coming days: start and end, Unix seconds."""
    day = now - now % 86400
    return [
        (start, start + 4 * 3600)
        for offset in (1, 2, 3)
        for start in (day + offset * 86400 + 9 * 3600, day + offset * 86400 + 13 * 3600)
    ]


def _escape(text: str) -> str:
    plain = text.encode("ascii", "replace").decode()
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def label_pdf(lines: list[str]) -> bytes:
    """One A6 page with the lines on it, as a PDF that viewers open."""
    text = "".join(f"({_escape(line)}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 18 TL 24 380 Td {text}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
