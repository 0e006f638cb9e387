"""What the data mean for credit: model, reasons, case files, decisions."""
