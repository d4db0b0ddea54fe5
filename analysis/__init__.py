"""The whole study in one command: ``python -m analysis`` holds theory against simulation and training."""
