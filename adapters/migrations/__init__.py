"""How the database came to its present form: Alembic, one file a step."""
