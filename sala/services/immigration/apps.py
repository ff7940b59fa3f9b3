from django.apps import AppConfig


class ImmigrationConfig(AppConfig):
    name = "sala.services.immigration"
    label = "immigration"

    def ready(self) -> None:
        from sala.engine.catalogue.functions import register
        from sala.services.immigration import registers, rules

        register("immigration.tm47:due_date", rules.due_date)
        register("immigration.tm47:next_due_date", rules.next_due_date)
        register("immigration.registers:record", registers.record)
        register("immigration.registers:warrant", registers.warrant)
