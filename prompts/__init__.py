"""What the house says to language models: versioned Markdown, loaded and rendered by `prompts.library`."""
