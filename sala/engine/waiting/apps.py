from django.apps import AppConfig


class WaitingConfig(AppConfig):
    name = "sala.engine.waiting"
    label = "waiting"

    def ready(self) -> None:
        from sala.engine.appointments import gates, instead
        from sala.engine.cases import beside
        from sala.engine.waiting import door, own_data, ways

        gates.register(door)
        instead.register(ways.to_offers)
        beside.register_numbers(ways.of_number)
        own_data.contribute()
