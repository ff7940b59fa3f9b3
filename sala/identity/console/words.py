"""What the console says to who programs or runs a relying party."""

from __future__ import annotations

from sala.kit.text import Text

MISSING = {
    "name_th": Text(th="โปรดกรอกชื่อบริการภาษาไทย", en="Enter the name in Thai"),
    "name_en": Text(th="โปรดกรอกชื่อบริการภาษาอังกฤษ", en="Enter the name in English"),
    "kind": Text(th="โปรดเลือกว่าเป็นหน่วยงานรัฐหรือบริษัท", en="Choose whether it is of an agency or of a company"),
    "agency": Text(th="โปรดเลือกหน่วยงาน", en="Choose the agency"),
    "company": Text(th="โปรดกรอกชื่อบริษัทตามที่จดทะเบียน", en="Enter the company’s registered name"),
    "contact_name": Text(th="โปรดกรอกชื่อผู้ติดต่อ", en="Enter the name of who can be asked"),
    "redirect_uris": Text(th="โปรดกรอกที่อยู่อย่างน้อยหนึ่งรายการ", en="Enter at least one address"),
    "scopes": Text(th="โปรดเลือกข้อมูลอย่างน้อยหนึ่งรายการ", en="Choose at least one"),
    "purpose_th": Text(th="โปรดกรอกวัตถุประสงค์ภาษาไทย", en="Enter the purpose in Thai"),
    "purpose_en": Text(th="โปรดกรอกวัตถุประสงค์ภาษาอังกฤษ", en="Enter the purpose in English"),
    "basis_th": Text(th="โปรดกรอกฐานกฎหมายภาษาไทย", en="Enter the legal basis in Thai"),
    "basis_en": Text(th="โปรดกรอกฐานกฎหมายภาษาอังกฤษ", en="Enter the legal basis in English"),
}
TOO_MANY_ADDRESSES = Text(th="กรอกได้ไม่เกิน 20 รายการ", en="Enter 20 addresses or fewer")
ONLY_HTTPS = "https"
ADDRESS_WRONG = Text(th="ที่อยู่ไม่ถูกต้อง", en="is not an address")
ADDRESS = {
    "https": Text(
        th="ต้องขึ้นต้นด้วย https:// (ใช้เครื่องของท่านเองได้เฉพาะในระบบทดสอบ)",
        en="must begin with https:// (your own machine is for the sandbox)",
    ),
    "has characters that an address may not have": Text(
        th="มีอักขระที่ใช้ในที่อยู่ไม่ได้", en="has characters that an address may not have"
    ),
    "must have no fragment": Text(th="ต้องไม่มีส่วนที่ขึ้นต้นด้วย #", en="must have no part that begins with #"),
    "must be a full address without user information": Text(
        th="ต้องเป็นที่อยู่เต็ม และไม่มีชื่อผู้ใช้หรือรหัสผ่าน", en="must be a full address without a user name or password"
    ),
    "must begin with https:// (or http:// on this very machine)": Text(
        th="ต้องขึ้นต้นด้วย https:// (หรือ http:// สำหรับเครื่องของท่านเอง)",
        en="must begin with https:// (or http:// on your own machine)",
    ),
}
READ_NOW = Text(
    th="เจ้าหน้าที่กำลังพิจารณาคำขอนี้ หากต้องการแก้ไข โปรดดึงคำขอกลับก่อน",
    en="An officer is reading this request. To alter it, take it back first",
)
CHANGED_MEANWHILE = Text(
    th="คำขอนี้เปลี่ยนแปลงหรือมีผู้พิจารณาไปแล้วระหว่างที่ท่านอ่าน โปรดตรวจดูอีกครั้ง",
    en="This request was changed or decided while you were reading it. Look at it again",
)
NOT_WAITING = Text(th="คำขอนี้ไม่ได้รอการพิจารณา", en="This request does not wait for a decision")
OWN_REQUEST = Text(th="ท่านพิจารณาคำขอของตนเองไม่ได้", en="You cannot decide on your own request")
MANAGERS_ONLY = Text(
    th="เฉพาะผู้จัดการของระบบนี้เท่านั้นที่ทำรายการนี้ได้ โปรดติดต่อผู้จัดการ",
    en="Only a manager of this relying party may do this. Ask one of them",
)
SAY_WHAT = Text(th="โปรดเขียนว่าต้องแก้ไขอะไร อย่างน้อยหนึ่งข้อ", en="Write what to change, at one point at least")
REMARKS_LEFT = Text(
    th="ท่านเขียนสิ่งที่ต้องแก้ไขไว้ โปรดลบออกก่อนอนุมัติ หรือเลือกส่งกลับให้แก้ไข",
    en="You wrote what to change: clear it to approve, or send the request back",
)
CHANGE_UNDER_WAY = Text(
    th="มีการแก้ไขคำขอค้างอยู่ โปรดส่งคำขอนั้นให้เสร็จก่อน แล้วจึงเปลี่ยนที่อยู่ที่นี่",
    en="A change of the request is under way: finish it first, then change the addresses here",
)
NOT_SERVED = Text(th="ยังไม่ได้รับอนุมัติ จึงยังไม่มีระบบจริง", en="It is not approved yet, so there is no live client")
ENOUGH_PEOPLE = Text(th="มีบุคคลทดสอบครบ 5 คนแล้ว", en="There are five test people already")
TESTING = Text(th="ทดสอบระบบด้วยบุคคลสมมติ", en="To test with invented people")
TESTING_BASIS = Text(th="ไม่มีข้อมูลส่วนบุคคลจริง", en="No real person’s data")

