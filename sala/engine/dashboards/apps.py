from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "sala.engine.dashboards"
    label = "dashboards"
