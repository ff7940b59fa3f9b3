"""What is said to somebody before the camera: what to do next, and why it did not work."""

from __future__ import annotations

from typing import Final

from sala.identity.faces.advice import Advice
from sala.identity.faces.liveness import Step
from sala.kit.text import Text

STEPS: Final[dict[str, Text]] = {
    Step.TURN_LEFT: Text(th="หันหน้าไปทางซ้ายช้า ๆ", en="Turn your head slowly to your left"),
    Step.TURN_RIGHT: Text(th="หันหน้าไปทางขวาช้า ๆ", en="Turn your head slowly to your right"),
    Step.BLINK: Text(th="หลับตาสักครู่ แล้วลืมตา", en="Close your eyes for a moment, then open them"),
    Step.SMILE: Text(th="ยิ้มกว้าง ๆ", en="Smile broadly"),
}

_AGAIN_TH, _AGAIN_EN = " แล้วลองอีกครั้ง", " and try again"

FAULTS: Final[dict[str, Text]] = {
    "too_few": Text(
        th="ได้รับภาพไม่ครบ โปรดอยู่ในหน้านี้จนทำครบทุกขั้น" + _AGAIN_TH,
        en="Too few pictures arrived. Stay on this page until all steps are done" + _AGAIN_EN,
    ),
    "no_face": Text(
        th="ไม่เห็นใบหน้าในภาพ โปรดให้ใบหน้าอยู่ในกรอบและมีแสงส่องหน้า" + _AGAIN_TH,
        en="No face could be seen. Keep your face in the oval, with light on it," + _AGAIN_EN,
    ),
    "no_outline": Text(
        th="ระบบนี้ตรวจการเคลื่อนไหวของใบหน้าไม่ได้ โปรดไปที่สำนักทะเบียน",
        en="This installation cannot follow a face’s movements. Please go to a registration office",
    ),
    "two_faces": Text(
        th="มีใบหน้ามากกว่าหนึ่งใบหน้าในภาพ โปรดอยู่หน้ากล้องคนเดียว" + _AGAIN_TH,
        en="There is more than one face in the picture. Be alone before the camera" + _AGAIN_EN,
    ),
    "lost": Text(
        th="ใบหน้าหลุดจากภาพ โปรดหันหน้าเพียงเล็กน้อยและให้ใบหน้าอยู่ในกรอบ" + _AGAIN_TH,
        en="Your face left the picture. Turn only a little, keep your face in the oval," + _AGAIN_EN,
    ),
    "jumped": Text(
        th="ใบหน้าเปลี่ยนที่เร็วเกินไป โปรดถือโทรศัพท์ให้นิ่ง" + _AGAIN_TH,
        en="Your face moved away too fast. Hold the phone still" + _AGAIN_EN,
    ),
    "swapped": Text(
        th="ใบหน้าตอนต้นและตอนท้ายไม่ตรงกัน โปรดให้บุคคลเดียวกันอยู่หน้ากล้องตลอด" + _AGAIN_TH,
        en="The face at one end was not the face at the other. Let the same person stay before the camera" + _AGAIN_EN,
    ),
    "not_straight": Text(
        th="โปรดมองตรงมาที่กล้องก่อนเริ่มและระหว่างขั้น" + _AGAIN_TH,
        en="Look straight at the camera at the beginning and between the steps" + _AGAIN_EN,
    ),
    "too_slow": Text(
        th="เว้นระหว่างขั้นนานเกินไป โปรดทำทันทีที่เห็นคำสั่ง" + _AGAIN_TH,
        en="The steps were too far apart. Do each as soon as you see it" + _AGAIN_EN,
    ),
    "other_step": Text(
        th="ทำไม่ตรงกับที่ขอ โปรดทำทีละอย่างตามลำดับที่แสดง" + _AGAIN_TH,
        en="Another movement was seen than was asked. Do one at a time, in the order shown," + _AGAIN_EN,
    ),
    "missed_turn_left": Text(
        th="ไม่เห็นท่านหันหน้าไปทางซ้าย โปรดหันให้มากขึ้นเล็กน้อย" + _AGAIN_TH,
        en="Your head was not seen to turn to your left. Turn a little further" + _AGAIN_EN,
    ),
    "missed_turn_right": Text(
        th="ไม่เห็นท่านหันหน้าไปทางขวา โปรดหันให้มากขึ้นเล็กน้อย" + _AGAIN_TH,
        en="Your head was not seen to turn to your right. Turn a little further" + _AGAIN_EN,
    ),
    "missed_blink": Text(
        th="ไม่เห็นท่านหลับตา โปรดหลับตาไว้ประมาณหนึ่งวินาทีแล้วลืมตา" + _AGAIN_TH,
        en="Your eyes were not seen to close. Keep them closed for about a second" + _AGAIN_EN,
    ),
    "missed_smile": Text(
        th="ไม่เห็นท่านยิ้ม โปรดยิ้มกว้างขึ้น" + _AGAIN_TH, en="You were not seen to smile. Smile more broadly" + _AGAIN_EN
    ),
    "expired": Text(
        th="ใช้เวลานานเกินไป โปรดเริ่มใหม่ ท่านจะได้รับขั้นตอนชุดใหม่",
        en="That took too long. Begin again; you will be asked for other movements",
    ),
    "again": Text(
        th="ภาพชุดนี้ตรวจแล้วและไม่ผ่าน โปรดเริ่มใหม่ ท่านจะได้รับขั้นตอนชุดใหม่",
        en="These pictures were checked already and did not pass. Begin again; you will be asked for other movements",
    ),
    "too_large": Text(
        th="ภาพจากกล้องใหญ่หรือมากเกินไป โปรดเปิดหน้านี้ใหม่" + _AGAIN_TH,
        en="The pictures were too large or too many. Open this page again" + _AGAIN_EN,
    ),
    "not_live": Text(
        th="ระบบยืนยันไม่ได้ว่ามีบุคคลอยู่หน้ากล้อง โปรดลองอีกครั้งในที่สว่าง หรือไปที่สำนักทะเบียน",
        en="It could not be confirmed that a person is before the camera. Try again in good light, or go to a "
        "registration office",
    ),
}


def advice(code: str) -> Advice:
    """What to do after that fault."""
    return Advice(code, FAULTS[code])
