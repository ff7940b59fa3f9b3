from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "sala.engine.waiting"
    label = "waiting"

    def ready(self) -> None:
        from sala.engine.appointments import gates
        from sala.engine.waiting import door

        gates.register(door)
