"""The language C-RASP[periodic, local]: parse, check, run, trace and compile programs."""
