from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sala.web"
    label = "web"

    def ready(self) -> None:
        from sala.web import connections, logs

        logs.configure()
        connections.watch()
