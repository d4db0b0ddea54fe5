"""Does resetting help, at which rate most, where does that set in, and what can no protocol beat?"""
