"""The files a user owns: the catalogue, the settings and `.env`."""
