"""The copy of somebody's data as a PDF to read (PDF/A-2a, PDF/UA-1)."""

from __future__ import annotations

from typing import Any

from sala.engine.documents import copying, forms


def pdf(document: dict[str, Any]) -> bytes:
    """`document` is what `sala.identity.mydata.printed.document` makes. The same document gives the same bytes."""
    return copying.mended(forms.pdf("my_data", document))
