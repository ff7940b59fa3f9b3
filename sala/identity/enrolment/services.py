"""Showing on one's own phone that an account is one's own: card, face, then the account is connected.

What a machine finds wrong is told and may be tried again, or an officer looks at it; it refuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction

from sala.identity.accounts.actor import ANONYMOUS, Actor, system
from sala.identity.accounts.sessions import own_id
from sala.identity.enrolment import codes, forms, keeping, letters, levels, portraits, queries, seeing, words
from sala.identity.enrolment.forms import Card
from sala.identity.enrolment.levels import Proof, Way
from sala.identity.enrolment.models import Enrolment
from sala.identity.enrolment.seeing import Seen
from sala.identity.enrolment.states import OPEN, Event, State, WrongState
from sala.identity.people import cards, linking
from sala.identity.people import queries as people
from sala.identity.people.linking import AnothersAccount, HeldElsewhere, Raised
from sala.identity.people.queries import PersonCard
from sala.kit import audit, clock, ratelimit
from sala.kit.errors import Conflict, Fault, Invalid
from sala.kit.ids import keyed_digest, uuid7

CARD_TRIES_A_DAY = 5
"""Of one number, and of one account; then an office is the way."""
BEGUN_A_DAY = 20
"""Of one account, which gives up and begins anew."""
CARDS_A_NETWORK = 50
"""A day, of those who are not signed in."""
FACE_TRIES = 3
"""After so many an officer is the first thing that is offered; more may be tried."""
FACE_TRIES_A_DAY = 15
CODE_TRIES_A_DAY = 20
REGISTER = system("register")


def begin(*, by: Actor) -> UUID:
    """The account's enrolment that goes on, or a new one. May be repeated. Raises TooMany."""
    account = own_id(by)
    with transaction.atomic():
        if row := _open(account):
            if not keeping.is_over(row):
                return row.id
            keeping.move(row, Event.EXPIRED)
    ratelimit.hit(f"enrol.begin:{account}", BEGUN_A_DAY, 86_400)
    try:
        with transaction.atomic():
            return _begun(Enrolment.Purpose.ENROL, account)
    except IntegrityError:  # begun in another window at the same moment
        row = _open(account)
        assert row  # noqa: S101 - that is what stood in the way
        return row.id


def _open(account: UUID) -> Enrolment | None:
    mine = Enrolment.objects.filter(account_id=account, way=Way.PHONE, state__in=OPEN)
    return mine.select_for_update().first() if transaction.get_connection().in_atomic_block else mine.first()


def _begun(purpose: str, account: UUID | None) -> UUID:
    now = clock.now()
    row = Enrolment.objects.create(
        id=uuid7(), way=Way.PHONE, purpose=purpose, account_id=account,
        started_at=now, changed_at=now, expires_at=now + keeping.STARTED_FOR,
    )  # fmt: skip
    return row.id


def begin_recovery(network: str = "") -> UUID:
    """An attempt to get an account back, of nobody yet. Raises TooMany: whoever is nobody fills no table."""
    ratelimit.hit(f"recover.begin:{network}", CARDS_A_NETWORK, 86_400)
    return _begun(Enrolment.Purpose.RECOVER, None)


def show_card(*, enrolment: UUID, card: Card, by: Actor, network: str = "") -> None:
    """What stands on the card: the level follows. Each try is told to whom the number is.

    Raises Invalid, which never says what of it was wrong; TooMany; AnothersAccount where the account by which it is
    shown is another person's.
    """
    account = by.account_id
    ratelimit.hit(f"enrol.card:{account or network}", CARD_TRIES_A_DAY if account else CARDS_A_NETWORK, 86_400)
    ratelimit.hit(f"enrol.card:{keyed_digest('enrolment.pid', card.pid)}", CARD_TRIES_A_DAY, 86_400)
    found = cards.matches(pid=card.pid, birth_date=card.birth_date, laser=card.laser)
    _note_try(card.pid, enrolment, right=found is not None)
    if found is None:
        with _going(enrolment, by) as row:
            keeping.tried(row, "card")
        raise Invalid([Fault("", "card", words.CHECK_CARD)])
    linked = people.of_account(account) if account else None
    if linked and linked.person.id != found.id:
        raise AnothersAccount
    with _going(enrolment, by) as row:
        _take_card(row, found)


def _take_card(row: Enrolment, found: PersonCard) -> None:
    if row.person_id != found.id:  # another card than before: nothing that was shown counts any more
        row.person_id, row.proofs = found.id, {}
        row.save(update_fields=["person", "proofs"])
        portraits.drop(row.id)
    keeping.prove(row, Proof.CARD, by=REGISTER.label)
    keeping.prove(row, Proof.LASER, by=REGISTER.label)


