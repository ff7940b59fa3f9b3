"""What the self-check says: of each step, of what we do wrong on purpose, of addresses. Each fault has its cure."""

from __future__ import annotations

from sala.kit.text import Text

STEPS = {
    "asked": Text(th="คำขอเข้าสู่ระบบมาถึงแล้ว", en="The request to sign in has come"),
    "state": Text(th="มี state", en="It has state"),
    "nonce": Text(th="มี nonce", en="It has nonce"),
    "pkce": Text(th="มี PKCE (S256)", en="It has PKCE (S256)"),
    "answered": Text(th="บุคคลยินยอม และกลับไปยังระบบของท่านพร้อมรหัส", en="The person agreed and went back with the code"),
    "token": Text(th="ระบบของท่านแลกรหัสเป็นโทเค็น", en="Your program exchanged the code for tokens"),
    "userinfo": Text(th="ระบบของท่านอ่านข้อมูลบุคคล (ถ้าใช้ userinfo)", en="Your program asked userinfo (if it does)"),
}
FAULTS = {
    "": Text(th="เข้าสู่ระบบตามปกติ", en="A sign-in as it should be"),
    "state": Text(th="state เป็นของผู้อื่น", en="state is another’s"),
    "iss": Text(th="คำตอบอ้างว่ามาจากเซิร์ฟเวอร์อื่น (iss)", en="The answer says it is another server’s (iss)"),
    "nonce": Text(th="nonce ไม่ตรงกับที่ขอ", en="nonce is not the one you sent"),
    "signature": Text(th="ID token ลงนามด้วยกุญแจปลอม", en="The ID token is signed by a strange key"),
    "issuer": Text(th="ID token ออกโดยเซิร์ฟเวอร์อื่น (iss)", en="The ID token is another server’s (iss)"),
    "audience": Text(th="ID token ออกให้ระบบอื่น (aud)", en="The ID token is for another client (aud)"),
    "expired": Text(th="ID token หมดอายุแล้ว (exp)", en="The ID token has run out (exp)"),
    "at_hash": Text(
        th="ID token ไม่ได้คู่กับ access token (at_hash)", en="The ID token goes with another access token (at_hash)"
    ),
}
CURES = {
    "no_state": Text(
        th="ใส่ state เป็นค่าสุ่มใหม่ทุกครั้ง ผูกกับเซสชันของเบราว์เซอร์ และเทียบเมื่อกลับมา มิฉะนั้นผู้อื่นส่งการเข้าสู่ระบบของตนให้ผู้ใช้ของท่านได้",
        en="Send state: a fresh random value bound to the browser’s session, compared at the return. "
        "Without it somebody can sign your users in as another person.",
    ),
    "no_nonce": Text(
        th="ใส่ nonce เป็นค่าสุ่มใหม่ทุกครั้ง และเทียบกับ nonce ใน ID token",
        en="Send nonce: a fresh random value, compared with the ID token’s.",
    ),
    "state": Text(
        th="ระบบของท่านนำรหัสไปแลกทั้งที่ state ไม่ตรง ให้เทียบ state กับค่าที่เก็บไว้ในเซสชันของเบราว์เซอร์ก่อนแลกรหัส",
        en="Your program brought the code although state was not its own. "
        "Compare state with the session’s before anything else.",
    ),
    "iss": Text(
        th="ให้เทียบ iss ในคำตอบกับ issuer ของเราก่อนแลกรหัส (RFC 9207) ป้องกันการสับเซิร์ฟเวอร์",
        en="Compare the answer’s iss with our issuer before the code is exchanged (RFC 9207): it stops mix-up attacks.",
    ),
    "nonce": Text(
        th="ให้เทียบ nonce ใน ID token กับค่าที่ส่งมา และหยุดถ้าไม่ตรง",
        en="Compare the ID token’s nonce with the one you sent, and stop where they differ.",
    ),
    "signature": Text(
        th="ให้ตรวจลายมือชื่อของ ID token ด้วยกุญแจจาก jwks_uri และรับเฉพาะ ES256",
        en="Check the ID token’s signature with the keys at jwks_uri, and take ES256 only.",
    ),
    "issuer": Text(
        th="ให้เทียบ iss ใน ID token กับ issuer ของเราทุกตัวอักษร",
        en="Compare the ID token’s iss with our issuer, character by character.",
    ),
    "audience": Text(
        th="ให้ตรวจว่า aud ใน ID token เป็น client_id ของท่าน มิฉะนั้นโทเค็นของระบบอื่นใช้กับท่านได้",
        en="Check that the ID token’s aud is your client_id: else another client’s token would do for yours.",
    ),
    "expired": Text(
        th="ให้ตรวจ exp ใน ID token ผ่อนผันได้ไม่เกินหนึ่งถึงสองนาที",
        en="Check the ID token’s exp, with a minute or two of tolerance at most.",
    ),
    "at_hash": Text(
        th="ให้คำนวณ at_hash จาก access token และเทียบกับใน ID token ไลบรารีส่วนใหญ่มีตัวเลือกนี้",
        en="Compute at_hash of the access token and compare it with the ID token’s; "
        "most libraries have an option for it.",
    ),
}
LOOKED = {
    "well": Text(th="ตอบสนองดี", en="It answers"),
    "own_machine": Text(
        th="เป็นเครื่องของท่านเอง เราเข้าไม่ถึง ตรวจด้วยการเข้าสู่ระบบด้านล่างแทน",
        en="It is your own machine, which we cannot reach: the sign-in below shows whether it works.",
    ),
    "circle": Text(
        th="ส่งต่อวนไปมาไม่สิ้นสุด ที่อยู่นี้ต้องตอบเองเมื่อไม่มีรหัส",
        en="It redirects in a circle. Let it answer by itself where there is no code.",
    ),
    "nothing_there": Text(
        th="ไม่พบหน้าที่ที่อยู่นี้ ตรวจเส้นทางในระบบของท่าน", en="There is nothing at this address. Check the path in your program."
    ),
    "broken": Text(
        th="เกิดข้อผิดพลาดในระบบของท่าน เมื่อไม่มีรหัสควรแสดงข้อความอย่างสุภาพ",
        en="Your program fails there. Without a code it should say kindly what to do.",
    ),
    "keys": Text(th="กุญแจสาธารณะใช้ได้", en="The public keys are in order"),
    "heard": Text(th="รับแจ้งการออกจากระบบถูกต้อง", en="It takes word of a sign-out"),
    "not_heard": Text(
        th="ไม่ได้ตอบ 200 ต่อ logout_token ที่ถูกต้อง แม้ไม่รู้จักบุคคลนั้นก็ควรตอบ 200",
        en="It did not answer 200 to a true logout_token. Also where it does not know the person, 200 is right.",
    ),
    "forged_refused": Text(th="ปฏิเสธ logout_token ปลอม", en="It refuses a forged logout_token"),
    "forged_taken": Text(
        th="รับ logout_token ปลอม ให้ตรวจลายมือชื่อ iss aud และ events ก่อน และตอบ 400 ถ้าไม่ถูกต้อง",
        en="It took a forged logout_token. "
        "Check its signature, iss, aud and events first, and answer 400 to a wrong one.",
    ),
}
UNREACHABLE = {
    "forbidden": Text(
        th="ที่อยู่นี้ไม่ใช่ https ของเครื่องบนอินเทอร์เน็ตสาธารณะ เราจึงไม่ติดต่อ",
        en="It is not https of a host of the public Internet, so we do not ask it.",
    ),
    "name": Text(th="ไม่พบชื่อโฮสต์นี้ ตรวจ DNS", en="The host’s name leads nowhere. Check its DNS."),
    "connect": Text(
        th="เชื่อมต่อไม่ได้ ตรวจว่าเซิร์ฟเวอร์เปิดอยู่และไฟร์วอลล์อนุญาต",
        en="No connection. Check that the server runs and its firewall lets us in.",
    ),
    "tls": Text(
        th="ใบรับรอง TLS ใช้ไม่ได้ ตรวจวันหมดอายุ ชื่อโฮสต์ และใบรับรองตัวกลาง",
        en="Its TLS certificate is not in order. Check its dates, its host name and the intermediate certificates.",
    ),
    "late": Text(th="ไม่ตอบภายใน 5 วินาที", en="No answer within 5 seconds."),
    "large": Text(th="คำตอบยาวเกินไป", en="The answer is too long."),
    "protocol": Text(th="คำตอบไม่ใช่ HTTP ที่ถูกต้อง", en="What it answers is not HTTP as it should be."),
}
