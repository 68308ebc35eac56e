"""Programs in the dialect of the published C-RASP interpreter (`.cr`), read into programs of ours."""
