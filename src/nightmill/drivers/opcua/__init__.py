"""OPC UA, using asyncua: machines as in OPC 40501-1 and OPC 40001-1, jobs as in OPC 40001-3 and OPC 10031-4 (ISA-95 Job Control).

``jobs`` holds the rules of job orders, without any networking; ``certificates`` makes identities and users; ``address_space``
builds the nodes; ``gateway`` connects them to the virtual shop; ``cell`` is the controller as a client.
"""
