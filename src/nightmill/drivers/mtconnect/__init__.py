"""MTConnect: an adapter and an agent to put before machines, and a client that watches any agent.

An adapter writes SHDR lines (``shdr``); the agent numbers what they say, keeps the last of it (``buffer``) and answers
``probe``, ``current``, ``sample`` and ``assets`` over HTTP (``agent``, ``documents``); ``client`` reads such answers and
resumes by sequence number. MTConnect only watches: ``cell`` takes its evidence from it and sends commands another way.
"""
