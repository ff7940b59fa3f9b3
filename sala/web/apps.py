from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sala.web"
    label = "web"
