from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "sala.engine.cases"
    label = "cases"
