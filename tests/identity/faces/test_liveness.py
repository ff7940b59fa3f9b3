"""Who moves passes; what is flat does not, however it is held; nor does what comes in another order."""

from __future__ import annotations

from dataclasses import replace as replace_
from itertools import permutations
from math import sin, tau

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sala.identity.faces import live_words
from sala.identity.faces.liveness import LEAST, TURNED, Episode, Step, episodes, judge, level, middle, signs
from sala.identity.faces.serving.wire import Points
from tests.identity.faces.heads import Head, Pose, seen
from tests.identity.faces.moving import film, film_of_print, frame, poses, swayed

ORDERS = list(permutations(Step, 3))
orders = st.sampled_from(ORDERS)
heads = st.builds(
    Head,
    eyes=st.floats(8, 10),
    nose=st.floats(2.4, 3.6),
    length=st.floats(0.9, 1.15),
    aperture=st.floats(0.6, 1.3),
    mouth=st.floats(4.2, 6),
)
few = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize("steps", ORDERS)
@pytest.mark.requirement("R-004.2")
def test_who_does_what_is_asked_passes(steps: tuple[Step, ...]) -> None:
    found = judge(film(poses(steps)), steps)
    assert found.passed, found
    assert found.done == 3


@few
@given(heads, orders, st.integers(0, 999))
def test_any_head_passes_that_does_it_and_cannot_sit_quite_still(head: Head, steps: list[Step], seed: int) -> None:
    found = judge(film(swayed(poses(steps, hold=5), 1.5, seed), head=head, seed=seed), steps)
    assert found.passed, found


@pytest.mark.parametrize("steps", ORDERS)
def test_another_order_does_not_pass(steps: tuple[Step, ...]) -> None:
    frames = film(poses(steps))
    for asked in ORDERS:
        assert judge(frames, asked).passed == (asked == steps)


def test_a_film_of_every_movement_in_a_loop_does_not_pass_for_any_order_but_its_own() -> None:
    loop = [Step.TURN_LEFT, Step.SMILE, Step.TURN_RIGHT, Step.BLINK]
    frames = film(poses(loop * 2, rest=1))
    assert [asked for asked in ORDERS if judge(frames, asked).passed] == [tuple(loop[:3])]


@few
@given(heads, orders, st.floats(0, 0.012), st.integers(0, 999))
def test_a_still_picture_does_not_pass(head: Head, steps: list[Step], noise: float, seed: int) -> None:
    assert not judge(film([Pose()] * 40, head=head, noise=noise, seed=seed), steps).passed


angles = st.floats(-55, 55)
held = st.builds(
    Pose,
    yaw=angles,
    nod=st.floats(-55, 55),
    roll=st.floats(-30, 30),
    x=st.floats(-3, 3),
    y=st.floats(-3, 3),
    distance=st.floats(20, 80),
)


def waved(between: list[Pose], frames: int = 40) -> list[Pose]:
    """From one pose to the next as a hand does it: first held straight, then moved without a jump."""
    out = [Pose()] * 5
    for one, other in zip([Pose(), *between], [*between, Pose()], strict=True):
        count = (frames - 5) // (len(between) + 1)
        for k in range(1, count + 1):
            part = k / count
            fields = ("yaw", "nod", "roll", "x", "y", "distance")
            out.append(Pose(**{f: (1 - part) * getattr(one, f) + part * getattr(other, f) for f in fields}))
    return out


def moved(frames: list[Points | None]) -> list[Episode]:
    """All movements in the frames, wherever the face was and however it jumped: what the order of steps cannot hide."""
    outlines = [level(frame.outline) for frame in frames if frame]
    own = middle(outlines[:4])
    return episodes({number: signs(own, outline) for number, outline in enumerate(outlines)})


@settings(max_examples=60, deadline=None)
@given(heads, orders, st.lists(held, min_size=1, max_size=4), st.floats(0, 0.004))
@pytest.mark.requirement("R-004.21")
def test_a_printed_photograph_does_not_pass_however_it_is_held(
    head: Head, steps: list[Step], between: list[Pose], noise: float
) -> None:
    frames = film_of_print(waved(between), head=head, noise=noise)
    assert not judge(frames, steps).passed
    assert not moved(frames), "no flat picture turns its head, closes its eyes, or smiles"


