"""What methods take, as typed dictionaries, by family; `zdasync.types` has all of them."""
