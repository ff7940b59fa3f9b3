"""The pages of the hall: the officers' at the desk, and those that everybody sees."""
