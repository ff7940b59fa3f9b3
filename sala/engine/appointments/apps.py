from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "sala.engine.appointments"
    label = "appointments"

    def ready(self) -> None:
        from sala.engine.appointments import own_data, panels
        from sala.engine.cases import beside

        beside.register(panels.of_case)
        beside.register_numbers(panels.of_number)
        own_data.contribute()
