"""Names for people who do not exist: common given names, and family names put together of two words.

Both scripts, letter by letter alike: the Latin ones follow the Royal Institute's general system of transcription.
"""

from __future__ import annotations

from datetime import date

AS_OF = date(2026, 11, 1)
"""The day by which ages are reckoned: fixed, so that the same number stays the same person."""

_WOMEN = (
    ("มาลี", "Mali"), ("สมศรี", "Somsi"), ("วันเพ็ญ", "Wanphen"), ("สุดา", "Suda"), ("กัญญา", "Kanya"), ("ปราณี", "Prani"),
    ("อรุณี", "Aruni"), ("รัตนา", "Rattana"), ("จันทร์เพ็ญ", "Chanphen"), ("นภา", "Napha"), ("พิมพ์ใจ", "Phimchai"),
    ("ดวงใจ", "Duangchai"), ("อัมพร", "Amphon"), ("สายใจ", "Saichai"), ("บุญมี", "Bunmi"), ("ลำดวน", "Lamduan"),
    ("ชลธิชา", "Chonthicha"), ("ณัฐธิดา", "Natthida"), ("กมลชนก", "Kamonchanok"), ("ศิริพร", "Siriphon"),
    ("วราภรณ์", "Waraphon"), ("เบญจมาศ", "Benchamat"), ("อารยา", "Araya"), ("ธิดารัตน์", "Thidarat"), ("ปวีณา", "Pawina"),
    ("สุภาพร", "Suphaphon"), ("จิราพร", "Chiraphon"), ("นันทนา", "Nanthana"), ("ผกา", "Phaka"), ("ชุติมา", "Chutima"),
)  # fmt: skip
_MEN = (
    ("สมชาย", "Somchai"), ("สมศักดิ์", "Somsak"), ("วิชัย", "Wichai"), ("ประเสริฐ", "Prasoet"), ("สุรชัย", "Surachai"),
    ("อนันต์", "Anan"), ("ธนพล", "Thanaphon"), ("ณัฐพล", "Natthaphon"), ("กิตติ", "Kitti"), ("ชัยวัฒน์", "Chaiwat"),
    ("ประยุทธ", "Prayut"), ("บุญเลิศ", "Bunloet"), ("มานะ", "Mana"), ("มานพ", "Manop"), ("สุวิทย์", "Suwit"),
    ("อภิชาติ", "Aphichat"), ("ศุภชัย", "Suphachai"), ("วรวุฒิ", "Worawut"), ("จักรพันธ์", "Chakkraphan"),
    ("ธีรพงษ์", "Thiraphong"), ("นพดล", "Nopphadon"), ("ปิยะ", "Piya"), ("พงศกร", "Phongsakon"), ("ภานุวัฒน์", "Phanuwat"),
    ("รุ่งโรจน์", "Rungrot"), ("วีระ", "Wira"), ("สันติ", "Santi"), ("อำนาจ", "Amnat"), ("เอกชัย", "Ekkachai"),
    ("ไพโรจน์", "Phairot"),
)  # fmt: skip
_FIRST = (
    ("ทอง", "thong"), ("ศรี", "si"), ("สุข", "suk"), ("บุญ", "bun"), ("แก้ว", "kaeo"), ("จันทร์", "chan"), ("วงศ์", "wong"),
    ("พงษ์", "phong"), ("รัตน", "rattana"), ("ชัย", "chai"), ("มั่น", "man"), ("ดวง", "duang"), ("เพชร", "phet"),
    ("สม", "som"), ("อินทร์", "in"), ("พรหม", "phrom"), ("คำ", "kham"), ("นิล", "nin"), ("เจริญ", "charoen"), ("มี", "mi"),
    ("สิงห์", "sing"), ("ไชย", "chaiya"), ("กล้า", "kla"), ("ใจ", "chai"), ("แสง", "saeng"), ("วัฒนา", "watthana"),
    ("เกษม", "kasem"), ("ยอด", "yot"), ("ปาน", "pan"), ("นาค", "nak"),
)  # fmt: skip
_SECOND = (
    ("สุข", "suk"), ("ดี", "di"), ("ทรัพย์", "sap"), ("มณี", "mani"), ("คำ", "kham"), ("วงศ์", "wong"), ("รัตน์", "rat"),
    ("พันธ์", "phan"), ("ศรี", "si"), ("งาม", "ngam"), ("เจริญ", "charoen"), ("ชัย", "chai"), ("สกุล", "sakun"),
    ("มงคล", "mongkhon"), ("ทอง", "thong"), ("แก้ว", "kaeo"), ("เมือง", "mueang"), ("นคร", "nakhon"), ("วิเศษ", "wiset"),
    ("ประเสริฐ", "prasoet"), ("สวัสดิ์", "sawat"), ("บำรุง", "bamrung"), ("ภักดี", "phakdi"), ("กุล", "kun"),
    ("ไพศาล", "phaisan"), ("อุดม", "udom"), ("สมบูรณ์", "sombun"), ("พร", "phon"), ("ชื่น", "chuen"), ("เย็น", "yen"),
)  # fmt: skip


def arrays() -> dict[str, list[str]]:
    """Parallel lists, a Thai and a Latin one of each sort."""
    sorts = {"women": _WOMEN, "men": _MEN, "first": _FIRST, "second": _SECOND}
    return {
        f"{sort}_{language}": [pair[place] for pair in pairs]
        for sort, pairs in sorts.items()
        for place, language in enumerate(("th", "en"))
    }
