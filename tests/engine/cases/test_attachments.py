"""Files: of a draft first, of one case then, never of somebody else."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from sala.engine.cases import attachments
from sala.engine.cases.models import Attachment
from sala.kit.errors import Invalid, NotFound
from tests.engine.cases.conftest import File

pytestmark = pytest.mark.django_db
FACTS = {"name": "me.png", "size": 3, "media_type": "image/png"}


def keep(draft: UUID) -> str:
    return str(attachments.store(draft=draft, field="contact.photo", facts=FACTS, content=b"png")["id"])


def test_becomes_the_case_s_own_once(file: File) -> None:
    mine, case = uuid4(), file().id
    one = keep(mine)
    for _ in range(2):
        attachments.bind([one], case=case, draft=mine)
    assert attachments.read_of_case(case=case, attachment=UUID(one)).content == b"png"
    assert attachments.of_draft(mine) == []


def test_nobody_can_name_another_s_file(file: File) -> None:
    mine, theirs, case, other = uuid4(), uuid4(), file().id, file().id
    one, bound = keep(theirs), keep(mine)
    attachments.bind([bound], case=other, draft=mine)
    for attachment, draft in ((one, mine), (one, None), (bound, mine), (str(uuid4()), mine)):
        with pytest.raises(Invalid):
            attachments.bind([attachment], case=case, draft=draft)
    assert Attachment.objects.get(id=one).case_id is None
    with pytest.raises(NotFound):
        attachments.read_of_case(case=case, attachment=UUID(one))
    with pytest.raises(NotFound):
        attachments.read_of_draft(draft=mine, attachment=UUID(one))


def test_a_case_s_file_is_not_dropped_with_the_draft(file: File) -> None:
    mine, case = uuid4(), file().id
    one = keep(mine)
    attachments.bind([one], case=case, draft=mine)
    attachments.drop(draft=mine, attachment=UUID(one))
    attachments.forget([mine])
    assert Attachment.objects.filter(id=one).exists()


def test_a_draft_holds_only_so_many() -> None:
    mine = uuid4()
    for _ in range(attachments.MOST_OF_A_DRAFT):
        keep(mine)
    with pytest.raises(Invalid):
        keep(mine)


def test_a_copy_is_a_file_of_its_own() -> None:
    mine = uuid4()
    one = keep(mine)
    fresh = attachments.copy([one], draft=mine)[one]
    assert fresh != one
    assert attachments.read_of_draft(draft=mine, attachment=UUID(fresh)).content == b"png"
    assert attachments.copy([one], draft=uuid4()) == {}