ACTS = {
    "authorize": Text(th="ขอให้ลงชื่อเข้าใช้", en="Asked for a sign-in"),
    "par": Text(th="ส่งคำขอลงชื่อเข้าใช้ล่วงหน้า", en="Pushed a request"),
    "proof": Text(th="ยืนยันตัวตนของระบบ", en="Proved itself"),
    "end_session": Text(th="ขอให้ออกจากระบบ", en="Asked for a sign-out"),
    "logout": Text(th="ได้รับแจ้งว่าออกจากระบบแล้ว", en="Was told of a sign-out"),
    "code": Text(th="แลกรหัสเป็นโทเค็น", en="Exchanged a code"),
    "refresh": Text(th="ต่ออายุโทเค็น", en="Refreshed tokens"),
    "client_credentials": Text(th="ขอโทเค็นของระบบเอง", en="Asked for a token of its own"),
    "userinfo": Text(th="อ่านข้อมูลบุคคล", en="Read a person’s data"),
    "token": Text(th="เรียกใช้ token", en="Called token"),
}
REASONS = {
    "invalid_client": Text(
        th="ระบบยืนยันตัวตนไม่สำเร็จ ตรวจ client_id และรหัสลับ รหัสลับเดิมใช้ไม่ได้ทันทีที่สร้างรหัสใหม่",
        en="The program did not prove itself. Check client_id and secret: a new secret ends the old one at once.",
    ),
    "invalid_grant": Text(
        th="รหัสหรือโทเค็นใช้ไม่ได้แล้ว หมดอายุ ถูกใช้ไปแล้ว หรือไม่ใช่ของระบบนี้ ให้เริ่มลงชื่อเข้าใช้ใหม่",
        en="The code or token is spent, too old, or not this client’s. Begin a new sign-in; use each code once.",
    ),
    "invalid_scope": Text(
        th="ขอข้อมูลที่ยังไม่ได้รับอนุมัติ หรือไม่ได้ขอ openid ขอเพียงที่ได้รับอนุมัติ หรือยื่นขอเพิ่ม",
        en="It asked for what is not approved, or left out openid. Ask for what is approved, or request more here.",
    ),
    "invalid_request": Text(
        th="คำขอขาดพารามิเตอร์หรือพารามิเตอร์ไม่ถูกต้อง ดูรายละเอียดด้านล่าง",
        en="The request lacks a parameter, or one is wrong. The detail names it.",
    ),
    "invalid_request_uri": Text(
        th="request_uri หมดอายุหรือถูกใช้ไปแล้ว ให้ส่งคำขอใหม่", en="request_uri is too old or used. Push the request again."
    ),
    "unauthorized_client": Text(
        th="ระบบนี้ไม่ได้ลงทะเบียนไว้สำหรับการเรียกแบบนี้", en="This client is not registered for this kind of call."
    ),
    "unsupported_grant_type": Text(
        th="grant_type ไม่ถูกต้อง ใช้ authorization_code หรือ refresh_token",
        en="grant_type is wrong. Use authorization_code or refresh_token.",
    ),
    "unsupported_response_type": Text(
        th="response_type ต้องเป็น code", en="response_type must be code: tokens never travel by address."
    ),
    "access_denied": Text(
        th="บุคคลนั้นไม่ยินยอม หรือระบุตัวตนไม่ได้ ไม่ใช่ข้อผิดพลาดของระบบท่าน ควรบอกผู้ใช้อย่างสุภาพ",
        en="The person declined, or could not be identified. Nothing is broken: tell them kindly what now.",
    ),
    "login_required": Text(
        th="ขอ prompt=none แต่ยังไม่มีผู้ลงชื่อเข้าใช้ ให้ขอใหม่โดยไม่ใช้ prompt=none",
        en="prompt=none was asked, and nobody was signed in. Ask again without it.",
    ),
    "consent_required": Text(
        th="ขอ prompt=none แต่บุคคลนั้นยังต้องให้ความยินยอม ให้ขอใหม่โดยไม่ใช้ prompt=none",
        en="prompt=none was asked, and the person has yet to agree. Ask again without it.",
    ),
    "interaction_required": Text(
        th="ขอ prompt=none แต่ต้องแสดงหน้าให้บุคคลนั้นก่อน", en="prompt=none was asked, and something has to be shown first."
    ),
    "logout_not_heard": Text(
        th="ระบบของท่านไม่ได้รับแจ้งการออกจากระบบ ที่อยู่นี้ต้องตอบ 200 ภายใน 5 วินาที เราจะลองใหม่อีก 6 ชั่วโมง",
        en="Your program could not be told of a sign-out. Answer 200 within 5 seconds; we try again for six hours.",
    ),
    "request_not_supported": Text(
        th="ยังไม่รองรับพารามิเตอร์ request", en="The parameter request is not supported: push the request (PAR)."
    ),
}
