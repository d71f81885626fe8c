"""The words sent to the language model, one Jinja2 file a prompt and language."""
