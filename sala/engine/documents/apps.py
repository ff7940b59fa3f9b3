from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "sala.engine.documents"
    label = "documents"
