"""What the project exists for: Zendesk's limits as data, and the scheduler that spends all of them and breaks none."""
