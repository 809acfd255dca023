"""Controls that know no project."""
