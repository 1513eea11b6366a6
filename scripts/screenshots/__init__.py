"""Pictures of the editor's page, its panels and dialogs for the docs, made by a browser in front of a real server."""
