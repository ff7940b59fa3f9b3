from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "sala.engine.appointments"
    label = "appointments"
