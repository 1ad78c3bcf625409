"""Sparkplug B 3.0 over MQTT 5: payloads (``payload``), an edge node (``edge``) and a host application (``host``).

``edge`` and ``host`` implement the rules of the specification, without networking: messages go in, messages come out. ``session``
carries them to a broker, ``gateway`` puts the virtual shop behind an edge node, ``cell`` is the controller as a host application.
"""
