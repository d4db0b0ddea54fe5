"""From measurements to a decision: would resetting help, when, and by how much?"""
