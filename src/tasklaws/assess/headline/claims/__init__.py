"""The claims: each module holds one constant `CLAIM`."""
