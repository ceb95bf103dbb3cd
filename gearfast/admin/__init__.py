"""The text protocol from the asking side: questions, answers as records, and how they are shown."""
