import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_the_desk_opens(file, staff):
    filed = file()
    officer = staff()
    page = officer.get(reverse("desk:home"))
    assert page.status_code == 200
    assert filed.reference in page.content.decode()
    page = officer.get(reverse("desk:case", args=[filed.reference]))
    assert page.status_code == 200
    for p in ("ask", ):
        assert officer.get(reverse("desk:ask", args=[filed.reference])).status_code == 200
    for d in ("approved","refused","referred","completed"):
        assert officer.get(reverse("desk:decide", args=[filed.reference, d])).status_code == 200
    manager = staff("manager")
    assert manager.get(reverse("desk:manage")).status_code == 200
    assert manager.get(reverse("desk:figures_csv")).status_code == 200
    auditor = staff("auditor")
    assert auditor.get(reverse("desk:audit", args=[filed.reference])).status_code == 200
