"""MTConnect: an adapter and an agent in front of machines, and a client that follows any agent.

An adapter writes SHDR lines (``shdr``); the agent numbers the observations, keeps the latest (``buffer``) and answers
``probe``, ``current``, ``sample`` and ``assets`` over HTTP (``agent``, ``documents``); ``client`` reads these answers and
resumes by sequence number. MTConnect is read-only, so ``cell`` uses it for evidence and sends commands over another channel.
"""
