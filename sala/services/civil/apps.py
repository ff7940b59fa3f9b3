from django.apps import AppConfig


class CivilConfig(AppConfig):
    name = "sala.services.civil"
    label = "civil"

    def ready(self) -> None:
        from sala.engine.catalogue.functions import register
        from sala.identity.mydata import sections
        from sala.kit.text import Text
        from sala.services.civil import deeds, registers

        register("civil.household:movable", registers.movable)
        register("civil.household:head_of", registers.head_of)
        register("civil.household:move", deeds.move)
        register("civil.registers:movers", registers.movers)
        register("civil.registers:house", registers.house)
        register("civil.registers:entry", registers.entry)
        register("civil.registers:now", registers.now)
        register("civil.entry:correct", deeds.correct)
        sections.managed(
            "register",
            at="catalogue:service",
            args=("correct-my-data",),
            words=Text(th="มีรายการผิด ขอแก้ไข", en="Something is wrong: have it corrected"),
        )