@settings(max_examples=30, deadline=None)
@given(orders, st.lists(held, min_size=1, max_size=4), st.floats(0.01, 0.1), st.booleans())
def test_nor_does_one_that_is_bent_to_a_roll_of_twenty_centimetres(
    steps: list[Step], between: list[Pose], bend: float, upright: bool
) -> None:
    frames = film_of_print(waved(between), bend=bend, upright=upright, noise=0.004)
    assert not judge(frames, steps).passed


def test_a_turned_photograph_shows_no_turn_and_a_turned_head_does() -> None:
    own = level(seen(Head()))
    for yaw in range(-50, 51, 10):
        flat = [point for frame_ in film_of_print([Pose(yaw=yaw)], noise=0) if frame_ for point in frame_.outline]
        straight = [point for frame_ in film_of_print([Pose()], noise=0) if frame_ for point in frame_.outline]
        assert abs(signs(level(straight), level(flat)).turn) < 0.005
    assert signs(own, level(seen(Head(), Pose(yaw=20)))).turn > 0.1
    assert signs(own, level(seen(Head(), Pose(yaw=-20)))).turn < -0.1


@pytest.mark.parametrize("nod", [-55, 55])
def test_a_print_tilted_close_by_neither_closes_its_eyes_nor_smiles(nod: int) -> None:
    tilted = film_of_print([Pose()] * 4 + [Pose(nod=nod, distance=18)] * 4, noise=0)
    assert not moved(tilted)


@pytest.mark.parametrize("yaw", [-55, 55])
def test_a_print_rolled_upright_as_narrow_as_a_bottle_moves_its_nose_but_not_its_line(yaw: int) -> None:
    rolled = film_of_print([Pose()] * 4 + [Pose(yaw=yaw)] * 4, bend=0.22, noise=0)
    own, now = (level(frame_.outline) for frame_ in (rolled[0], rolled[-1]) if frame_)
    told = signs(own, now)
    assert abs(told.turn) > TURNED
    assert abs(told.line) < 0.01
    assert not moved(rolled)


def test_left_is_the_persons_own_and_a_mirrored_film_shows_the_other_side() -> None:
    steps = (Step.TURN_LEFT, Step.SMILE, Step.BLINK)
    assert judge(film(poses(steps)), steps).passed
    # A person's left is at the right of the camera's picture: there the nose goes.
    left = seen(Head(), Pose(yaw=24))
    assert left[30][0] > seen(Head())[30][0]
    mirrored = [frame([(480 - x, y) for x, y in _renamed(one.outline)]) for one in film(poses(steps)) if one]
    assert judge(mirrored, steps).fault == "other_step"
    assert judge(mirrored, (Step.TURN_RIGHT, Step.SMILE, Step.BLINK)).passed


