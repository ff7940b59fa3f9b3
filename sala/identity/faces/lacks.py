"""What can be wrong with a picture of a face: from where on, why there, and what to say. Data alone.

Each limit was set between the good and the spoilt pictures of tests/identity/faces/test_quality.py, on the generous
side: advice that a good picture gets teaches people to ignore advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sala.kit.text import Text


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a lack begins, of which measure, and the reason for it."""

    value: float
    measure: str
    reason: str


LIMITS: Final = {
    "two_faces": Limit(0.2, "area of the second face beside the largest", "somebody in the background may pass"),
    "cut_off": Limit(0.08, "share of the face's side outside of the picture", "forehead and chin belong to it"),
    "too_small": Limit(
        48,
        "pixels between the eyes",
        "recognisers read 35 (ArcFace) to 60 (dlib); ISO/IEC 39794-5 asks 90",
    ),
    "tilted": Limit(18, "degrees", "engines turn a face upright, a person judging it does not; passports allow 8"),
    "turned": Limit(
        0.26,
        "way of the nose from the middle, of the eyes' distance",
        "some 25 degrees; beyond, faces are missed",
    ),
    "nodded": Limit(0.22, "way of the nose up or down, of the way from eyes to mouth", "about 25 degrees, too"),
    "too_dark": Limit(60, "grey value (0 to 255) of the brightest twentieth", "dark skin in good light is over 100"),
    "too_bright": Limit(0.2, "share of burnt-out pixels", "what is burnt out has no features left"),
    "uneven_light": Limit(0.45, "difference of the halves beside the brighter one", "half a face in shadow is lost"),
    "blurred": Limit(1.2, "variance of the Laplacian, hundredths of the variance of light", "see the module"),
    "covered": Limit(0.5, "brightness around the eyes beside the cheeks", "dark glasses; deep-set eyes keep over 0.6"),
    "covered_mouth": Limit(30, "distance of colour from mouth to forehead, Cb and Cr", "cloth is over 50, a mouth 20"),
    "eyes_closed": Limit(
        0.12,
        "height of the eye beside its width",
        "low on purpose: narrow open eyes, down to 0.15, must not be called closed",
    ),
}

TEXTS: Final = {
    "no_face": Text(
        th="มองไม่เห็นใบหน้าในภาพ โปรดให้ใบหน้าอยู่กลางกรอบ หันหน้าเข้าหาแสง และถอดสิ่งที่บังใบหน้า",
        en="No face can be seen. Hold your face in the middle, towards the light, and take off what covers it",
    ),
    "two_faces": Text(
        th="มีใบหน้ามากกว่าหนึ่งคน โปรดให้อยู่ในภาพเพียงคนเดียว",
        en="There is more than one face. See that you are alone in the picture",
    ),
    "cut_off": Text(
        th="ใบหน้าบางส่วนอยู่นอกภาพ โปรดขยับให้เห็นตั้งแต่หน้าผากถึงคาง",
        en="Part of your face is outside the picture. Move until it shows from forehead to chin",
    ),
    "too_small": Text(th="ใบหน้าเล็กเกินไป โปรดขยับเข้าใกล้กล้อง", en="Your face is too small. Come closer to the camera"),
    "tilted": Text(th="ศีรษะเอียง โปรดตั้งศีรษะให้ตรง", en="Your head is tilted. Hold it upright"),
    "turned": Text(th="ใบหน้าไม่ตรง โปรดมองตรงมาที่กล้อง", en="Your face is turned away. Look straight into the camera"),
    "too_dark": Text(th="ภาพมืดเกินไป โปรดหันหน้าเข้าหาแสง", en="It is too dark. Turn your face towards the light"),
    "too_bright": Text(
        th="แสงจ้าเกินไป โปรดหลบจากแสงที่ส่องใบหน้าโดยตรง", en="It is too bright. Move out of the direct light"
    ),
    "uneven_light": Text(
        th="แสงบนใบหน้าไม่เท่ากัน โปรดหันให้แสงส่องทั้งสองข้างของใบหน้า",
        en="Half of your face is in shadow. Turn until the light falls on both sides",
    ),
    "blurred": Text(
        th="ภาพไม่ชัด โปรดถือกล้องให้นิ่งและเช็ดเลนส์", en="The picture is blurred. Hold the camera still, and wipe its lens"
    ),
    "covered": Text(
        th="มีสิ่งบังใบหน้า โปรดถอดแว่นกันแดด หน้ากาก หรือสิ่งที่บังใบหน้า",
        en="Something covers your face. Take off dark glasses, a mask or whatever hides it",
    ),
    "eyes_closed": Text(th="ตาปิดอยู่ โปรดลืมตาแล้วมองที่กล้อง", en="Your eyes are closed. Open them and look at the camera"),
}
