"""The whole study in one command: ``python -m analysis`` holds the theory against simulation and training runs."""
