"""Names of models in the text of files: source code and configuration of any language."""
