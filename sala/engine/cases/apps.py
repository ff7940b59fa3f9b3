from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "sala.engine.cases"
    label = "cases"

    def ready(self) -> None:
        from sala.engine.cases import figures, own_data

        figures.register()
        own_data.contribute()
