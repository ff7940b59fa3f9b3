from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "sala.engine.messages"
    label = "messages"
