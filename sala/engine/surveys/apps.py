from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "sala.engine.surveys"
    label = "surveys"

    def ready(self) -> None:
        from sala.engine.surveys import figures

        figures.register()
