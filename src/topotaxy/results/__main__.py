"""``python -m topotaxy.results``: the page of the documentation on the datasets."""

from topotaxy.results.schema import schema_of, schema_table

HEAD = """# The datasets of runs and cells

Made from the declaration in `topotaxy/results/tables/` by `python -m topotaxy.results`.
Open with `xarray.open_datatree(path, engine="h5netcdf")`.
"""

if __name__ == "__main__":
    print(HEAD)
    for kind, words in (("run", "A run of the lattice"), ("cell", "A cell")):
        schema = schema_of(kind)
        print(f"## {words}: `run.nc`, schema `{schema.name}`\n")
        print(schema_table(schema))
