"""One class for each page of Zendesk's reference: arguments to a request to a record, and no policy."""
