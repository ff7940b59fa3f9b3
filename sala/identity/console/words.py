"""What the console says to who programs or runs a relying party."""

from __future__ import annotations

from sala.identity.provider.scopes import CLAIMS
from sala.kit.text import Text

_DATA_EN = {
    "pid": "13-digit personal number",
    "title": "Title",
    "title_en": "Title in English",
    "name": "Full name",
    "name_en": "Full name in English",
    "given_name": "Given name",
    "given_name_en": "Given name in English",
    "middle_name": "Middle name",
    "middle_name_en": "Middle name in English",
    "family_name": "Family name",
    "family_name_en": "Family name in English",
    "birthdate": "Date of birth",
    "gender": "Sex",
    "address": "Address",
    "house_address": "Address in the house registration",
    "smartcard_code": "Number of the identity card",
    "date_of_issuance": "Day the identity card was issued",
    "date_of_expiry": "Day the identity card expires",
    "ial": "How well the identity was proven",
}
DATA = {scope: Text(th=words.th, en=_DATA_EN[scope]) for scope, words in CLAIMS.items()}
"""The data of a person, as said to who asks for it; to the person themselves the provider says “your”. In Thai it is
the same."""
MISSING = {
    "name_th": Text(th="โปรดกรอกชื่อบริการภาษาไทย", en="Enter the name in Thai"),
    "name_en": Text(th="โปรดกรอกชื่อบริการภาษาอังกฤษ", en="Enter the name in English"),
    "kind": Text(th="โปรดเลือกว่าเป็นหน่วยงานรัฐหรือบริษัท", en="Choose whether it is of an agency or of a company"),
    "agency": Text(th="โปรดเลือกหน่วยงาน", en="Choose the agency"),
    "company": Text(th="โปรดกรอกชื่อบริษัทตามที่จดทะเบียน", en="Enter the company’s registered name"),
    "contact_name": Text(th="โปรดกรอกชื่อผู้ติดต่อ", en="Enter the name of who can be asked"),
    "redirect_uris": Text(th="โปรดกรอกที่อยู่อย่างน้อยหนึ่งรายการ", en="Enter at least one address"),
    "scopes": Text(
        th="โปรดเลือกข้อมูลที่บริการต้องใช้ หรือเลือกว่าไม่ต้องใช้ข้อมูลใด",
        en="Choose which data the service needs, or that it needs none",
    ),
    "purpose_th": Text(th="โปรดกรอกวัตถุประสงค์ภาษาไทย", en="Enter the purpose in Thai"),
    "purpose_en": Text(th="โปรดกรอกวัตถุประสงค์ภาษาอังกฤษ", en="Enter the purpose in English"),
    "basis_th": Text(th="โปรดกรอกฐานกฎหมายภาษาไทย", en="Enter the legal basis in Thai"),
    "basis_en": Text(th="โปรดกรอกฐานกฎหมายภาษาอังกฤษ", en="Enter the legal basis in English"),
}
NOTHING_BESIDES = Text(
    th="เลือกข้อมูล หรือเลือกว่าไม่ต้องใช้ข้อมูลใด อย่างใดอย่างหนึ่ง", en="Choose either data, or that it needs none, not both"
)
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
SAY_WHY_HALTED = Text(th="โปรดเขียนเหตุผล ผู้จัดการของระบบจะได้อ่าน", en="Say why: its managers read it")
SAY_WHY_NOT = Text(th="โปรดเขียนเหตุผลที่ไม่อนุมัติ", en="Say why it is refused")
REMARKS_LEFT = Text(
    th="ท่านเขียนสิ่งที่ต้องแก้ไขไว้ โปรดลบออกก่อนอนุมัติ หรือเลือกส่งกลับให้แก้ไข",
    en="You wrote what to change: clear it to approve, or send the request back",
)
CHANGE_UNDER_WAY = Text(
    th="มีการแก้ไขคำขอค้างอยู่ โปรดส่งคำขอนั้นให้เสร็จก่อน แล้วจึงเปลี่ยนที่อยู่ที่นี่",
    en="A change of the request is under way: finish it first, then change the addresses here",
)
NOT_SERVED_NOW = Text(
    th="กรมการปกครองระงับหรือปิดระบบนี้ไว้ จึงยังขอเปลี่ยนแปลงไม่ได้",
    en="The department has suspended or closed this relying party, so nothing can be asked for it now",
)
CHOOSE_ROLE = Text(th="โปรดเลือกบทบาท", en="Choose a role")
ALREADY_MEMBER = Text(th="บุคคลนี้ร่วมดูแลระบบนี้อยู่แล้ว", en="This person works on it already")
ENOUGH_MEMBERS = Text(th="มีผู้ร่วมดูแลครบ 20 คนแล้ว", en="There are twenty people already")
INVITATION_GONE = Text(
    th="คำเชิญนี้ใช้ไม่ได้แล้ว โปรดขอให้ผู้เชิญส่งใหม่", en="This invitation is no longer good. Ask for another one"
)
OTHER_ADDRESS = Text(
    th="คำเชิญนี้ส่งถึงที่อยู่อีเมลอื่น โปรดเข้าสู่ระบบด้วยที่อยู่ที่ได้รับจดหมาย",
    en="This invitation is for another e-mail address. Sign in with the address that the letter came to",
)
LAST_MANAGER = Text(
    th="ต้องมีผู้จัดการอย่างน้อยหนึ่งคน โปรดให้ผู้อื่นเป็นผู้จัดการก่อน", en="There must be a manager: make somebody else one first"
)
FAPI_NEEDS_KEYS = Text(
    th="FAPI 2.0 ต้องใช้กุญแจแทนรหัสลับ โปรดตั้งค่ากุญแจก่อน", en="FAPI 2.0 asks for keys in place of a secret: set up keys first"
)
FAPI_OR_LEGACY = Text(
    th="เลือกได้อย่างเดียว: FAPI 2.0 หรือแบบเดิมของ ThaID", en="Choose one: FAPI 2.0, or the way of older ThaID programs"
)
PUBLIC_ALONE = Text(
    th="ระบบที่ทำงานในเบราว์เซอร์หรือแอปเท่านั้น ใช้ FAPI 2.0 อุปกรณ์ที่ไม่มีเบราว์เซอร์ CIBA หรือแบบเดิมของ ThaID ไม่ได้",
    en="What runs in the browser or an app cannot have FAPI 2.0, devices, CIBA or the way of older ThaID programs",
)
SAY_LEGACY_WHY = Text(th="โปรดเขียนเหตุผลที่ยังต้องใช้แบบเดิม", en="Say why it is still needed")
SAY_LEGACY_UNTIL = Text(
    th="โปรดกรอกวันสุดท้ายที่ต้องใช้ เช่น 31 12 2570", en="Enter the last day it is needed, such as 31 12 2027"
)
LEGACY_TOO_LONG = Text(th="ต้องเป็นวันภายในสองปีนับจากวันนี้", en="It must be a day within two years from today")
NOT_KEYS = Text(
    th="ไม่ใช่ JWKS โปรดวางข้อความ JSON ทั้งหมด ตั้งแต่ { ถึง }", en="This is not a JWKS: paste the whole JSON, from { to }"
)
PRIVATE_KEY = Text(
    th="นี่เป็นกุญแจส่วนตัว ซึ่งต้องไม่ให้ผู้อื่นเห็น ระบบไม่ได้เก็บไว้ โปรดสร้างกุญแจใหม่ และวางเฉพาะส่วนสาธารณะ",
    en="This is a private key, which nobody else may see. It was not kept. Make another, and paste its public part",
)
YES = Text(th="ใช่", en="Yes")
NO_END = Text(th="ไม่มีวันสิ้นสุด", en="Without an end")
SETTINGS = {
    "public": Text(
        th="ทำงานในเบราว์เซอร์หรือแอปเท่านั้น ไม่มีรหัสลับ", en="It runs in the browser or an app alone, without a secret"
    ),
    "security": Text(th="ระดับความปลอดภัย", en="Security"),
    "device": Text(th="เข้าสู่ระบบบนอุปกรณ์ที่ไม่มีเบราว์เซอร์", en="Sign-in at devices without a browser"),
    "ciba": Text(th="เรียกให้บุคคลยืนยันบนโทรศัพท์ (CIBA)", en="Asking people on their phones (CIBA)"),
    "ciba_notification_uri": Text(th="ที่อยู่รับแจ้งคำตอบ (CIBA)", en="Told of answers at (CIBA)"),
    "post_logout_uris": Text(th="ที่อยู่หลังออกจากระบบ", en="After signing out, people go to"),
    "backchannel_logout_uri": Text(th="ที่อยู่รับแจ้งการออกจากระบบ", en="Told of sign-outs at"),
    "legacy": Text(th="แบบเดิมของ ThaID", en="The way of older ThaID programs"),
}
LEVELS = {
    "standard": Text(th="มาตรฐาน", en="Standard"),
    "dpop": Text(th="โทเค็นผูกกับกุญแจ (DPoP)", en="Tokens bound to a key (DPoP)"),
    "fapi": Text(th="FAPI 2.0", en="FAPI 2.0"),
}
PARTS = {
    "about": Text(th="บริการและเจ้าของ", en="The service and whose it is"),
    "addresses": Text(th="ที่อยู่กลับ", en="Redirect addresses"),
    "settings": Text(th="การตั้งค่า", en="Settings"),
    "general": Text(th="ภาพรวม", en="The whole"),
}
NOT_SERVED = Text(th="ยังไม่ได้รับอนุมัติ จึงยังไม่มีระบบจริง", en="It is not approved yet, so there is no live client")
ENOUGH_PEOPLE = Text(th="มีบุคคลทดสอบครบ 5 คนแล้ว", en="There are five test people already")
TESTING = Text(th="ทดสอบระบบด้วยบุคคลสมมติ", en="To test with invented people")
TESTING_BASIS = Text(th="ไม่มีข้อมูลส่วนบุคคลจริง", en="No real person’s data")

