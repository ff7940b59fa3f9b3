"""The laws by which data are kept, in words that fit on one line of a telephone."""

from __future__ import annotations

from sala.kit.text import Text

REGISTER = Text(
    th="พ.ร.บ. การทะเบียนราษฎร พ.ศ. 2534, พ.ร.บ. บัตรประจำตัวประชาชน พ.ศ. 2526 และ พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล "
    "พ.ศ. 2562 (PDPA) มาตรา 24 (6)",
    en="Civil Registration Act 1991, Identity Card Act 1983, and Personal Data Protection Act 2019 (PDPA), "
    "section 24 (6)",
)
ACCOUNT = Text(
    th="พ.ร.บ. การปฏิบัติราชการทางอิเล็กทรอนิกส์ พ.ศ. 2565 และ PDPA มาตรา 24 (4)",
    en="Act on Electronic Performance of Public Administration 2022, and PDPA, section 24 (4)",
)
TRAFFIC = Text(
    th="พ.ร.บ. ว่าด้วยการกระทำความผิดเกี่ยวกับคอมพิวเตอร์ พ.ศ. 2550 มาตรา 26 และ PDPA มาตรา 24 (6)",
    en="Computer Crime Act 2007, section 26, and PDPA, section 24 (6)",
)
SECURITY = Text(th="PDPA มาตรา 24 (4) และมาตรา 37 (1)", en="PDPA, sections 24 (4) and 37 (1)")
FACES = Text(
    th="PDPA มาตรา 26 (5) (จ) และ พ.ร.บ. การทะเบียนราษฎร พ.ศ. 2534",
    en="PDPA, section 26 (5) (e), and Civil Registration Act 1991",
)
CONSENT = Text(th="PDPA มาตรา 19 และมาตรา 24", en="PDPA, sections 19 and 24")
SERVICE = Text(
    th="กฎหมายของบริการนั้น พ.ร.บ. การอำนวยความสะดวกฯ พ.ศ. 2558 และ PDPA มาตรา 24 (4) และ (6)",
    en="The law of the service itself, the Licensing Facilitation Act 2015, and PDPA, section 24 (4) and (6)",
)
