from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "sala.engine.surveys"
    label = "surveys"
