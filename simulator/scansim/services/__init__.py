"""What a virtual scanner does with each DIMSE service: one module a service, one function a step of a scenario."""
