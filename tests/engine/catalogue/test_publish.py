"""Publication: versions never change, the same content publishes once, a case keeps its version."""

from __future__ import annotations

import threading

import msgspec
import pytest
from django.db import IntegrityError, connection, transaction

from sala.engine.catalogue import queries, services
from sala.engine.catalogue.checking import load_text
from sala.engine.catalogue.models import ServiceVersion
from sala.identity.accounts.actor import system
from sala.kit.errors import Invalid, NotFound
from sala.kit.models import AuditEntry
from tests.engine.catalogue.samples import ADVICE, declaration, text

CLERK = system("clerk")


@pytest.fixture
def advice(offices: dict[int, int]) -> object:
    return load_text(ADVICE.read_text())


@pytest.mark.django_db
class TestPublish:
    def test_current_and_by_hash(self, advice: object) -> None:
        loaded = services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        assert queries.current("advice") is loaded
        assert queries.version(loaded.hash) is loaded
        assert (loaded.slug, loaded.number) == ("advice", 1)
        assert loaded.declaration == advice
        assert loaded in queries.catalogue()

    def test_same_content_changes_nothing(self, advice: object) -> None:
        first = services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        again = services.publish(load_text(ADVICE.read_text() + "\n# a remark\n"), by=system("other"))
        assert again.hash == first.hash
        assert ServiceVersion.objects.filter(service="advice").count() == 1
        assert AuditEntry.objects.filter(subject="service:advice").count() == 1

    def test_a_new_version_leaves_the_old_one(self, advice: object) -> None:
        first = services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        changed = msgspec.structs.replace(advice, summary=msgspec.convert(text("New"), type(first.declaration.summary)))
        second = services.publish(changed, by=CLERK)  # type: ignore[arg-type]
        assert second.number == 2
        assert queries.current("advice").hash == second.hash
        assert queries.version(first.hash).declaration == advice
        back = services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        assert (back.hash, back.number) == (first.hash, 1)
        actions = AuditEntry.objects.filter(subject="service:advice").order_by("id").values_list("detail", flat=True)
        assert [detail["number"] for detail in actions] == [1, 2, 1]

    def test_what_cannot_work_is_not_published(self) -> None:
        with pytest.raises(Invalid) as caught:
            services.publish(declaration(agency="no-such", contact="contact.phone"), by=CLERK)
        assert [fault.field for fault in caught.value.faults] == ["contact", "agency", "route.to"]
        assert not ServiceVersion.objects.exists()

    def test_closed_to_new_cases_but_known(self, advice: object) -> None:
        loaded = services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        services.set_open(slug="advice", is_open=False, by=CLERK)
        with pytest.raises(NotFound):
            queries.current("advice")
        assert queries.catalogue() == []
        assert queries.version(loaded.hash) is loaded
        services.set_open(slug="advice", is_open=True, by=CLERK)
        assert queries.current("advice") is loaded

    def test_unknown(self) -> None:
        with pytest.raises(NotFound):
            queries.current("nothing")
        with pytest.raises(NotFound):
            queries.version("0" * 64)
        with pytest.raises(NotFound):
            services.set_open(slug="nothing", is_open=True, by=CLERK)

    @pytest.mark.parametrize(
        "statement", ["update catalogue_serviceversion set number = 9", "delete from catalogue_serviceversion"]
    )
    def test_the_database_refuses_changes(self, advice: object, statement: str) -> None:
        services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_reading_the_current_version_again_costs_nothing(
        self, advice: object, django_assert_num_queries: object
    ) -> None:
        services.publish(advice, by=CLERK)  # type: ignore[arg-type]
        queries.current("advice")
        with django_assert_num_queries(0):  # type: ignore[operator]
            queries.current("advice")


@pytest.mark.django_db(transaction=True)
def test_two_publications_at_once_get_two_numbers(offices: dict[int, int]) -> None:
    advice = load_text(ADVICE.read_text())
    variants = [msgspec.structs.replace(advice, reference=f"AD{at}") for at in range(4)]
    ready = threading.Barrier(4)

    def publish(at: int) -> None:
        ready.wait()
        try:
            services.publish(variants[at], by=CLERK)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = ServiceVersion.objects.filter(service="advice").values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4]
