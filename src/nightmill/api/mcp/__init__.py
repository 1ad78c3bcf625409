"""The agents' server (Model Context Protocol) and its tools."""
