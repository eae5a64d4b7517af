"""Getting the program onto a computer: the kit, the add-in's installation, the diagnosis."""
