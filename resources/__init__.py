"""Files that the program ships: models, tables, samples. Data only."""
