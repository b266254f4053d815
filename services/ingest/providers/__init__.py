"""Networks by their providers: whose webhook it is, their files, and sending through their APIs."""
