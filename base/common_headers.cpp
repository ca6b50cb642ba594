// Gives the precompiled headers a library to live in; it has no code of its own.
