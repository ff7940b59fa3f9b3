"""How an office gives its services: hours, terms, closures, the places that follow from them, and its pages."""
