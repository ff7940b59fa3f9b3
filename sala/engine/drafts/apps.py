from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "sala.engine.drafts"
    label = "drafts"
