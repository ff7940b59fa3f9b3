from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "sala.identity.directory"
    label = "directory"
