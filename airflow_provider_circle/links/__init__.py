"""Extra links on task instances; they import no HTTP."""
