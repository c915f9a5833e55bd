"""Sources: one file a format that people's exports come in, each giving documents."""
