"""The experiments on training length: their runs, and the section of the page that shows them."""
