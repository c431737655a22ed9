"""The door for partners' own documents: HTTP, files and polls; raw bytes to ``partner.documents``, nothing else."""