ACTS = {
    "authorize": Text(th="ขอให้เข้าสู่ระบบ", en="Asked for a sign-in"),
    "par": Text(th="ส่งคำขอเข้าสู่ระบบล่วงหน้า", en="Pushed a request"),
    "proof": Text(th="ยืนยันตัวตนของระบบ", en="Proved itself"),
    "end_session": Text(th="ขอให้ออกจากระบบ", en="Asked for a sign-out"),
    "logout": Text(th="ได้รับแจ้งว่าออกจากระบบแล้ว", en="Was told of a sign-out"),
    "code": Text(th="แลกรหัสเป็นโทเค็น", en="Exchanged a code"),
    "refresh": Text(th="ต่ออายุโทเค็น", en="Refreshed tokens"),
    "client_credentials": Text(th="ขอโทเค็นของระบบเอง", en="Asked for a token of its own"),
    "userinfo": Text(th="อ่านข้อมูลบุคคล", en="Read a person’s data"),
    "token": Text(th="เรียกใช้ token", en="Called token"),
    "introspect": Text(th="ตรวจสอบโทเค็น", en="Looked into a token"),
    "revoke": Text(th="ยกเลิกโทเค็น", en="Revoked a token"),
    "device": Text(th="ขอให้เข้าสู่ระบบจากอุปกรณ์", en="Asked for a device’s sign-in"),
    "ciba": Text(th="ขอให้บุคคลยืนยันบนโทรศัพท์", en="Asked somebody on their phone"),
    "register": Text(th="ลงทะเบียนเอง", en="Registered itself"),
    "webhook": Text(th="ได้รับแจ้งว่าข้อมูลเปลี่ยน", en="Was told of a change"),
}
UNKNOWN = Text(th="ดูรายละเอียดด้านล่าง", en="The detail below says more.")
REASONS = {
    "ping_failed": Text(
        th="ระบบของท่านไม่ได้รับการแจ้งว่ามีคำตอบแล้ว (ping) ท่านยังรับคำตอบได้ด้วยการสอบถามที่ token",
        en="Your program did not hear that there is an answer (ping). It can still fetch it by polling.",
    ),
    "invalid_binding_message": Text(
        th="ข้อความถึงบุคคล (binding_message) ยาวเกิน 80 ตัวอักษร",
        en="The message to the person (binding_message) is too long: 80 characters.",
    ),
    "invalid_dpop_proof": Text(
        th="หลักฐาน DPoP ไม่ถูกต้อง ต้องสร้างใหม่ทุกคำขอ ด้วยที่อยู่และวิธีเรียกนั้น",
        en="The DPoP proof is wrong. Make a fresh one for each call, of that address and method.",
    ),
    "use_dpop_nonce": Text(
        th="ให้เรียกอีกครั้งโดยใส่ค่า DPoP-Nonce ที่ได้รับ ไลบรารีทำให้เอง",
        en="Call again with the DPoP-Nonce that came: libraries do so by themselves.",
    ),
    "unmet_authentication_requirements": Text(
        th="บุคคลนั้นยืนยันตัวตนในระดับที่ขอ (acr) ไม่ได้", en="The person cannot prove themselves as strongly as was asked (acr)."
    ),
    "authorization_pending": Text(
        th="บุคคลยังไม่ตอบ ให้ถามใหม่ตามช่วงเวลาที่กำหนด", en="The person has not answered yet: poll again after the interval."
    ),
    "slow_down": Text(th="ถามถี่เกินไป ให้เว้นช่วงนานขึ้น", en="It polls too often: wait 5 seconds longer each time."),
    "expired_token": Text(th="หมดเวลารอคำตอบ ให้เริ่มใหม่", en="The time to answer is over: begin anew."),
    "invalid_client": Text(
        th="ระบบยืนยันตัวตนไม่สำเร็จ ตรวจ client_id และรหัสลับ รหัสลับเดิมใช้ไม่ได้ทันทีที่สร้างรหัสใหม่",
        en="The program did not prove itself. Check client_id and secret: a new secret ends the old one at once.",
    ),
    "invalid_grant": Text(
        th="รหัสหรือโทเค็นใช้ไม่ได้แล้ว หมดอายุ ถูกใช้ไปแล้ว หรือไม่ใช่ของระบบนี้ ให้เริ่มเข้าสู่ระบบใหม่",
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
        th="ขอ prompt=none แต่ยังไม่มีผู้เข้าสู่ระบบ ให้ขอใหม่โดยไม่ใช้ prompt=none",
        en="prompt=none was asked, and nobody was signed in. Ask again without it.",
    ),
    "consent_required": Text(
        th="ขอ prompt=none แต่บุคคลนั้นยังต้องให้ความยินยอม ให้ขอใหม่โดยไม่ใช้ prompt=none",
        en="prompt=none was asked, and the person has yet to agree. Ask again without it.",
    ),
    "interaction_required": Text(
        th="ขอ prompt=none แต่ต้องแสดงหน้าให้บุคคลนั้นก่อน", en="prompt=none was asked, and something has to be shown first."
    ),
    "webhook_not_heard": Text(
        th="ระบบของท่านไม่ได้รับการแจ้งว่าข้อมูลเปลี่ยน เราจะลองใหม่ภายในสามวัน",
        en="Your program did not take the message about a change. We try again, for three days.",
    ),
    "logout_not_heard": Text(
        th="ระบบของท่านไม่ได้รับแจ้งการออกจากระบบ ที่อยู่นี้ต้องตอบ 200 ภายใน 5 วินาที เราจะลองใหม่อีก 6 ชั่วโมง",
        en="Your program could not be told of a sign-out. Answer 200 within 5 seconds; we try again for six hours.",
    ),
    "request_not_supported": Text(
        th="ยังไม่รองรับพารามิเตอร์ request", en="The parameter request is not supported: push the request (PAR)."
    ),
}

