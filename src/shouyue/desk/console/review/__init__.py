"""Review before and after: the queue, the sample, its figures; findings and appeals."""
