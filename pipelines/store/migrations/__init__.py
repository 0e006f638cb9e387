"""How the store's tables come from one form to the next; run by `pipelines.store.migrating`."""
