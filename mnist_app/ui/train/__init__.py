"""The Train page: the form, the start, the training that is watched, and the lists of trainings and runs."""
