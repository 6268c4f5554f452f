"""The reviewer's pages: drawn on the server from the same shapes that the API gives."""
