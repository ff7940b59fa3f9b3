from __future__ import annotations

import re
from typing import Any

import pytest

from sala.engine.appointments import changing
from sala.engine.appointments.models import Place
from sala.engine.messages.models import Message
from sala.engine.waiting import offers
from sala.identity.accounts.actor import system
from sala.kit import clock
from tests.engine.waiting.conftest import HALF_DAY, NINE, NOW, TEN, WEEK, Join, free, make_places, offer_of

pytestmark = pytest.mark.django_db
KINDS = {"waiting_joined", "waiting_offer", "waiting_lapsed", "waiting_over", "visit_offered_again"}


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_letter_is_written_in_both_languages(language: str, join: Join, schedule: int, book: Any) -> None:
    make_places(schedule, NINE, 1)
    visit = book(people=(9,), language=language).visit_id
    changing.displace(visits=[visit], by=system("tests"))
    Place.objects.all().delete()
    turn = join(1, language=language)
    free(schedule, TEN), free(schedule, TEN + WEEK)
    offers.offer(schedule)
    with clock.frozen(NOW + HALF_DAY):
        free(schedule, NINE + WEEK)
        offers.lapse()
        offers.offer(schedule)
        offers.decline(offer=offer_of(turn).id)
    written = {letter.kind: letter for letter in Message.objects.exclude(kind__startswith="visit_b")}
    assert set(written) == KINDS
    for letter in written.values():
        assert letter.language == language
        assert ("เรียน" in letter.text) == (language == "th")
        assert f'<html lang="{language}">' in letter.html
        for address in re.findall(r'href="(http[^"]+)"', letter.html):
            assert address.replace("&amp;", "&") in letter.text
        if language == "th":
            bare = re.sub(r"http\S+|Somchai \w|\b[QW]-\S+|UTC|e-mail", " ", letter.text)
            assert not re.findall(r"\b[A-Za-z]{4,}\b", bare), letter.text
