"""The conversation: session, understanding, policy, ranking, explanation, command line and web page."""