def _note_try(pid: str, enrolment: UUID, *, right: bool) -> None:
    """In the list of whom the number belongs to, by somebody unnamed: by whom, the enrolment's own row says."""
    whose = people.by_pid(pid)
    subject = f"person:{whose.id}" if whose else "person:unknown"
    action = "enrolment.card_shown" if right else "enrolment.card_wrong"
    audit.record(ANONYMOUS.label, action, subject, {"enrolment": str(enrolment)})


def show_face(*, enrolment: UUID, challenge: UUID, session: str, frames: list[bytes], by: Actor) -> Seen:
    """The live face: first that somebody stands there, then whether it is the register's. Never refuses.

    Raises Invalid where the movements were not seen (with advice), WrongState where no card was shown, Unseen where
    nobody could look at them, Busy or Away where they could not be compared: then they are kept.
    """
    person = _person_of(enrolment, by)
    ratelimit.hit(f"enrol.face:{by.account_id or enrolment}", FACE_TRIES_A_DAY, 86_400)
    answered = seeing.live(challenge=challenge, session=session, frames=frames)
    with _going(enrolment, by, person) as row:
        if not answered.passed or answered.portrait is None:
            tries = keeping.tried(row, "liveness")
        else:
            tries = 0
            row.proofs.pop(Proof.FACE.value, None)  # what was alike before is not this picture
            keeping.prove(row, Proof.LIVENESS, by=REGISTER.label)
            portraits.keep(row.id, answered.portrait)
    if tries:
        raise seeing.NotLive(answered.advice)
    return compare(enrolment=enrolment, by=by)


def compare(*, enrolment: UUID, by: Actor) -> Seen:
    """Compare the live picture with the register's photograph. May be repeated. Raises Busy, Away, WrongState."""
    person = _person_of(enrolment, by)
    standing = queries.one(enrolment)
    picture = portraits.opened(enrolment)
    if picture is None or standing is None or not standing.live:
        raise WrongState
    seen = seeing.compared(person=person, data=picture.data, purpose=standing.purpose, by=by)
    with _going(enrolment, by, person) as row:
        if portraits.opened(row.id) != picture:
            raise WrongState
        _take_face(row, seen)
    return seen


def _take_face(row: Enrolment, seen: Seen) -> None:
    told = {"enrolment": str(row.id)}
    if seen is not Seen.ALIKE:
        keeping.tried(row, "face")
        if seen is Seen.OTHER:
            audit.record(ANONYMOUS.label, "enrolment.face_other", f"person:{row.person_id}", told)
        return
    keeping.prove(row, Proof.FACE, by=REGISTER.label)
    audit.record(ANONYMOUS.label, "enrolment.face_shown", f"person:{row.person_id}", told)
    if row.purpose == Enrolment.Purpose.ENROL:
        keeping.move(row, Event.PROVEN)


def send_to_office(*, enrolment: UUID, by: Actor, data: bytes | None = None) -> None:
    """An officer looks at it. `data`: a picture, where none was taken live. May be repeated.

    Raises Invalid where there is no picture or it cannot be used, WrongState where no card was shown.
    """
    _person_of(enrolment, by, also=State.REVIEW)
    if data:
        ratelimit.hit(f"enrol.picture:{by.account_id or enrolment}", FACE_TRIES_A_DAY, 86_400)
    picture = seeing.cleaned(data) if data else None
    with own(enrolment, by) as row:
        if row.state == State.REVIEW:
            return
        if picture:
            portraits.keep(row.id, picture)
            row.proofs.pop(Proof.LIVENESS.value, None)  # what stood before the camera is not this picture
            row.proofs.pop(Proof.FACE.value, None)
            row.level = levels.reached(row.proofs, row.way)
        elif portraits.opened(row.id) is None:
            raise Invalid([Fault("picture", "missing", words.NO_PICTURE)])
        keeping.move(row, Event.SENT)


def stay(*, enrolment: UUID, by: Actor) -> None:
    """The level reached so far is enough for now. May be repeated. Raises WrongState where there is none."""
    with own(enrolment, by) as row:
        if row.state == State.READY:
            return
        if not row.level or row.purpose != Enrolment.Purpose.ENROL:
            raise WrongState
        other = queries.other_level(own_id(by), row.person_id) if row.person_id else ""
        if other and not levels.replaces(row.level, other, row.way):
            raise HeldElsewhere
        keeping.move(row, Event.PROVEN)


