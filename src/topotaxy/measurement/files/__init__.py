"""Reading files of any instrument: text tables, workbooks, archives, clocks; knows no technique."""