PORTAL_STAYS = Text(
    th="ระงับหรือปิดพอร์ทัลนี้ไม่ได้ เพราะจะไม่มีใครเข้าสู่ระบบด้วยดิจิทัลไอดีได้อีก",
    en="This portal can be neither suspended nor closed: nobody could sign in with a digital ID any more",
)
HISTORY = {
    "provider.client_registered": Text(th="ลงทะเบียน", en="Registered"),
    "provider.client_amended": Text(th="แก้ไขการตั้งค่า", en="Settings changed"),
    "provider.client_suspended": Text(th="ระงับชั่วคราว", en="Suspended"),
    "provider.client_resumed": Text(th="เปิดให้บริการอีกครั้ง", en="Served again"),
    "provider.client_closed": Text(th="ปิดถาวร", en="Closed"),
    "provider.scope_approved": Text(th="อนุมัติให้ขอข้อมูล", en="May ask"),
    "provider.scope_withdrawn": Text(th="ไม่ให้ขอข้อมูลอีก", en="May no longer ask"),
    "provider.secret_replaced": Text(th="สร้างรหัสลับใหม่", en="Another secret"),
    "provider.keys_replaced": Text(th="เปลี่ยนกุญแจ", en="Other keys"),
}
WEBHOOK_MISSING = Text(
    th="กรอกที่อยู่ เช่น https://www.example.go.th/changes", en="Enter an address, such as https://www.example.go.th/changes"
)
WEBHOOK_PUBLIC = Text(
    th="เครื่องของเราเข้าถึงที่อยู่นี้ไม่ได้ ใช้ https และชื่อเครื่องบนอินเทอร์เน็ต",
    en="We cannot reach this address: use https, and a host of the public Internet",
)
WEBHOOK_HOST = Text(
    th="เจ้าหน้าที่ยังไม่เคยเห็นชื่อเครื่องนี้ เพิ่มที่อยู่สำหรับกลับมาบนเครื่องเดียวกันก่อน แล้วจึงตั้งที่นี่",
    en="No officer has seen this host yet. Add a redirect address on it first, then set it here",
)
WEBHOOK_TYPES = {
    "person.changed": Text(th="ข้อมูลเปลี่ยน", en="Data changed"),
    "person.ended": Text(th="บุคคลนี้จะไม่เข้าสู่ระบบอีก", en="The person signs in no more"),
    "webhook.test": Text(th="ข้อความทดสอบ", en="A test"),
}
WEBHOOK_STATES = {
    "heard": (Text(th="ได้รับแล้ว", en="Heard"), "govuk-tag--green"),
    "waiting": (Text(th="รอส่ง", en="Waiting"), "govuk-tag--blue"),
    "failing": (Text(th="กำลังลองใหม่", en="Trying again"), "govuk-tag--orange"),
    "given_up": (Text(th="เลิกส่งแล้ว", en="Given up"), "govuk-tag--red"),
}
