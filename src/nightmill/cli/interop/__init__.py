"""Commands for people, agents and other programs: users, tokens, certificates, imports, exports."""
