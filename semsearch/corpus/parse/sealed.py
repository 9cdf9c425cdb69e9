"""Files without a reader, by their type or first bytes, and the reasons."""

from __future__ import annotations

__all__ = ["NOT_YET", "why_sealed"]

NOT_YET = {"ps", "eps", "xpm", "xbm"}
"""Pages and pictures without a reader so far: their content is not text."""
_SEALED = {
    b"\x78\x9f\x3e\x22": "packed by Outlook (winmail.dat), which is not read",
    b"-----BEGIN PGP MESSAGE": "encrypted",
}
"""By the first bytes of a file: why it is not read. The first is TNEF, [MS-OXTNEF]."""


def why_sealed(kind: str, data: bytes) -> str:
    """Return why a file of this type that begins with these bytes is not read; empty when it can be."""
    if kind in NOT_YET:
        return f"no reader for {kind} files yet"
    if kind == "p7m":
        return "encrypted, or signed and packed (S/MIME)"
    return next((reason for start, reason in _SEALED.items() if data.startswith(start)), "")
