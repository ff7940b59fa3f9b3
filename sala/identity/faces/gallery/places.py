"""In which row of an index each person is: 4 bytes a person, in pages, since people's numbers follow each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sala.identity.faces.gallery.index import People

Rows = NDArray[np.int64]
_PAGE = 65_536
NOWHERE = -1


class Places:
    """Rows by person; up to 2,147,483,647 rows."""

    def __init__(self) -> None:
        self._pages: dict[int, NDArray[np.int32]] = {}

    def of(self, people: People) -> Rows:
        """The row of each, NOWHERE where there is none."""
        rows = np.full(len(people), NOWHERE, np.int64)
        for number, which in _by_page(people):
            if (page := self._pages.get(number)) is not None:
                rows[which] = page[people[which] % _PAGE]
        return rows

    def put(self, people: People, rows: Rows) -> None:
        """These people are in these rows now; NOWHERE forgets them."""
        for number, which in _by_page(people):
            if (page := self._pages.get(number)) is None:
                page = self._pages[number] = np.full(_PAGE, NOWHERE, np.int32)
            page[people[which] % _PAGE] = rows[which]

    def clear(self) -> None:
        self._pages.clear()

    @property
    def bytes(self) -> int:
        return len(self._pages) * _PAGE * 4


def _by_page(people: People) -> list[tuple[int, NDArray[np.bool_]]]:
    pages = people // _PAGE
    return [(int(number), pages == number) for number in np.unique(pages)]
