"""The paper's experiments, one file each, over one harness: parts, rows, figures and tables."""
