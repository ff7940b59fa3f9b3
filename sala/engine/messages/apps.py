from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "sala.engine.messages"
    label = "messages"

    def ready(self) -> None:
        from sala.engine.messages import own_data

        own_data.contribute()
