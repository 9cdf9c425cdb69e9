def write_page(bench):
    pass