def settle(*, enrolment: UUID, by: Actor) -> Raised:
    """What is ready is done: the account is the person's. May be repeated.

    An account that was theirs before and was proven less surely is nobody's any more, and its holder is written to.
    Raises WrongState, AnothersAccount, HeldElsewhere, NotFound for somebody who died meanwhile.
    """
    with own(enrolment, by) as row:
        if row.state == State.DONE:
            return Raised(row.level)
        return _settle(row, own_id(by), by)


def _settle(row: Enrolment, account: UUID, by: Actor) -> Raised:
    """Connect a locked row's person with the account."""
    if row.state != State.READY or row.person_id is None:
        raise WrongState
    way = row.way
    raised = linking.link_surer(
        account=account, person=row.person_id, ial=row.level, by=by,
        replaces=lambda fresh, former: levels.replaces(fresh, former, way),
    )  # fmt: skip
    row.account_id = account
    keeping.move(row, Event.SETTLED)
    audit.record(by.label, "enrolment.linked", f"person:{row.person_id}", {"enrolment": str(row.id), "ial": raised.ial})
    letters.tell("enrolment_done", account, enrolment=row.id)
    if raised.former:
        letters.tell("enrolment_moved", raised.former, enrolment=row.id)
    return raised


def redeem(*, code: str, birth: str, by: Actor) -> Raised:
    """Bring to this account what an office has proven: by the slip's code and the date of birth. May be repeated.

    Raises Invalid, which never says which of the two was wrong; TooMany; what `settle` raises.
    """
    account = own_id(by)
    ratelimit.hit(f"enrol.code:{account}", CODE_TRIES_A_DAY, 86_400)
    with transaction.atomic():
        row = by_code(code, birth, purpose=Enrolment.Purpose.ENROL)
        if row is None:
            done = _redeemed(account, birth)
            if done:
                return done
            raise Invalid([Fault("", "code", words.CHECK_CODE)])
        if keeping.had_a_part(row, by.label):
            raise Conflict(words.OWN_SLIP)
        return _settle(row, account, by)


def by_code(code: str, birth: str, *, purpose: str) -> Enrolment | None:
    """The locked row that waits for this code and is of somebody born then; None for anything else."""
    clean = codes.clean(code)
    waiting = Enrolment.objects.filter(
        code=codes.digest(clean), way=Way.OFFICE, purpose=purpose, state=State.READY, expires_at__gt=clock.now()
    )
    row = waiting.select_for_update().first() if clean else None
    person = people.by_id(row.person_id) if row and row.person_id else None
    return row if person and person.birth_date == forms.day(birth) else None


def _redeemed(account: UUID, birth: str) -> Raised | None:
    """A form sent twice: the code of the last minutes brought this account's own level."""
    recent = Enrolment.objects.filter(account_id=account, way=Way.OFFICE, purpose="enrol", state=State.DONE)
    row = recent.filter(ended_at__gt=clock.now() - keeping.TWICE_WITHIN).first()
    person = people.by_id(row.person_id) if row and row.person_id else None
    return Raised(row.level) if row and person and person.birth_date == forms.day(birth) else None


def give_up(*, enrolment: UUID, by: Actor) -> None:
    """The person does not go on; nothing of it is kept but that it was begun. May be repeated."""
    with own(enrolment, by) as row:
        if State(row.state) in OPEN:
            keeping.move(row, Event.GIVEN_UP)


def own(enrolment: UUID, by: Actor) -> AbstractContextManager[Enrolment]:
    """The locked row of this account's own enrolment, or of a recovery, in a transaction. Raises NotFound, WrongState
    where it ran out."""
    return keeping.held(enrolment, lambda row: row.account_id == by.account_id and row.way == Way.PHONE)


@contextmanager
def _going(enrolment: UUID, by: Actor, person: int | None = None) -> Iterator[Enrolment]:
    """`own`, where it is not sent or proven yet, and is still about this person if one is named: looking at a face
    takes its time without a lock, and what was seen meanwhile counts for nobody else. Raises WrongState."""
    with own(enrolment, by) as row:
        if row.state != State.STARTED or person not in {None, row.person_id}:
            raise WrongState
        yield row


def _person_of(enrolment: UUID, by: Actor, *, also: State | None = None) -> int:
    """Whose card was shown, where the enrolment may go on now. Raises NotFound, WrongState."""
    with own(enrolment, by) as row:
        if State(row.state) not in {State.STARTED, also} or keeping.is_over(row):
            raise WrongState
        if row.person_id is None or not {Proof.CARD.value, Proof.LASER.value} <= set(row.proofs):
            raise Conflict(words.CARD_FIRST)
        return row.person_id
