"""The use cases: one function for each thing that a user can ask for. Commands, nights and the demo call these."""
