"""Applications and their packages through the management operations."""


def add_package(emulator, application, version, files):
    return
