"""OPC UA: machines by OPC 40501-1 and OPC 40001-1, jobs by OPC 40001-3 and OPC 10031-4 (ISA-95 Job Control), by asyncua.

``jobs`` holds the rules of job orders and no socket; ``certificates`` makes identities and users; ``address_space`` builds the nodes;
``gateway`` puts the virtual shop behind them; ``cell`` is the controller as a client.
"""
