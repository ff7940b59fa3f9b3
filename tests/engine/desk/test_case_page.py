"""The case on one screen: what it shows to whom, and the small acts on it."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern, reverse

from sala.engine.cases import checking, decisions, services
from sala.engine.cases.models import Attachment, Case, Hold, Note, SopMark
from sala.engine.cases.queries import history
from sala.engine.cases.states import State
from sala.engine.catalogue.loaded import Loaded
from sala.engine.desk import urls
from sala.engine.messages import services as messages
from sala.engine.messages.models import Message
from sala.identity.accounts.actor import Actor
from sala.identity.directory.models import Office
from sala.kit import audit
from tests.engine.desk.conftest import BANGKOK, SAMUT_SAKHON, File, Register, Staff
from tests.factories import add_post

pytestmark = pytest.mark.django_db


def at(reference: str, name: str = "case", *more: Any) -> str:
    return reverse(f"desk:{name}", args=[reference, *more])


def case_of(reference: str) -> Case:
    return Case.objects.get(reference=reference)


# --- For whom it exists -----------------------------------------------------------------------------

OF_A_CASE = [pattern for pattern in urls.urlpatterns if "<str:reference>" in str(pattern.pattern)]
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def address(pattern: URLPattern, reference: str) -> str:
    samples = {"reference": reference, "decision": "approved", "attachment": uuid4(), "letter": uuid4()}
    wanted = re.findall(r"<\w+:(\w+)>", str(pattern.pattern))
    return reverse(f"desk:{pattern.name}", kwargs={name: samples[name] for name in wanted})


@pytest.mark.requirement("R-001.27", "R-001.36")
@pytest.mark.parametrize("pattern", OF_A_CASE, ids=lambda pattern: pattern.name)
def test_to_another_province_the_case_does_not_exist(file: File, staff: Staff, pattern: URLPattern) -> None:
    reference = file().reference
    path = address(pattern, reference)
    for stranger in (staff("senior", BANGKOK), staff("administrator")):
        answers = {method: getattr(stranger.client, method)(path).status_code for method in METHODS}
        assert answers == dict.fromkeys(METHODS, 404)
    assert case_of(reference).events == 1
    assert audit.of_subject(f"case:{reference}") == []


@pytest.mark.parametrize("pattern", OF_A_CASE, ids=lambda pattern: pattern.name)
def test_a_case_that_is_not_there_is_the_same_as_one_of_others(staff: Staff, pattern: URLPattern) -> None:
    for reference in ("PRM-00000000-0", "x", "PRM"):
        assert staff("senior").client.get(address(pattern, reference)).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_unknown_methods_are_refused_to_those_who_see_the_case(file: File, staff: Staff, method: str) -> None:
    assert getattr(staff().client, method)(at(file().reference)).status_code == 405


@pytest.mark.parametrize("name", ["case", "state", "audit"])
def test_a_page_to_look_at_takes_no_post(file: File, staff: Staff, name: str) -> None:
    reference = file().reference
    assert staff("auditor").post(at(reference, name)).status_code == 405
    assert audit.of_subject(f"case:{reference}") == []


@pytest.mark.parametrize("name", ["claim", "unclaim", "assign", "note", "step", "hold", "lift_hold"])
def test_who_comes_to_an_act_by_a_link_is_led_to_the_case(file: File, staff: Staff, name: str) -> None:
    reference = file().reference
    answer = staff().get(at(reference, name))
    assert answer.headers["Location"] == at(reference)
    assert case_of(reference).events == 1


ACTS: dict[str, dict[str, str]] = {
    "claim": {}, "unclaim": {}, "assign": {"to": str(uuid4())}, "note": {"text": "x"},
    "step": {"step": "place", "done": "1"}, "hold": {"reason": "x"}, "lift_hold": {},
    "ask": {"fields": "person.name", "message": "x"},
}  # fmt: skip


@pytest.mark.parametrize("name", ACTS)
def test_an_auditor_reads_only(file: File, staff: Staff, name: str) -> None:
    reference, auditor = file().reference, staff("auditor")
    services.claim(reference=reference, by=staff().actor)
    before = case_of(reference).events
    assert auditor.post(at(reference, name), **ACTS[name]).status_code == 403
    assert case_of(reference).events == before


@pytest.mark.parametrize("decision", ["approved", "refused", "referred", "completed"])
@pytest.mark.parametrize("role", ["auditor", "manager"])
def test_only_officers_decide(file: File, staff: Staff, role: str, decision: str) -> None:
    reference, person = file().reference, staff(role)
    path = at(reference, "decide", decision)
    assert person.get(path).status_code == 403
    assert person.post(path, confirm="1", reason="not_yours", message="x").status_code == 403
    page = person.read(at(reference))
    assert "What to do" not in page or "Approve" not in page
    assert case_of(reference).state == State.SUBMITTED


def test_every_look_is_recorded(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    officer.read(at(reference))
    officer.read(at(reference, "ask"))
    officer.read(at(reference, "decide", "approved"))
    officer.post(at(reference, "decide", "refused"), reason="not_yours")  # shows the letter: a look too
    officer.read(at(reference, "state"))  # what an open page asks by itself shows nothing of the person
    looks = audit.of_subject(f"case:{reference}")
    assert [look.action for look in looks] == ["case.viewed"] * 4
    assert {look.actor for look in looks} == {officer.actor.label}


# --- What it shows ----------------------------------------------------------------------------------


def row(page: str, label: str) -> str:
    found = re.search(rf'<tr class="([^"]*)">\s*(?:<td.*?</td>\s*)?<th scope="row">{label}</th>(.*?)</tr>', page, re.S)
    assert found, label
    return " ".join(re.sub(r"<[^>]+>", " ", found[2]).split()) + (" !" if "is-different" in found[1] else "")


@pytest.mark.requirement("R-001.28")
def test_answers_stand_beside_what_the_register_says(
    file: File, staff: Staff, register: Register, permit: Loaded
) -> None:
    register.known["AB123456"] = {"name": "Maria  SILVA", "due": "2026-11-29", "wanted": False, "trusted": False}
    reference = file().reference
    checking.run(reference=reference)
    page = staff().read(at(reference))
    assert row(page, "Name") == "Maria Silva Same Maria SILVA"
    assert row(page, "Due date") == "25 November 2026 Differs 29 November 2026 !"
    assert row(page, "Passport number") == "AB123456"
    assert "Samut Sakhon" in row(page, "Address")
    assert re.search(r"What it is · Item 1.*?lamp.*?What it is · Item 2.*?chair", page, re.S)


def test_what_only_the_register_has_is_shown_without_alarm(
    file: File, staff: Staff, register: Register, answers: dict[str, Any]
) -> None:
    register.known["AB123456"] = {"name": "Maria Silva", "due": "", "nick": "Mia", "wanted": False, "trusted": False}
    reference = file().reference
    checking.run(reference=reference)
    page = staff().read(at(reference))
    assert row(page, "Known as") == "Not answered Only the register has it Mia"
    assert row(page, "Due date").endswith("The register has no entry")


def test_a_register_that_is_out_of_reach_says_so(file: File, staff: Staff, register: Register) -> None:
    register.reachable = False
    reference = file().reference
    officer = staff()
    assert row(officer.read(at(reference)), "Name") == "Maria Silva Not asked yet"
    with pytest.raises(checking.RegisterOutOfReach):
        checking.run(reference=reference)
    page = officer.read(at(reference))
    assert row(page, "Name") == "Maria Silva Register out of reach"
    assert "Could not be checked" in page


def test_a_person_whom_the_register_does_not_know(file: File, staff: Staff, register: Register) -> None:
    reference = file().reference
    checking.run(reference=reference)
    page = staff().read(at(reference))
    assert row(page, "Name") == "Maria Silva Not in the register"
    assert re.search(r"Alert</span> Known to the register", page)


@pytest.mark.requirement("R-001.33", "R-001.36")
def test_restricted_findings_and_holds_are_for_those_who_may_see_them(
    file: File, staff: Staff, register: Register
) -> None:
    register.known["AB123456"] = {"name": "Maria Silva", "wanted": True, "trusted": False}
    reference = file().reference
    officer, senior = staff(), staff("senior")
    assert "Wanted" not in officer.read(at(reference))
    checking.run(reference=reference)
    assert officer.get(at(reference)).status_code == 404, "held: gone for those who may not see holds"
    page = senior.read(at(reference))
    assert re.search(r"Alert</span> Wanted", page)
    assert re.search(r'desk-held.*?<p class="govuk-body desk-words">Wanted</p>', page, re.S)
    services.add_note(reference=reference, text="seen in person", by=senior.actor)
    decisions.lift_hold(reference=reference, by=senior.actor)
    page = officer.read(at(reference))
    assert "Wanted" not in page
    assert "Held" not in page
    assert "Hold lifted" not in page
    assert "seen in person" in page


@pytest.mark.requirement("R-001.43")
def test_the_procedure_is_the_same_for_all_and_ticked_by_name(file: File, staff: Staff, register: Register) -> None:
    register.known["AB123456"] = {"name": "Maria Silva", "wanted": False, "trusted": False}
    reference, officer = file().reference, staff(given_name="Malee", surname="Dee")
    checking.run(reference=reference)
    page = officer.read(at(reference))
    assert page.index("Check the identity") < page.index("Check the place")
    assert "by rule" in page
    for done, ticked in (("1", True), ("1", True), ("0", False), ("0", False), ("1", True)):
        answer = officer.post(at(reference, "step"), step="place", done=done)
        assert answer.status_code == 303
        assert SopMark.objects.filter(step="place").exists() is ticked
    assert re.search(r"Check the place.*?Malee Dee, ", staff().read(at(reference)), re.S)
    assert officer.post(at(reference, "step"), step="unknown", done="1").status_code == 422


def test_the_history_names_people_and_says_what_the_applicant_sees(file: File, staff: Staff) -> None:
    reference = file().reference
    officer, senior = staff(given_name="Malee", surname="Dee"), staff("senior", given_name="Somchai", surname="Jai")
    services.claim(reference=reference, by=officer.actor)
    services.add_note(reference=reference, text="called her", by=officer.actor)
    services.assign(reference=reference, to=senior.account.id, by=senior.actor)
    page = senior.read(at(reference))
    assert "Taken</strong> · Malee Dee" in page
    assert "Given to Somchai Jai</strong> · Somchai Jai" in page
    assert "called her" in page
    assert re.search(r"Note added.*?not shown to the applicant", page, re.S)
    assert re.search(r"Handled before by</h2>\s*<p class=\"govuk-body-s\">Malee Dee</p>", page)
    assert len(history(case_of(reference), public_only=False)) == 4


def test_other_cases_of_the_person_and_of_the_family(
    file: File, staff: Staff, answers: dict[str, Any], offices: dict[int, int]
) -> None:
    family = uuid4()
    mine = file(group=family).reference
    child = {**answers, "person": {**answers["person"], "passport": "CD999000", "name": "Rita Silva"}}
    sibling, earlier = file(group=family, answers=child).reference, file().reference
    elsewhere = {**answers, "stay": {"address": {**answers["stay"]["address"], **_BANGKOK}}}
    unseen = file(answers=elsewhere, group=family).reference
    page = staff().read(at(mine))
    assert re.search(rf"Filed together.*{sibling}", page, re.S)
    assert re.search(rf"Other cases of the same person.*{earlier}", page, re.S)
    assert unseen not in page


_BANGKOK = {"line": "1", "subdistrict": 100101, "district": 1001, "province": BANGKOK, "postcode": 10200}


def test_corrections_show_what_was_there_before(file: File, staff: Staff, applicant: Actor) -> None:
    reference, officer = file().reference, staff()
    services.ask(reference=reference, fields=["person.name"], message="As in the passport?", by=officer.actor)
    page = officer.read(at(reference))
    assert "Asked about" in row(page, "Name")
    assert "As in the passport?" in page
    services.answer(reference=reference, values={"person.name": "Maria da Silva"}, message="Sorry", by=applicant)
    page = officer.read(at(reference))
    assert row(page, "Name").startswith("Maria da Silva Before: Maria Silva")
    assert "Sorry" in page


def test_letters_and_what_became_of_them(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    link = "https://sala.example/cases/X/?key=secret"
    messages.send(
        key="one", to="maria@example.org", language="en", subject="Received", text=f"Your case.\n{link}\nThank you.",
        html="", kind="case_submitted", case_reference=reference,
    )  # fmt: skip
    Message.objects.update(state="bounced", last_error="550 no such mailbox")
    page = officer.read(at(reference))
    assert "Not delivered" in page
    assert "550 no such mailbox" in page
    letter = officer.read(at(reference, "letter", Message.objects.get().id))
    assert "Thank you." in letter
    assert "secret" not in letter, "the link opens the case as the applicant"
    other = file().reference
    assert officer.get(at(other, "letter", Message.objects.get().id)).status_code == 404


@pytest.mark.parametrize(
    ("media_type", "shown"), [("image/png", True), ("application/pdf", False), ("image/heic", False)]
)
def test_files_are_saved_and_only_harmless_pictures_shown(
    file: File, staff: Staff, media_type: str, shown: bool
) -> None:
    reference, officer = file().reference, staff()
    case = case_of(reference)
    kept = Attachment.objects.create(
        case=case, field="contact.photo", name='ตราประทับ "x".png', media_type=media_type, size=3,
        sha256=hashlib.sha256(b"abc").digest(), content=b"abc",
    )  # fmt: skip
    value = {"id": str(kept.id), "name": kept.name, "size": 3, "media_type": media_type}
    Case.objects.update(answers={**case.answers, "contact": {**case.answers["contact"], "photo": value}})
    page = officer.read(at(reference))
    path = at(reference, "paper", kept.id)
    assert (f'src="{path}"' in page) is shown
    answer = officer.get(path)
    assert answer.content == b"abc"
    assert answer.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert officer.get(path, save="1").headers["Content-Disposition"].startswith("attachment")
    assert audit.of_subject(f"case:{reference}")[0].action == "case.file_viewed"
    assert officer.get(at(file().reference, "paper", kept.id)).status_code == 404, "a file of another case"


# --- Small acts -------------------------------------------------------------------------------------


def test_claim_and_put_back(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    for _ in range(2):
        assert officer.post(at(reference, "claim")).headers["Location"] == at(reference) + "?done=claimed"
    assert "The case is yours." in officer.read(at(reference), done="claimed")
    assert case_of(reference).claimed_by_id == officer.account.id
    assert officer.post(at(reference, "unclaim")).status_code == 303
    assert case_of(reference).claimed_by_id is None


def test_a_colleague_was_faster(file: File, staff: Staff) -> None:
    reference, first, second = file().reference, staff(given_name="Malee", surname="Dee"), staff()
    first.post(at(reference, "claim"))
    answer = second.post(at(reference, "claim"))
    assert answer.status_code == 409
    assert "Malee Dee has already taken this case" in answer.content.decode()
    assert case_of(reference).claimed_by_id == first.account.id


def test_a_senior_gives_the_case_to_a_colleague_of_the_office(file: File, staff: Staff) -> None:
    reference, senior, colleague, stranger = file().reference, staff("senior"), staff(), staff(province=BANGKOK)
    assert senior.post(at(reference, "assign"), to="").status_code == 422
    answer = senior.post(at(reference, "assign"), to=str(stranger.account.id))
    assert answer.status_code == 422
    assert "does not work at this office" in answer.content.decode()
    assert senior.post(at(reference, "assign"), to=str(colleague.account.id)).status_code == 303
    assert case_of(reference).claimed_by_id == colleague.account.id
    assert staff().post(at(reference, "assign"), to=str(colleague.account.id)).status_code == 403


def test_a_note_that_cannot_be_kept_is_not_lost(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    answer = officer.post(at(reference, "note"), text="x" * 5000)
    assert answer.status_code == 422
    assert "x" * 5000 in answer.content.decode()
    assert "4,000 characters or fewer" in answer.content.decode()
    assert officer.post(at(reference, "note"), text="  ").status_code == 422
    for _ in range(2):
        assert officer.post(at(reference, "note"), text="called her <b>twice</b>").status_code == 303
    assert Note.objects.count() == 1
    assert "called her &lt;b&gt;twice&lt;/b&gt;" in officer.read(at(reference))


@pytest.mark.requirement("R-001.33", "R-001.36")
def test_who_holds_without_seeing_holds_lets_the_case_go(file: File, staff: Staff) -> None:
    reference, officer, senior = file().reference, staff(), staff("senior")
    assert officer.post(at(reference, "hold"), reason="").status_code == 422
    answer = officer.post(at(reference, "hold"), reason="looks like another person")
    assert answer.headers["Location"] == "/desk/?done=held"
    assert "It is now with those who handle held cases" in officer.read("/desk/", done="held")
    assert officer.get(at(reference)).status_code == 404
    assert officer.post(at(reference, "hold"), reason="again").status_code == 404
    assert "looks like another person" in senior.read(at(reference))
    assert senior.get(at(reference, "decide", "approved")).status_code == 409
    assert senior.post(at(reference, "lift_hold"), note="is herself").headers["Location"].endswith("?done=hold_lifted")
    assert Hold.objects.get().lifted_at
    assert "is herself" in senior.read(at(reference))


def test_an_officer_of_two_offices_has_each_offices_own_rights(
    file: File, staff: Staff, offices: dict[int, int]
) -> None:
    reference, person = file().reference, staff("senior", BANGKOK)
    add_post(person.account, Office.objects.get(id=offices[SAMUT_SAKHON]), "officer")
    page = person.read(at(reference))
    assert "Give to" not in page, "may assign in Bangkok alone"
    assert person.post(at(reference, "assign"), to=str(person.account.id)).status_code == 403


def test_what_the_page_says_was_done_is_a_known_word(file: File, staff: Staff) -> None:
    assert "<script>" not in staff().read(at(file().reference), done="<script>alert(1)</script>").split("</head>")[1]


def test_a_case_without_a_claim_or_checks_is_drawn_in_thai(file: File, staff: Staff) -> None:
    officer = staff()
    officer.client.cookies["lang"] = "th"
    page = officer.read(at(file().reference))
    assert "คำตอบเทียบกับทะเบียน" in page
    assert "25 พฤศจิกายน 2569" in page


def test_the_state_of_an_open_page(file: File, staff: Staff) -> None:
    reference, officer = file().reference, staff()
    part = officer.read(at(reference, "state"))
    assert 'id="desk-state"' in part
    assert "Received" in part
    assert "Maria" not in part


def test_references_are_read_as_people_type_them(file: File, staff: Staff) -> None:
    reference = file().reference
    assert staff().get(at(reference.lower().replace("-", ""))).status_code == 200
    assert isinstance(case_of(reference).id, UUID)
