"""Every way in: settings and the `khukha` command line."""