def _renamed(outline: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    """As a finder of points names them in a mirrored picture: from the left of the picture, again."""
    order = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    order += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    order += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    return [outline[i] for i in order]


ASKED = (Step.TURN_LEFT, Step.BLINK, Step.SMILE)


@pytest.mark.parametrize("missing", ASKED)
def test_a_step_left_out_is_told(missing: Step) -> None:
    done = poses([step for step in ASKED if step != missing])
    assert judge(film(done), ASKED).fault in {f"missed_{missing}", "other_step"}
    assert judge(film(poses(ASKED[:1])), ASKED).fault == "missed_blink"
    assert judge(film(poses(ASKED[:2])), ASKED).fault == "missed_smile"
    assert judge(film([Pose()] * 20), ASKED).fault == "missed_turn_left"


def test_a_movement_in_one_frame_alone_is_none_and_a_natural_blink_disturbs_nobody() -> None:
    assert judge(film(poses(ASKED, hold=1)), ASKED).fault == "missed_turn_left"
    blinks = poses(ASKED)
    blinks[6:8] = [Pose(lids=0.3)] * 2  # somebody's own, while the head is to turn
    assert judge(film(blinks), ASKED).passed
    blinks[5:10] = [Pose(lids=0.3)] * 5
    assert judge(film(blinks), ASKED).fault == "other_step"


def test_who_goes_on_smiling_or_narrows_the_eyes_with_it_did_nothing_else() -> None:
    steps = (Step.SMILE, Step.TURN_RIGHT, Step.BLINK)
    one = poses(steps)
    one[8:14] = [Pose(smile=0.9, lids=0.55)] * 6
    assert judge(film(one), steps).passed


def test_a_pause_too_long_between_two_steps() -> None:
    assert judge(film(poses(ASKED, rest=12)), ASKED).fault == "too_slow"


def test_another_face_in_any_frame() -> None:
    frames = film(poses(ASKED))
    frames[-1] = frame(seen(Head()), faces=2)
    assert judge(frames, ASKED).fault == "two_faces"


def test_a_face_that_is_not_found_for_a_moment_and_one_that_was_away() -> None:
    frames = film(poses(ASKED))
    frames[9] = frames[20] = None
    assert judge(frames, ASKED).passed
    frames[12:17] = [None] * 5
    assert judge(frames, ASKED).fault == "lost"


def test_a_face_in_another_place_is_another_face() -> None:
    away = poses(ASKED)
    away[20:] = [replace_(pose, x=12.0) for pose in away[20:]]
    assert judge(film(away), ASKED).fault == "jumped"


BOX = {"left": 0, "top": 0, "right": 90, "bottom": 90}


@pytest.mark.parametrize(
    ("frames", "fault"),
    [
        ([], "too_few"),
        ([None] * (LEAST - 1), "too_few"),
        ([None] * 30, "no_face"),
        (film([Pose()] * (LEAST - 1)), "too_few"),
        ([replace(frame([(5, 5)] * 68), **BOX)] * 20, "no_face"),
        ([replace(frame([(i, 5) for i in range(68)]), **BOX)] * 20, "no_face"),
        ([frame([(1, 1), (2, 2)])] * 20, "no_outline"),
        (film([Pose(yaw=25)] * 20), "not_straight"),
    ],
)
def test_frames_that_cannot_be_judged_raise_nothing(frames: list, fault: str) -> None:
    assert judge(frames, ASKED).fault == fault


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=68, max_size=68), orders)
def test_points_of_no_face_pass_nothing_and_break_nothing(points: list[tuple[float, float]], steps: list[Step]) -> None:
    assert not judge([frame(points)] * 20, steps).passed


@few
@given(orders, st.integers(0, 99))
def test_a_portrait_is_a_frame_at_rest_beside_a_movement(steps: list[Step], seed: int) -> None:
    done = poses(steps)
    found = judge(film(done, seed=seed), steps)
    assert found.portraits
    assert all(done[number] == Pose() for number in found.portraits)
    assert done[found.furthest] == Pose()
    assert abs(found.furthest - found.portraits[0]) > 12, "from the other end of the film"
    moving = [number for number, pose in enumerate(done) if pose != Pose()]
    assert all(min(abs(number - other) for other in moving) <= 3 for number in found.portraits)


def test_every_fault_has_words() -> None:
    faults = {judge(film(poses(ASKED[:n])), ASKED).fault for n in range(3)}
    faults |= {"too_few", "no_face", "no_outline", "two_faces", "lost", "jumped", "not_straight", "too_slow"}
    faults |= {"other_step", *(f"missed_{step}" for step in Step)}
    assert faults <= set(live_words.FAULTS)
    assert set(live_words.STEPS) == set(Step)
    assert all(words.th != words.en for words in [*live_words.FAULTS.values(), *live_words.STEPS.values()])


def test_narrow_eyes_are_measured_against_themselves() -> None:
    narrow = Head(aperture=0.5)
    assert judge(film(poses(ASKED), head=narrow, noise=0.005), ASKED).passed


def test_episodes_know_where_they_begin_and_end() -> None:
    own = middle([level(seen(Head()))])
    told = {n: signs(own, level(seen(Head(), Pose(yaw=25 * sin(tau * n / 40))))) for n in range(40)}
    found = episodes(told)
    assert [one.step for one in found] == [Step.TURN_LEFT, Step.TURN_RIGHT]
    assert found[0].start < 10 < found[0].end < 20 < found[1].start
